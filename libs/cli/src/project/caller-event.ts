import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readServices } from '@cross-account-api/serverless-plugin';
import { parse } from 'yaml';
import { UsageError } from '../command-line.ts';
import { FIRST_FUNCTION } from './functions.ts';
import { projectRoot } from './project.ts';

/**
 * Whether a caller function takes the events `{ operation, input?, idempotencyKey? }`: its serverless.yml has the line
 * `takesOperations: true`. The handler is the owner's, so any other function is invoked only with an event that the user gives.
 * @param root of the project
 * @param functionKey its name in serverless.yml
 * @param folder of its service, from the project's root. Default: that of the first caller
 * @throws SettingsError if a service has no name that can be read
 */
export function takesOperations(
  root = projectRoot(),
  functionKey = FIRST_FUNCTION,
  folder = readServices(root).caller?.folder,
): boolean {
  if (folder === undefined) return false;
  const text = readFileSync(join(root, folder, 'serverless.yml'), 'utf8');
  // Without a warning for each tag of CloudFormation.
  const { functions } = membersOf(parse(text, { logLevel: 'silent', merge: true }));
  return membersOf(membersOf(functions)[functionKey]).takesOperations === true;
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

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
