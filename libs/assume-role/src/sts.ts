import { AssumeRoleCommand, type Credentials, STSClient } from '@aws-sdk/client-sts';
import { AssumeRoleDenied, CredentialsUnavailable } from './errors.ts';
import { propertiesOf } from './properties.ts';

/** Credentials of an assumed role. They fit `AwsCredentialIdentity` of AWS SDK v3. */
export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** When they expire, by STS's clock. */
  readonly expiration: Date;
}

/** Parameters of AssumeRole that narrow a session or describe it, as AWS names them. The SDK's types would need those of Node. */
export interface SessionParameters {
  readonly Policy?: string | undefined;
  readonly PolicyArns?: readonly { readonly arn: string }[] | undefined;
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[] | undefined;
  readonly TransitiveTagKeys?: readonly string[] | undefined;
  readonly SourceIdentity?: string | undefined;
}

type Mutable<T> = T extends readonly (infer One)[] ? { -readonly [Name in keyof One]: One[Name] }[] : T;

/** {@link SessionParameters} as the SDK's client takes them: it changes no list, but its types have lists that can be changed. */
export type SdkParameters = {
  readonly [Name in keyof SessionParameters]: Mutable<SessionParameters[Name]>;
};

/** The parameters of AssumeRole: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export interface AssumeRoleInput extends SdkParameters {
  readonly RoleArn: string;
  readonly RoleSessionName: string;
  readonly DurationSeconds: number;
  readonly ExternalId: string | undefined;
}

/** The part of `STS` of `@aws-sdk/client-sts` that is used. */
export interface StsClient {
  /** Errors do not show the secrets of these credentials. */
  readonly config?: { readonly credentials?: unknown } | undefined;
  assumeRole(input: AssumeRoleInput, options: { readonly abortSignal: AbortSignal }): Promise<unknown>;
}

/** Makes the default client. It signs with the credentials that the AWS SDK finds. */
export function stsClient(region: string): StsClient {
  // A kept connection is dead after a freeze. The SDK's agents use a proxy only with NODE_USE_ENV_PROXY.
  const { proxyEnv } = process.getBuiltinModule('node:https').globalAgent.options;
  const agent = { keepAlive: false, proxyEnv };
  const requestHandler = { httpAgent: agent, httpsAgent: agent };
  const client = new STSClient({ region, maxAttempts: 1, requestHandler });
  return {
    config: client.config,
    assumeRole: (input, options) =>
      client.send(new AssumeRoleCommand(input), options).catch((error) => {
        // The SDK sets its clock by the date of any response. After an absurd date, it could not sign another request.
        if (readFailure(error, input).kind !== 'skewed') client.config.systemClockOffset = 0;
        throw error;
      }),
  };
}

/**
 * Asks STS once. Never rejects. Errors do not show the secrets of `held`, the credentials in use.
 * @param onAsk is called when the program's own credentials have come, which sign the request
 */
export async function askSts(
  client: StsClient,
  input: AssumeRoleInput,
  signal: AbortSignal,
  held: RoleCredentials | undefined,
  onAsk: () => void,
) {
  const secrets = secretsOf(held);
  let isAsked = false;
  try {
    const own = client.config?.credentials;
    secrets.push(...secretsOf(typeof own === 'function' ? await own() : own));
    isAsked = true;
    onAsk();
    const answer = await client.assumeRole(input, { abortSignal: signal });
    const got: Partial<Credentials> = propertiesOf(propertiesOf(answer).Credentials);
    const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = got;
    const expiration = got.Expiration;
    // An unreadable date has the time NaN.
    if (accessKeyId && secretAccessKey && sessionToken && expiration?.getTime()) {
      return { accessKeyId, secretAccessKey, sessionToken, expiration };
    }
    return readFailure({ name: 'InvalidResponse', message: 'STS sent no complete credentials' }, input);
  } catch (thrown) {
    return readFailure(thrown, input, secrets, isAsked);
  }
}

/** The failure of a request that took too long. @param isAsked as of {@link readFailure} */
export function timeout(input: AssumeRoleInput, isAsked: boolean): Failure {
  return readFailure({ name: TIMEOUT, message: 'STS did not answer in time' }, input, [], isAsked);
}

/** The meaning of a failed request. */
export interface Failure {
  /** `transient`: the next request may succeed after a pause. `skewed`: at once, as the client has corrected its clock. */
  readonly kind: 'permanent' | 'transient' | 'skewed';
  /** Makes the error for a user who has waited for this many requests. */
  toError(attempts: number): AssumeRoleDenied | CredentialsUnavailable;
}

const LATER = 'Invoke again, or give the function a longer timeout';

const TIMEOUT = 'Timeout';

