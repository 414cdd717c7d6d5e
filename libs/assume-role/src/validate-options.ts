import type { AssumeRoleCommandInput } from '@aws-sdk/client-sts';
import { InvalidOption } from './errors/invalid-option.ts';
import type { AssumedRoleOptions, AssumeRoleOptions } from './options.ts';

// Limits and patterns: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/(?:[!-.0-~]+\/)*[\w+=,.@-]{1,64}$/;
const NAME = /^[\w+=,.@-]{2,64}$/;
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;
const POLICY_ARN = /^arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy\/[!-~]{1,1900}$/;
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const REGION = /^[a-z]{2,}(?:-[a-z]+)+-\d+$/;

const KNOWN = new Set<keyof AssumeRoleOptions>([
  'roleArn',
  'sessionName',
  'durationSeconds',
  'externalId',
  'policy',
  'policyArns',
  'tags',
  'transitiveTagKeys',
  'sourceIdentity',
  'region',
  'client',
  'refreshWindowSeconds',
  'attemptTimeoutMs',
  'finishRefreshMs',
  'logger',
  'runtime',
  'contextKey',
  'prefetch',
  'lazy',
]);

/**
 * Refuses anything that is no option: a typing error would otherwise be a default that nobody chose.
 * @throws InvalidOption
 */
export function checkOptionNames(options: unknown): void {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidOption('options', 'must be an object with at least roleArn');
  }
  for (const name of Object.keys(options)) {
    if (!(KNOWN as ReadonlySet<string>).has(name)) {
      throw new InvalidOption(name, `is no option. The options are: ${[...KNOWN].join(', ')}`);
    }
  }
}

/**
 * The request that STS gets, from options that were checked against STS's own rules.
 * @param environment where the default of the session's name comes from
 * @throws InvalidOption naming the option, the rule and the remedy
 */
export function assumeRoleRequest(
  options: AssumedRoleOptions,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): AssumeRoleCommandInput {
  const { policy, policyArns, tags, transitiveTagKeys } = options;
  return {
    RoleArn: roleArn(options.roleArn),
    RoleSessionName: sessionName(options.sessionName ?? environment.AWS_LAMBDA_FUNCTION_NAME),
    DurationSeconds: durationSeconds(options.durationSeconds ?? 3600),
    ...(options.externalId !== undefined && { ExternalId: externalId(options.externalId) }),
    ...(policy !== undefined && { Policy: sessionPolicy(policy) }),
    ...(policyArns !== undefined && { PolicyArns: managedPolicies(policyArns) }),
    ...(tags !== undefined && { Tags: sessionTags(tags) }),
    ...(transitiveTagKeys !== undefined && { TransitiveTagKeys: transitiveKeys(transitiveTagKeys, tags) }),
    ...(options.sourceIdentity !== undefined && {
      SourceIdentity: name('sourceIdentity', options.sourceIdentity),
    }),
  };
}

/**
 * The region whose STS is asked; `undefined` where a client was given.
 * @throws InvalidOption
 */
export function stsRegion(
  options: Pick<AssumedRoleOptions, 'client' | 'region'>,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  if (options.client !== undefined) {
    if (options.region !== undefined) {
      throw new InvalidOption(
        'region',
        'has no effect on a client of your own. Give the region to the client',
      );
    }
    if (typeof options.client.send !== 'function') {
      throw new InvalidOption('client', 'must be an STSClient of @aws-sdk/client-sts');
    }
    return undefined;
  }
  const region = options.region ?? environment.AWS_REGION;
  if (region === undefined) {
    throw new InvalidOption('region', 'is missing. Give it, or set AWS_REGION, as Lambda does');
  }
  if (typeof region !== 'string' || !REGION.test(region)) {
    throw new InvalidOption('region', `is ${show(region)}, but must be the name of a region: eu-west-1`);
  }
  return region;
}

/**
 * A number within its limits.
 * @throws InvalidOption
 */
export function numberOption(
  option: string,
  value: number | undefined,
  { fallback, min, max, unit }: { fallback: number; min: number; max: number; unit: string },
): number {
  if (value === undefined) return fallback;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < min || value > max) {
    throw new InvalidOption(
      option,
      `is ${show(value)}, but must be a number from ${min} to ${max} (${unit})`,
    );
  }
  return value;
}

function roleArn(value: unknown): string {
  if (typeof value !== 'string' || value.length > 2048 || !ROLE_ARN.test(value)) {
    const example = 'arn:aws:iam::111111111111:role/api-dev-invoke';
    throw new InvalidOption('roleArn', `is ${show(value)}, but must be the ARN of an IAM role: ${example}`);
  }
  return value;
}

