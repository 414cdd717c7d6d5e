import { type AssumeRoleInput, type StsClient, stsClient } from './client.ts';
import { AssumeRoleOptionError } from './errors.ts';
import { createSession, type Invocation, type RefreshLogger } from './session.ts';
import { defaultSessionName } from './session-name.ts';
import type { RoleCredentials } from './sts.ts';

/**
 * How a role is assumed. Everything except `roleArn` has a default that suits a Lambda function.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export interface AssumedRoleOptions {
  /** The role: `arn:aws:iam::111111111111:role/api-dev-invoke`. */
  readonly roleArn: string;
  /**
   * The session's name in the other account's logs.
   * @default the function's name and the ID of the execution environment: `caller-dev.8e1f5a0c3b7d4926`
   */
  readonly sessionName?: string | undefined;
  /** How long the credentials live: 900 to 3600 seconds, AWS's limit for a role that a role assumes. @default 3600 */
  readonly durationSeconds?: number;
  /** What the trust policy's condition on `sts:ExternalId` expects. 2 to 1224 characters. */
  readonly externalId?: string | undefined;
  /** A session policy: narrows what the role may do. JSON text or the document, at most 2048 characters. */
  readonly policy?: string | Readonly<Record<string, unknown>>;
  /** ARNs of managed policies that narrow what the role may do. At most 10. */
  readonly policyArns?: readonly string[];
  /** Session tags, at most 50. The trust policy must allow `sts:TagSession`. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Keys of `tags` that also apply to roles that this session assumes. */
  readonly transitiveTagKeys?: readonly string[];
  /** Who is behind the session: 2 to 64 characters. The trust policy must allow `sts:SetSourceIdentity`. */
  readonly sourceIdentity?: string;
  /** The region whose STS endpoint is asked. @default the function's region (`AWS_REGION`) */
  readonly region?: string | undefined;
  /**
   * Your own STS client instead of `region`, for other credentials than those in the environment variables:
   * `new STS({ maxAttempts: 1 })` of `@aws-sdk/client-sts`. This library retries by itself.
   */
  readonly client?: StsClient;
  /** How long before expiry new credentials are fetched: 60 to 1800 seconds, plus a random fifth. @default 300 */
  readonly refreshWindowSeconds?: number;
  /** How long one STS request may take: 100 to 60000 milliseconds. @default 3000 */
  readonly attemptTimeoutMs?: number;
  /** How long the end of an invocation may wait for a refresh in flight: 0 to 5000 milliseconds. @default 250 */
  readonly finishRefreshMs?: number;
  /** Where warnings go. @default one line of JSON through `console.warn` */
  readonly logger?: RefreshLogger;
}

/**
 * An assumed role. A function that fits the `credentials` option of AWS SDK v3 clients.
 * @example const s3 = new S3Client({ credentials: context.assumedRole });
 */
export interface AssumedRole {
  /** As {@link AssumedRole.getCredentials}. */
  (): Promise<RoleCredentials>;
  readonly roleArn: string;
  /**
   * Current credentials. Ask for each request anew instead of keeping them: it is nearly always free.
   * @throws AssumeRoleDenied if STS refuses
   * @throws CredentialsUnavailable if STS gives none before the invocation's time is up
   */
  getCredentials(): Promise<RoleCredentials>;
  /**
   * Tells that credentials were rejected as expired or unknown. They are not returned again.
   * @param rejected if others have replaced them, nothing happens: twenty requests that are rejected at once cause one
   *   STS call. Without it, the current ones are dropped
   */
  invalidate(rejected?: { readonly accessKeyId: string }): void;
}

/** An assumed role for a whole execution environment, for use without middy. */
export interface AssumedRoleProvider extends AssumedRole {
  /** Fetches credentials ahead, for example in the init phase. Never rejects: if it fails, the first use tries again. */
  prefetch(): Promise<void>;
  /**
   * Marks the beginning of an invocation, as the middleware does. Without it, a use has up to 10 seconds.
   * @example const invocation = role.beginInvocation(context.getRemainingTimeInMillis() - 250);
   */
  beginInvocation(remainingMs: number): RoleInvocation;
}

