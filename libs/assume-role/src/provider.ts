import { AssumeRoleOptionError } from './errors.ts';
import { createSession, type Invocation, type RefreshLogger } from './session.ts';
import { type RoleCredentials, type SessionParameters, type StsClient, stsClient } from './sts.ts';

/** How a role is assumed. Everything except `roleArn` has a default that suits a Lambda function. */
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
  /** Session policies, tags and source identity, as AWS names them. STS checks them. */
  readonly parameters?: SessionParameters | undefined;
  /** The region whose STS endpoint is asked. @default the function's region (`AWS_REGION`) */
  readonly region?: string | undefined;
  /**
   * Your own STS client instead of `region`, for other credentials than those in the environment variables:
   * `new STS({ maxAttempts: 1 })` of `@aws-sdk/client-sts`. This library retries by itself.
   */
  readonly client?: StsClient;
  /** How long one STS request may take: 100 to 60000 milliseconds. @default 3000 */
  readonly attemptTimeoutMs?: number;
  /** Where warnings go. @default one line of JSON through `console.warn` */
  readonly logger?: RefreshLogger;
}

/**
 * An assumed role. A function that fits the `credentials` option of AWS SDK v3 clients.
 * @example const s3 = new S3Client({ credentials: context.assumedRole });
 */
export interface AssumedRole {
  /** The same as `getCredentials`. */
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
   * @param options.finish whether to give it 250 ms first. After an error, do not: report it at once
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

  const { roleArn, durationSeconds = 3_600, attemptTimeoutMs = 3_000, logger = consoleLogger } = given;
  const input = {
    ...given.parameters,
    RoleArn: roleArn,
    RoleSessionName: String(sessionName),
    DurationSeconds: durationSeconds,
    ExternalId: given.externalId,
  };
  const client = given.client ?? stsClient(String(region));
  const session = createSession(client, input, attemptTimeoutMs, logger);
  // No state is reachable through what users get, so none can be logged by accident.
  const view = (invocation?: Invocation): AssumedRole => {
    const getCredentials = () => session.get(invocation);
    return Object.assign(getCredentials, { roleArn, getCredentials, invalidate: session.invalidate });
  };
  return Object.assign(view(), {
    prefetch: session.prefetch,
    beginInvocation: (remainingMs: number): RoleInvocation => {
      const invocation = session.begin(Date.now() + remainingMs);
      return { role: view(invocation), end: ({ finish }) => session.end(invocation, finish) };
    },
  });
}

/**
 * The function's name and half the ID in which the log stream's name ends: `caller-dev.8e1f5a0c3b7d4926`, at most the 64
 * characters that STS takes. Without an ID, as with SnapStart, the function's name.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
 */
export function defaultSessionName(functionName: string, logStreamName = ''): string {
  const [id] = /[\da-f]{16}(?=[\da-f]{16}$)/.exec(logStreamName) ?? [];
  return id === undefined ? functionName : `${functionName.slice(0, 47)}.${id}`;
}

const consoleLogger: RefreshLogger = {
  warn: (message, details) => console.warn(JSON.stringify({ level: 'WARN', message, ...details })),
};

type Test = RegExp | ((value: unknown) => boolean);

/** What each option must be. A pattern is one of a text. */
export type Rules<Name extends string = string> = Readonly<Record<Name, readonly [mustBe: string, Test]>>;

const isBetween = (min: number, max: number) => (value: unknown) =>
  typeof value === 'number' && value >= min && value <= max;
const hasMethod = (name: string) => (value: unknown) => typeof Object(value)[name] === 'function';
const isRecord = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const ROLE_RULES: Rules<keyof AssumedRoleOptions> = {
  roleArn: [
    'the ARN of an IAM role: arn:aws:iam::111111111111:role/api-dev-invoke',
    /^arn:aws[a-z-]*:iam::\d{12}:role\/(?:[!-~]+\/)?[\w+=,.@-]{1,64}$/,
  ],
  sessionName: [
    '2 to 64 letters, digits or _+=,.@- (default: AWS_LAMBDA_FUNCTION_NAME)',
    /^[\w+=,.@-]{2,64}$/,
  ],
  durationSeconds: ['a number from 900 to 3600 (role chaining allows one hour)', isBetween(900, 3600)],
  externalId: ['2 to 1224 letters, digits or _+=,.@:/-', /^[\w+=,.@:/-]{2,1224}$/],
  parameters: ['an object with parameters of AssumeRole, such as Policy', isRecord],
  region: ['a region such as eu-west-1 (default: AWS_REGION)', /^[a-z]{2,}(?:-[a-z]+)+-\d+$/],
  client: ['an STS of @aws-sdk/client-sts, with a method assumeRole', hasMethod('assumeRole')],
  attemptTimeoutMs: ['a number from 100 to 60000', isBetween(100, 60_000)],
  logger: ['an object with a method warn', hasMethod('warn')],
};

/** Throws for unknown options, too: a typing error would otherwise be a default that nobody chose. */
function checkOptions(options: Readonly<Record<string, unknown>>, rules: Rules): void {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(rules, name));
  if (unknown !== undefined) {
    throw new AssumeRoleOptionError(unknown, `is unknown. The options are ${Object.keys(rules).join(', ')}.`);
  }
  const required = ['roleArn', 'sessionName', options.client === undefined && 'region'];
  for (const [name, [mustBe, test]] of Object.entries(rules)) {
    const value = options[name];
    if (value === undefined && !required.includes(name)) continue;
    if (test instanceof RegExp ? typeof value === 'string' && test.test(value) : test(value)) continue;
    // The external ID is not shown: two parties agreed on it, and it has no place in a log.
    const shown = name === 'externalId' ? 'not valid (not shown here)' : show(value);
    throw new AssumeRoleOptionError(name, `is ${shown}. It must be ${mustBe}.`);
  }
}

/** A value for a message: short, on one line, quoted. Objects are not shown: they may hold secrets. */
function show(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value !== 'string') return Object(value) === value ? `of type ${typeof value}` : String(value);
  return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
}
