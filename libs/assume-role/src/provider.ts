import { AssumeRoleOptionError } from './errors.ts';
import { propertiesOf } from './properties.ts';
import { createSession, type RefreshLogger, type RunningInvocation } from './session.ts';
import {
  type RoleCredentials,
  type SdkParameters,
  type SessionParameters,
  type StsClient,
  stsClient,
} from './sts.ts';

/** The options of a role. Only `roleArn` is required in a Lambda function. */
export interface AssumedRoleOptions {
  /** The role: `arn:aws:iam::111111111111:role/api-dev-invoke`. */
  readonly roleArn: string;
  /** The session's name in the other account's logs. @default function and environment: `caller-dev.8e1f5a0c3b7d4926` */
  readonly sessionName?: string | undefined;
  /**
   * The lifetime of credentials: 900 to 43200 seconds, and at most the role's `MaxSessionDuration`. A role, such as that of a function, can
   * assume another for an hour at most; more is for the credentials of a user.
   * @default 3600
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_terms-and-concepts.html (role chaining)
   */
  readonly durationSeconds?: number | undefined;
  /** The value that the trust policy demands for `sts:ExternalId`. */
  readonly externalId?: string | undefined;
  /** Session policies, tags and source identity, as AWS names them. STS checks them. */
  readonly parameters?: SessionParameters | undefined;
  /** The region whose STS endpoint is asked. @default `AWS_REGION` */
  readonly region?: string | undefined;
  /** Your own client: `new STS({ region, maxAttempts: 1 })`. @default a client with the credentials that the SDK finds */
  readonly client?: StsClient | undefined;
  /** The time-out of one STS request: 100 to 60000 milliseconds. @default 3000 */
  readonly attemptTimeoutMs?: number | undefined;
  /** Receives warnings. @default one line of JSON through `console.warn` */
  readonly logger?: RefreshLogger | undefined;
}

/** An assumed role. It fits the `credentials` of AWS SDK v3 clients: `new S3Client({ credentials: context.assumedRole })`. */
export interface AssumedRole {
  /** The same as `getCredentials`. */
  (): Promise<RoleCredentials>;
  readonly roleArn: string;
  /** Returns current credentials. Ask for each request anew. @throws AssumeRoleDenied, CredentialsUnavailable */
  getCredentials(): Promise<RoleCredentials>;
  /**
   * Drops rejected credentials, unless others have replaced them. Credentials that replaced rejected ones are kept for 10 seconds: if
   * an API rejects these too, newer ones do not help. Without an argument, drops the current ones.
   */
  invalidate(rejected?: { readonly accessKeyId: string }): void;
}

/** An assumed role for a whole execution environment, for use without middy. */
export interface AssumedRoleProvider extends AssumedRole {
  /**
   * Fetches credentials ahead, with one STS request. Never rejects: if it fails, the first use tries again.
   * @param timeoutMs the time-out of the request, in milliseconds, if that is shorter than `attemptTimeoutMs`
   */
  prefetch(timeoutMs?: number): Promise<void>;
  /** Begins an invocation, as the middleware does. Without it, a use has up to 10 seconds. */
  beginInvocation(remainingMs: number): RoleInvocation;
}

/** An assumed role within one invocation. */
export interface RoleInvocation {
  /** The role, with this invocation's deadline. It also works after the invocation, with the deadline of the next. */
  readonly role: AssumedRole;
  /** Ends it. Stops a refresh in flight, as the process may be frozen now. With `finish`, gives it 250 ms first. */
  end(options: { readonly finish: boolean }): Promise<void>;
}

/**
 * Makes the provider of a role's credentials. They are fetched at the first use, and replaced before they expire. Any
 * number of concurrent users cause one STS call.
 * @throws AssumeRoleOptionError
 * @throws Error if Node is older than 22
 * @example
 * const role = createAssumedRole({ roleArn: 'arn:aws:iam::111111111111:role/reader', sessionName: 'report' });
 * const s3 = new S3Client({ credentials: role });
 */
export function createAssumedRole(options: AssumedRoleOptions): AssumedRoleProvider {
  return createProvider(options, {});
}

