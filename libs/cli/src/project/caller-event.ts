import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readServices } from '@cross-account-api/serverless-plugin';
import * as v from 'valibot';
import { parse } from 'yaml';
import { UsageError } from '../command-line.ts';
import { projectRoot } from './project.ts';

const declaring = v.object({
  functions: v.object({ caller: v.object({ takesOperations: v.literal(true) }) }),
});

/**
 * Whether the project's caller function takes the events `{ operation, input?, idempotencyKey? }`: its serverless.yml has the line
 * `takesOperations: true`. The handler is the owner's, so any other function is invoked only with an event that the user gives.
 * @param root of the project
 * @throws SettingsError if a service has no name that can be read
 */
export function takesOperations(root = projectRoot()): boolean {
  const { caller } = readServices(root);
  if (caller === undefined) return false;
  const text = readFileSync(join(root, caller.folder, 'serverless.yml'), 'utf8');
  // Without a warning for each tag of CloudFormation.
  return v.is(declaring, parse(text, { logLevel: 'silent' }));
}

/** The line, for messages. */
export const TAKES_OPERATIONS = 'takesOperations: true';

/**
 * Reads the option `--event`.
 * @returns `undefined` without the option
 * @throws UsageError if it is not JSON
 */
export function readEventOption(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`--event ${text}: must be JSON, e.g. --event '{"orderId":"42"}'`);
  }
}
