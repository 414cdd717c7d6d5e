import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../lib/project.ts';
import { defects } from './defects.ts';
import type { Variant } from './explore.ts';
import type { RunPlan } from './history.ts';
import type { Pair } from './pair.ts';
import { makePlan } from './plan.ts';
import { plant } from './plant.ts';

/** Loads the code of a variant into this thread, which has not loaded any before. Returns the function that runs a plan with it. */
export async function prepareModules({ pair: file, defect, usesSdk }: Variant): Promise<RunPlan> {
  const planted = defect === undefined ? undefined : defects[defect];
  const changed = planted && pathToFileURL(join(projectRoot, planted.file)).href;
  const standIn = pathToFileURL(join(import.meta.dirname, 'aws-sdk.ts')).href;
  const replaced = usesSdk ? [] : ['@aws-sdk/client-dynamodb', '@aws-sdk/client-sts'];
  registerHooks({
    resolve: (specifier, context, next) =>
      replaced.includes(specifier) ? { url: standIn, shortCircuit: true } : next(specifier, context),
    load(url, context, next) {
      const loaded = next(url, context);
      if (planted === undefined || url !== changed) return loaded;
      return { ...loaded, source: plant(planted, String(loaded.source)) };
    },
  });
  // A plain object: reading a variable of the process takes longer than many functions, and the libraries read a hundred of them.
  process.env = { ...process.env, ...SDK_SETTINGS };
  // A stack trace takes longer than most of the failing code, and no one reads it.
  Error.stackTraceLimit = 0;
  const { pair }: { pair: Pair } = await import(pathToFileURL(join(projectRoot, file)).href);
  const { runHistory } = await import('./history.ts');
  const runPlan: RunPlan = (plan, trace) => runHistory(pair, plan, trace);
  // The first time, the SDK imports modules, which takes real time.
  await runPlan(makePlan(0));
  return runPlan;
}

/** The defaults of settings that each client of the AWS SDK looks for in files, if no variable has them. */
const SDK_SETTINGS = {
  AWS_AUTH_SCHEME_PREFERENCE: 'sigv4',
  AWS_DEFAULTS_MODE: 'standard',
  AWS_DISABLE_CLOCK_SKEW_CORRECTION: 'false',
  // The default of DynamoDB's client.
  AWS_MAX_ATTEMPTS: '4',
  AWS_RETRY_MODE: 'standard',
  AWS_SDK_UA_APP_ID: 'simulate',
  AWS_USE_DUALSTACK_ENDPOINT: 'false',
  AWS_USE_FIPS_ENDPOINT: 'false',
};
