import * as v from 'valibot';
import { describeIssue } from './core/describe-issue.ts';
import { isObject } from './core/is-object.ts';

/** An option of `startLocalAws` is not valid. The message names the option, the value and the rule. */
export class OptionsError extends TypeError {
  override readonly name = 'OptionsError';
  readonly code = 'InvalidOptions';
}

const isFunction = (value: unknown): value is () => unknown => typeof value === 'function';
const isClock = (value: unknown): boolean => {
  if (!isObject(value) || !isFunction(value.now)) return false;
  const now: unknown = value.now();
  return now instanceof Date && Number.isFinite(now.getTime());
};
const flag = v.optional(v.boolean('must be true or false'));

const ACCOUNT_RULE = 'must be an account ID of twelve digits, in quotes';

/** The rules of each option. The faults and the organization have schemas of their own. */
const entries = {
  root: v.pipe(v.string('must be the path of a folder'), v.minLength(1, 'must be the path of a folder')),
  port: v.optional(v.number('must be a whole number from 0 to 65535')),
  region: v.optional(
    v.pipe(
      v.string('must be a region, e.g. us-east-1'),
      v.regex(/^[a-z0-9-]{1,40}$/, 'must be a region, e.g. us-east-1'),
    ),
  ),
  clock: v.optional(v.custom(isClock, 'must be { now() } that returns a valid Date')),
  faults: v.optional(v.custom(isObject, 'must be a fault plan, e.g. { rules: [] }')),
  accounts: v.optional(
    v.array(
      v.pipe(v.string(ACCOUNT_RULE), v.regex(/^\d{12}$/, ACCOUNT_RULE)),
      'must be a list of account IDs, e.g. ["333333333333"]',
    ),
  ),
  freshAccounts: flag,
  tokenIssuers: v.optional(v.record(v.string(), v.array(v.looseObject({})), 'must be lists of keys by URL')),
  organization: v.optional(
    v.union([v.string(), v.looseObject({})], 'must be a file, or the description of an organization'),
  ),
  soft: flag,
  inspect: v.optional(v.custom(isObject, 'must be { print }, with the functions if not all are meant')),
  report: v.optional(v.custom(isFunction, 'must be a function that takes a message')),
};

/** Checks the options of `startLocalAws`. @throws OptionsError that names all mistakes */
export function checkOptions(options: object): void {
  const names = Object.keys(entries);
  const unknown = Object.keys(options)
    .filter((name) => !names.includes(name))
    .map((name) => `${name} is not an option. Known: ${names.join(', ')}`);
  const { issues = [] } = v.safeParse(v.looseObject(entries), options);
  const problems = [...unknown, ...issues.map((issue) => describeIssue(issue))];
  if (problems.length > 0) throw new OptionsError(`Options of startLocalAws: ${problems.join('; ')}.`);
}