/** An assumed role within one invocation. */
export interface RoleInvocation {
  /** The role, with this invocation's deadline. It also works after the invocation, with the deadline of the next. */
  readonly role: AssumedRole;
  /**
   * Marks the end: a refresh in flight is stopped, because the process may be frozen now.
   * @param options.finish whether to give it a moment first (`finishRefreshMs`). After an error, do not: report it at once
   */
  end(options: { readonly finish: boolean }): Promise<void>;
}

/**
 * Makes the provider of a role's credentials. They are fetched at the first use, kept until shortly before they expire,
 * and replaced while they are still valid. Any number of concurrent users cause one STS call.
 * @throws AssumeRoleOptionError
 * @example
 * const role = createAssumedRole({ roleArn: 'arn:aws:iam::111111111111:role/reader', sessionName: 'report' });
 * const s3 = new S3Client({ credentials: role });
 */
export function createAssumedRole(options: AssumedRoleOptions): AssumedRoleProvider {
  return createProvider(options, {});
}

/** As {@link createAssumedRole}, with rules for options that somebody else reads. */
export function createProvider(options: AssumedRoleOptions, rules: Rules): AssumedRoleProvider {
  const { AWS_LAMBDA_FUNCTION_NAME: name, AWS_LAMBDA_LOG_STREAM_NAME, AWS_REGION } = process.env;
  const given: AssumedRoleOptions = { ...options };
  const sessionName = given.sessionName ?? (name && defaultSessionName(name, AWS_LAMBDA_LOG_STREAM_NAME));
  const region = given.region ?? (given.client === undefined ? AWS_REGION : undefined);
  checkOptions({ ...given, sessionName, region }, { ...ROLE_RULES, ...rules });

  const { roleArn, durationSeconds = 3600, policy, tags } = given;
  const session = createSession({
    client: given.client ?? stsClient(String(region)),
    input: {
      RoleArn: roleArn,
      RoleSessionName: String(sessionName),
      DurationSeconds: durationSeconds,
      ExternalId: given.externalId,
      Policy: policy === undefined ? undefined : policyText(policy),
      PolicyArns: given.policyArns?.map((arn) => ({ arn })),
      Tags: tags && Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      TransitiveTagKeys: given.transitiveTagKeys && [...given.transitiveTagKeys],
      SourceIdentity: given.sourceIdentity,
    } satisfies AssumeRoleInput,
    attemptTimeoutMs: given.attemptTimeoutMs ?? 3_000,
    durationMs: durationSeconds * 1_000,
    refreshWindowMs: (given.refreshWindowSeconds ?? 300) * 1_000,
    finishRefreshMs: given.finishRefreshMs ?? 250,
    logger: given.logger ?? consoleLogger,
  });
  // No state is reachable through what users get, so none can be logged by accident.
  const view = (invocation?: Invocation): AssumedRole =>
    Object.assign(() => session.get(invocation), {
      roleArn,
      getCredentials: () => session.get(invocation),
      invalidate: session.invalidate,
    });
  return Object.assign(view(), {
    prefetch: session.prefetch,
    beginInvocation: (remainingMs: number): RoleInvocation => {
      const invocation: Invocation = { deadline: Date.now() + remainingMs };
      session.begin(invocation);
      return { role: view(invocation), end: ({ finish }) => session.end(invocation, finish) };
    },
  });
}

const consoleLogger: RefreshLogger = {
  warn: (message, details) => console.warn(JSON.stringify({ level: 'WARN', message, ...details })),
};

/** Returns `true` if the value is right, `false` if not, or the text of the part that is wrong. */
type Check = (value: unknown, options: Readonly<Record<string, unknown>>) => boolean | string;

/** What each option must be. */
export type Rules<Name extends string = string> = Readonly<
  Record<Name, readonly [mustBe: string, check: Check]>
>;

const text = (pattern: RegExp) => (value: unknown) =>
  typeof value === 'string' && value.length <= 2048 && pattern.test(value);
const between = (min: number, max: number) => (value: unknown) =>
  typeof value === 'number' && value >= min && value <= max;
const method = (name: string) => (value: unknown) => typeof Object(value)[name] === 'function';
const list = (max: number, accepts: (item: unknown) => boolean) => (value: unknown) => {
  if (!Array.isArray(value) || value.length > max) return false;
  const wrong = value.findIndex((item) => !accepts(item));
  return wrong < 0 || show(value[wrong]);
};