/** As {@link createAssumedRole}, with rules for further options. */
export function createProvider(options: AssumedRoleOptions, rules: Rules): AssumedRoleProvider {
  // Otherwise each call would fail, and say that a function is missing. npm only warns of `engines`.
  if (Promise.withResolvers === undefined)
    throw new Error(`assume-role needs Node 22.3 or later, and this is Node ${process.versions.node}.`);
  const { AWS_LAMBDA_FUNCTION_NAME: name, AWS_LAMBDA_LOG_STREAM_NAME, AWS_REGION } = process.env;
  const given: AssumedRoleOptions = { ...options };
  const sessionName = given.sessionName ?? (name && defaultSessionName(name, AWS_LAMBDA_LOG_STREAM_NAME));
  const region = given.region ?? (given.client === undefined ? AWS_REGION : undefined);
  checkOptions({ ...given, sessionName, region }, { ...ROLE_RULES, ...rules });

  const { roleArn, durationSeconds = 3_600, attemptTimeoutMs = 3_000, logger = consoleLogger } = given;
  const input = {
    ...(given.parameters as SdkParameters | undefined),
    RoleArn: roleArn,
    RoleSessionName: String(sessionName),
    DurationSeconds: durationSeconds,
    ExternalId: given.externalId,
  };
  const client = given.client ?? stsClient(String(region));
  const session = createSession(client, input, attemptTimeoutMs, logger);
  // Users get functions only, so they do not log credentials by accident.
  const view = (invocation?: RunningInvocation): AssumedRole => {
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

/** Returns the function's name, and half the log stream's ID if there is one: `caller-dev.8e1f5a0c3b7d4926`. */
export function defaultSessionName(functionName: string, logStreamName = ''): string {
  const [id] = /[\da-f]{16}(?=[\da-f]{16}$)/.exec(logStreamName) ?? [];
  // STS accepts 64 characters. With SnapStart, the name of the log stream has no ID.
  return id === undefined ? functionName : `${functionName.slice(0, 47)}.${id}`;
}

const consoleLogger: RefreshLogger = {
  warn: (message, details) => console.warn(JSON.stringify({ level: 'WARN', message, ...details })),
};

type Test = RegExp | ((value: unknown) => boolean);

/** The rule of each option. A pattern accepts texts only. */
export type Rules<Name extends string = string> = Readonly<Record<Name, readonly [mustBe: string, Test]>>;

const isBetween = (min: number, max: number) => (value: unknown) =>
  typeof value === 'number' && value >= min && value <= max;
const hasMethod = (name: string) => (value: unknown) => typeof propertiesOf(value)[name] === 'function';
const isRecord = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);

// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/(?:[!-~]+\/)?[\w+=,.@-]{1,64}$/;
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;
const ROLE_RULES: Rules<keyof AssumedRoleOptions> = {
  roleArn: ['the ARN of an IAM role: arn:aws:iam::111111111111:role/api-dev-invoke', ROLE_ARN],
  sessionName: ['2 to 64 letters, digits or _+=,.@- (default: AWS_LAMBDA_FUNCTION_NAME)', SESSION_NAME],
  durationSeconds: ['a number from 900 to 43200 (a role that assumes it: to 3600)', isBetween(900, 43_200)],
  externalId: ['2 to 1224 letters, digits or _+=,.@:/-', /^[\w+=,.@:/-]{2,1224}$/],
  parameters: ['an object with parameters of AssumeRole, such as Policy', isRecord],
  region: ['a region such as eu-west-1 (default: AWS_REGION)', /^[a-z]{2,}(?:-[a-z]+)+-\d+$/],
  client: ['an STS of @aws-sdk/client-sts, with a method assumeRole', hasMethod('assumeRole')],
  attemptTimeoutMs: ['a number from 100 to 60000', isBetween(100, 60_000)],
  logger: ['an object with a method warn', hasMethod('warn')],
};

/** Throws for wrong and for unknown options. */
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
    // The external ID must not get into a log.
    const shown = name === 'externalId' ? 'not valid (not shown here)' : show(value);
    throw new AssumeRoleOptionError(name, `is ${shown}. It must be ${mustBe}.`);
  }
}

/** A value for a message: short, on one line, quoted. Objects are not shown: they may hold secrets. */
function show(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string')
    return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
  const mayHoldSecrets = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return mayHoldSecrets ? `of type ${typeof value}` : String(value);
}
