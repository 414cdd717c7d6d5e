import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../lib/project.ts';
import type { Variant } from './explore.ts';
import type { runHistory } from './history.ts';
import { type Mutant, mutants } from './mutants.ts';
import { makePlan } from './plan.ts';

/** Loads the code of a variant into this thread, which has not loaded any before. Returns the function that runs a plan with it. */
export async function prepareModules({ mutant, usesSdk }: Variant): Promise<typeof runHistory> {
  const change = mutant === undefined ? undefined : mutants[mutant];
  const changed = change && pathToFileURL(join(projectRoot, change.file)).href;
  const standIn = pathToFileURL(join(import.meta.dirname, 'aws-sdk.ts')).href;
  const replaced = usesSdk ? [] : ['@aws-sdk/client-dynamodb', '@aws-sdk/client-sts'];
  registerHooks({
    resolve: (specifier, context, next) =>
      replaced.includes(specifier) ? { url: standIn, shortCircuit: true } : next(specifier, context),
    load(url, context, next) {
      const loaded = next(url, context);
      if (change === undefined || url !== changed) return loaded;
      return { ...loaded, source: mutate(change) };
    },
  });
  // A plain object: reading a variable of the process takes longer than many functions, and the libraries read a hundred of them.
  process.env = { ...process.env, ...SDK_SETTINGS };
  // A stack trace takes longer than most of the failing code, and no one reads it.
  Error.stackTraceLimit = 0;
  const { runHistory: runPlan } = await import('./history.ts');
  // The first time, the SDK imports modules, which takes real time.
  await runPlan(makePlan(0));
  return runPlan;
}

/** The defaults of settings that each client of the AWS SDK looks for in files, if no variable has them. */
const SDK_SETTINGS = {
  AWS_AUTH_SCHEME_PREFERENCE: 'sigv4',
  AWS_DEFAULTS_MODE: 'standard',
  AWS_DISABLE_CLOCK_SKEW_CORRECTION: 'false',
  AWS_MAX_ATTEMPTS: '3',
  AWS_RETRY_MODE: 'standard',
  AWS_SDK_UA_APP_ID: 'simulate',
  AWS_USE_DUALSTACK_ENDPOINT: 'false',
  AWS_USE_FIPS_ENDPOINT: 'false',
};

/**
 * Reads a source and puts the old code into it.
 * @throws Error if the source lacks the code to replace
 */
export function mutate({ file, from, to }: Mutant): string {
  const source = readFileSync(join(projectRoot, file), 'utf8');
  if (!source.includes(from)) throw new Error(`${file} no longer has what a mutant replaces: ${from}`);
  return source.replace(from, () => to);
}