const isName = text(/^[\w+=,.@-]{2,64}$/);
const NAME_RULE = '2 to 64 letters, digits or _+=,.@-';
const isTagKey = text(/^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/iu);
const isTagValue = text(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u);

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const ROLE_RULES: Rules<keyof AssumedRoleOptions> = {
  roleArn: [
    'the ARN of an IAM role: arn:aws:iam::111111111111:role/api-dev-invoke',
    text(/^arn:aws[a-z-]*:iam::\d{12}:role\/(?:[!-.0-~]{1,512}\/){0,256}[\w+=,.@-]{1,64}$/),
  ],
  sessionName: [`${NAME_RULE} (default: AWS_LAMBDA_FUNCTION_NAME)`, isName],
  durationSeconds: [
    'a whole number from 900 to 3600: AWS limits a role that a role assumes to one hour (role chaining)',
    (value) => Number.isInteger(value) && between(900, 3600)(value),
  ],
  externalId: ['2 to 1224 letters, digits or _+=,.@:/-', text(/^[\w+=,.@:/-]{2,1224}$/)],
  policy: [
    'an IAM policy or its JSON text, at most 2048 characters without white space. Move more to policyArns',
    (value) => /^\{.{0,2047}$/s.test(policyText(value)),
  ],
  policyArns: [
    'at most 10 ARNs of managed policies: arn:aws:iam::aws:policy/ReadOnlyAccess',
    list(10, text(/^arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy\/[!-~]{1,1900}$/)),
  ],
  tags: [
    'at most 50 texts of up to 256 letters, digits, spaces or _.:/=+-@. Keys have 1 to 128, no aws: in front, and do not differ in case only',
    (value) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
      const tags = Object.entries(value);
      const wrong = tags.find(([key, tag]) => !isTagKey(key) || !isTagValue(tag));
      if (wrong !== undefined) return wrong.map(show).join(': ');
      return tags.length <= 50 && new Set(tags.map(([key]) => key.toLowerCase())).size === tags.length;
    },
  ],
  transitiveTagKeys: [
    'keys of tags',
    (value, { tags }) =>
      list(50, (key) => typeof key === 'string' && Object.hasOwn(Object(tags), key))(value),
  ],
  sourceIdentity: [NAME_RULE, isName],
  region: [
    'a region such as eu-west-1 (default: AWS_REGION), and left out with client',
    (value, { client }) => client === undefined && text(/^[a-z]{2,}(?:-[a-z]+)+-\d+$/)(value),
  ],
  client: ['an STS of @aws-sdk/client-sts: it has a method assumeRole', method('assumeRole')],
  refreshWindowSeconds: ['60 to 1800 (seconds)', between(60, 1800)],
  attemptTimeoutMs: ['100 to 60000 (milliseconds)', between(100, 60_000)],
  finishRefreshMs: ['0 to 5000 (milliseconds)', between(0, 5_000)],
  logger: ['an object with a method warn', method('warn')],
};

/** Throws for unknown options, too: a typing error would otherwise be a default that nobody chose. */
function checkOptions(options: Readonly<Record<string, unknown>>, rules: Rules): void {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(rules, name));
  if (unknown !== undefined) {
    throw new AssumeRoleOptionError(unknown, `is unknown. The options are ${Object.keys(rules).join(', ')}.`);
  }
  const required = ['roleArn', 'sessionName', options.client === undefined && 'region'];
  for (const [name, [mustBe, check]] of Object.entries(rules)) {
    const value = options[name];
    const result = (value === undefined && !required.includes(name)) || check(value, options);
    if (result === true) continue;
    // The external ID is not shown: two parties agreed on it, and it has no place in a log.
    const shown = name === 'externalId' ? 'not valid (not shown here)' : show(value);
    throw new AssumeRoleOptionError(
      name,
      `${result ? `has ${result}` : `is ${shown}`}. It must be ${mustBe}.`,
    );
  }
}

/** A policy as JSON without white space, or `''` if it is not JSON. */
function policyText(policy: unknown): string {
  try {
    return JSON.stringify(typeof policy === 'string' ? JSON.parse(policy) : policy) ?? '';
  } catch {
    return '';
  }
}

/** A value for a message: short, on one line, quoted. Objects are not shown: they may hold secrets. */
function show(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
  if (value === undefined) return 'missing';
  return Object(value) === value ? `of type ${typeof value}` : String(value);
}