function sessionName(value: unknown): string {
  if (value === undefined) {
    throw new InvalidOption(
      'sessionName',
      'is missing. Give it, or set AWS_LAMBDA_FUNCTION_NAME, as Lambda does',
    );
  }
  return name('sessionName', value);
}

function name(option: string, value: unknown): string {
  if (typeof value !== 'string' || !NAME.test(value)) {
    throw new InvalidOption(
      option,
      `is ${show(value)}, but must be 2 to 64 letters, digits or _ + = , . @ -`,
    );
  }
  return value;
}

function durationSeconds(value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 900) {
    throw new InvalidOption(
      'durationSeconds',
      `is ${show(value)}, but must be a whole number from 900 to 3600`,
    );
  }
  if (value > 3600) {
    throw new InvalidOption(
      'durationSeconds',
      `is ${value}, but can be 3600 at most: a Lambda function's own credentials are a role's, and AWS limits a role that is assumed by a role ("role chaining") to one hour, whatever MaxSessionDuration says. New credentials are fetched in time anyway; leave the option out`,
    );
  }
  return value;
}

function externalId(value: unknown): string {
  if (typeof value !== 'string' || !EXTERNAL_ID.test(value)) {
    // Not shown: it is agreed upon by two parties and has no place in a log.
    throw new InvalidOption(
      'externalId',
      'must be 2 to 1224 letters, digits or _ + = , . @ : / - (its value is not shown)',
    );
  }
  return value;
}

function sessionPolicy(value: unknown): string {
  let text: string | undefined;
  try {
    text = typeof value === 'string' ? JSON.stringify(JSON.parse(value)) : JSON.stringify(value);
  } catch {
    throw new InvalidOption('policy', 'is no JSON. Give a policy document, or its JSON text');
  }
  if (text === undefined || !text.startsWith('{')) {
    throw new InvalidOption('policy', `is ${show(value)}, but must be a policy document or its JSON text`);
  }
  if (text.length > 2048) {
    throw new InvalidOption(
      'policy',
      `has ${text.length} characters without white space, but can have 2048. Move it to a managed policy and name that in policyArns`,
    );
  }
  return text;
}

function managedPolicies(value: unknown): { arn: string }[] {
  if (!Array.isArray(value) || value.length > 10) {
    throw new InvalidOption('policyArns', `is ${show(value)}, but must be an array of at most 10 ARNs`);
  }
  return value.map((arn: unknown) => {
    if (typeof arn !== 'string' || !POLICY_ARN.test(arn)) {
      const example = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
      throw new InvalidOption(
        'policyArns',
        `has ${show(arn)}, which is no ARN of a managed policy: ${example}`,
      );
    }
    return { arn };
  });
}

function sessionTags(value: unknown): { Key: string; Value: string }[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidOption('tags', `is ${show(value)}, but must be an object of strings`);
  }
  const entries: [string, unknown][] = Object.entries(value);
  if (entries.length > 50) throw new InvalidOption('tags', `has ${entries.length} tags, but can have 50`);
  const seen = new Set<string>();
  return entries.map(([Key, Value]) => {
    if (Key.length < 1 || Key.length > 128 || !TAG_TEXT.test(Key) || /^aws:/i.test(Key)) {
      throw new InvalidOption(
        'tags',
        `has the key ${show(Key)}; a key is 1 to 128 letters, digits, spaces or _ . : / = + - @, and does not begin with aws:`,
      );
    }
    if (typeof Value !== 'string' || Value.length > 256 || !TAG_TEXT.test(Value)) {
      throw new InvalidOption(
        'tags',
        `has ${show(Value)} for ${show(Key)}; a value is a string of at most 256 letters, digits, spaces or _ . : / = + - @`,
      );
    }
    if (seen.has(Key.toLowerCase())) {
      throw new InvalidOption(
        'tags',
        `has ${show(Key)} twice: STS does not tell upper from lower case in keys`,
      );
    }
    seen.add(Key.toLowerCase());
    return { Key, Value };
  });
}

function transitiveKeys(value: unknown, tags: AssumedRoleOptions['tags']): string[] {
  if (!Array.isArray(value)) {
    throw new InvalidOption('transitiveTagKeys', `is ${show(value)}, but must be an array of keys of tags`);
  }
  return value.map((key: unknown) => {
    if (typeof key !== 'string' || tags === undefined || !Object.hasOwn(tags, key)) {
      throw new InvalidOption('transitiveTagKeys', `has ${show(key)}, which is no key of tags. Add it there`);
    }
    return key;
  });
}

/** A value as a message shows it: short, on one line, quoted. */
function show(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string')
    return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  return Array.isArray(value) ? 'an array' : `of type ${typeof value}`;
}