/** The meaning of failures, by code, HTTP status and text: `Throttling 400: Rate exceeded`. The first match counts. */
const FAILURES: readonly [pattern: RegExp, kind: Failure['kind'], remedy: string][] = [
  [/^RequestExpired |^\S+ \S+ Signature (?:expired|not yet current)/, 'skewed', "Set the machine's clock"],
  [/^\S*(?:Throttl|LimitExceeded|Timeout)|^\S+ (?:429|5\d\d): /, 'transient', LATER],
  // Codes of the operating system (`ECONNRESET`), the resolver and the connection.
  [/^(?:E[A-Z]+|EAI_AGAIN|ERR_SOCKET_CONNECTION_TIMEOUT) /, 'transient', LATER],
  // The SDK's clock was out of range, and has been reset.
  [/^RangeError undefined: Invalid time value/, 'transient', LATER],
  [/^\S*Polic/, 'permanent', 'Correct or shorten the session policies and tags'],
  [/^\S*Region/, 'permanent', 'Activate STS for this region, or use another'],
  [/^\S*(?:Token|Client|Credentials|Signature)/, 'permanent', "Check the program's own credentials"],
];

/**
 * Reads the error of an STS client. Keeps only text without known secrets: an SDK's error holds the whole response.
 * @param isAsked whether STS was asked. If not, the error is of the source of the program's own credentials
 */
export function readFailure(
  thrown: unknown,
  input: AssumeRoleInput,
  secrets: string[] = [],
  isAsked = true,
): Failure {
  const { RoleArn: roleArn, ExternalId } = input;
  const { AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = process.env;
  const known = [...secrets, ...secretsOf({ secretAccessKey, sessionToken })];
  const error = propertiesOf(thrown);
  const { httpStatusCode: status, requestId: id } = propertiesOf(error.$metadata);
  const name = (text(error.code) || text(error.name) || 'Error').replace(/Exception$/, '');
  // The names of the SDK's errors for a response that it cannot read.
  const code = status !== undefined && /^(?:(?:Type)?Error|Unknown)$/.test(name) ? 'InvalidResponse' : name;
  const reasonCode = hide(code, known);
  const requestId = hide(text(id), known) || undefined;
  const message = text(error.message);
  // After their own words, STS quotes the request, and the SDK says where the response is.
  const shown = hide(message, [known, ExternalId ?? []].flat());
  const [words = ''] = shown.split(/The Canonical String|Deserialization error: /, 1);
  const line = words.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  const said = line.slice(0, 1_000) || reasonCode;
  const row = FAILURES.find(([pattern]) => pattern.test(`${code} ${status}: ${message}`));
  const [, kind = 'permanent', byRow = 'Correct what STS says, and deploy again'] = row ?? [];
  const [when, why] = code === TIMEOUT ? [' in time', ''] : ['', `: ${said}`];
  const own = `The program's own credentials did not come${when}, so STS was not asked${why}`;
  const [reason, remedy] = isAsked ? [said, byRow] : [own, 'Check where they come from'];
  const toError = (attempts: number) => {
    const facts = { roleArn, attempts, reasonCode, requestId };
    if (code !== 'AccessDenied' || !isAsked) return new CredentialsUnavailable(facts, reason, remedy);
    const [, caller] = /User: (arn:\S+) is not authorized/.exec(reason) ?? [];
    return new AssumeRoleDenied(
      { roleArn, caller, requestId },
      ExternalId !== undefined,
      furtherActionsOf(input),
    );
  };
  return { kind, toError };
}

/**
 * The actions that a request needs beside sts:AssumeRole.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
 */
function furtherActionsOf({ Tags = [], SourceIdentity }: AssumeRoleInput): readonly string[] {
  return [
    ...(Tags.length > 0 ? ['sts:TagSession'] : []),
    ...(SourceIdentity !== undefined ? ['sts:SetSourceIdentity'] : []),
  ];
}

const text = (value: unknown) => (typeof value === 'string' ? value : '');

/** Returns the secrets of credentials. AWS issues none below 8 characters: those are placeholders, such as `test`. */
function secretsOf(credentials: unknown): string[] {
  const { secretAccessKey, sessionToken } = propertiesOf(credentials);
  return [text(secretAccessKey), text(sessionToken)].filter(({ length }) => length >= 8);
}

/** Hides secrets in a text, also as they look in URLs and in Base64, and all signatures and hashes. */
function hide(message: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => {
    const url = encodeURIComponent(secret.toWellFormed());
    const lower = url.replaceAll(/%../g, (hex) => hex.toLowerCase());
    // The last characters also depend on the following text. The rest of a short text would match too much.
    const base64 = secret.length < 8 ? url : Buffer.from(secret).toString('base64').replace(/.?=*$/, '');
    return [secret, url, lower, base64];
  });
  // The longest first: a secret may contain another.
  const all = forms.toSorted((a, b) => b.length - a.length);
  return all.reduce((rest, form) => rest.replaceAll(form, '***'), message).replaceAll(/[\da-f]{64}/gi, '***');
}
