import type { IncomingMessage } from 'node:http';
import { AwsV4Signer } from 'aws4fetch';
import { AssumeRoleDenied, CredentialsUnavailable } from './errors.ts';

/** Credentials of an assumed role. They fit `AwsCredentialIdentity` of AWS SDK v3. */
export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** When they expire, by STS's clock. */
  readonly expiration: Date;
}

/**
 * Parameters of AssumeRole that narrow a session or say more about it, as AWS names them.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export interface SessionParameters {
  /** A session policy as JSON text. */
  readonly Policy?: string | undefined;
  /** Managed policies as session policies. */
  readonly PolicyArns?: { arn: string }[] | undefined;
  /** Session tags. The trust policy must allow `sts:TagSession`. */
  readonly Tags?: { Key: string; Value: string }[] | undefined;
  /** Keys of tags that also apply to roles that this session assumes. */
  readonly TransitiveTagKeys?: string[] | undefined;
  /** Who is behind the session. The trust policy must allow `sts:SetSourceIdentity`. */
  readonly SourceIdentity?: string | undefined;
}

/** The parameters of AssumeRole. */
export interface AssumeRoleInput extends SessionParameters {
  readonly RoleArn: string;
  readonly RoleSessionName: string;
  readonly DurationSeconds: number;
  readonly ExternalId: string | undefined;
}

/** The part of `STS` of `@aws-sdk/client-sts` that is used. Written out so that this package needs no SDK. */
export interface StsClient {
  assumeRole(input: AssumeRoleInput, options: { readonly abortSignal: AbortSignal }): Promise<unknown>;
}

/** What STS clients resolve to, under `Credentials`. */
type Answer = Partial<
  Record<'AccessKeyId' | 'SecretAccessKey' | 'SessionToken', string> & { Expiration: Date }
>;

/** Asks STS once. Never rejects. */
export async function askSts(client: StsClient, input: AssumeRoleInput, abortSignal: AbortSignal) {
  try {
    const { Credentials }: { Credentials?: Answer } = Object(await client.assumeRole(input, { abortSignal }));
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
    // The time of a date that could not be read is NaN.
    if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration?.getTime()) {
      throw stsError('InvalidResponse', 'STS sent no complete credentials');
    }
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiration: Expiration,
    };
  } catch (thrown) {
    return readFailure(thrown, input);
  }
}

/** Why there are no credentials. */
export type RefreshError = AssumeRoleDenied | CredentialsUnavailable;

/** What a failed request means. */
export interface Failure {
  /**
   * The next request would fail in the same way (`permanent`), or may succeed after a pause (`transient`), or at once, as
   * the client has corrected its clock by the response (`skewed`).
   */
  readonly kind: 'permanent' | 'transient' | 'skewed';
  /** The error for the user, after so many requests. */
  toError(attempts: number): RefreshError;
}

const LATER = 'Invoke again, or give the function a longer timeout';

/** What failures mean, by code, HTTP status and text: `Throttling 400: Rate exceeded`. The first that matches. */
const FAILURES: readonly [pattern: RegExp, kind: Failure['kind'], remedy: string][] = [
  [/^RequestExpired /, 'skewed', "Set the machine's clock"],
  [/^\S+ \S+ Signature (?:expired|not yet current)/, 'skewed', "Set the machine's clock"],
  [/^\S*(?:Throttl|LimitExceeded|Timeout)/, 'transient', LATER],
  [/^\S+ (?:429|5\d\d): /, 'transient', LATER],
  // The operating system (`ECONNRESET`), the resolver and the connection.
  [/^(?:E[A-Z]+|EAI_AGAIN|ERR_SOCKET_CONNECTION_TIMEOUT) /, 'transient', LATER],
  [/^\S*Polic/, 'permanent', 'Correct or shorten the session policies and tags'],
  [/^\S*Region/, 'permanent', 'Activate STS for this region, or use another'],
  [/^\S*(?:Token|Client|Credentials|Signature)/, 'permanent', "Check the program's own credentials"],
];

/** Reads what an STS client rejected with. Keeps text only: an SDK's error holds the whole response, with its secrets. */
export function readFailure(thrown: unknown, { RoleArn: roleArn, ExternalId }: AssumeRoleInput): Failure {
  const error: Readonly<Record<string, unknown>> = Object(thrown);
  const metadata: typeof error = Object(error.$metadata);
  const requestId = text(metadata.requestId);
  const reasonCode = (text(error.code) ?? text(error.name) ?? 'Error').replace(/Exception$/, '');
  // STS adds the canonical request to `SignatureDoesNotMatch`. It holds the session token.
  const [said = ''] = (text(error.message) ?? '').split('The Canonical String', 1);
  const oneLine = said.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  const reason = oneLine.slice(0, 1_000) || reasonCode;
  const all = `${reasonCode} ${metadata.httpStatusCode}: ${reason}`;
  const row = FAILURES.find(([pattern]) => pattern.test(all));
  const [, kind = 'permanent', remedy = 'Correct what STS says, and deploy again'] = row ?? [];
  return {
    kind,
    toError: (attempts) => {
      if (reasonCode === 'AccessDenied') {
        const [, caller] = /User: (arn:\S+) is not authorized/.exec(reason) ?? [];
        return new AssumeRoleDenied({ roleArn, caller, requestId }, ExternalId !== undefined);
      }
      return new CredentialsUnavailable({ roleArn, attempts, reasonCode, requestId }, reason, remedy);
    },
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** An error as the SDK's client throws it. */
export function stsError(name: string, message: string, $metadata?: object): Error {
  return Object.assign(new Error(message), { name, $metadata });
}

/**
 * An STS client for a function's own credentials. Loading AWS SDK v3 would take most of the time that a function needs to
 * start. It resolves and rejects as the SDK's does, but repeats nothing and keeps no connection: after an hour, it is dead.
 */
export function stsClient(region: string): StsClient {
  /** How far STS's clock is ahead, in milliseconds. */
  let offsetMs = 0;
  return {
    assumeRole: async (input, { abortSignal }) => {
      const parameters = { ...input, Action: 'AssumeRole', Version: '2011-06-15' };
      const body = new URLSearchParams(flatten('', parameters)).toString();
      const { response, xml } = await post(region, body, Date.now() + offsetMs, abortSignal);
      if (response.statusCode === 200) {
        return {
          Credentials: {
            AccessKeyId: element(xml, 'AccessKeyId'),
            SecretAccessKey: element(xml, 'SecretAccessKey'),
            SessionToken: element(xml, 'SessionToken'),
            Expiration: new Date(String(element(xml, 'Expiration'))),
          },
        };
      }
      // Should the clock be the reason, the next signature is made for STS's time.
      offsetMs = Date.parse(String(response.headers.date)) - Date.now() || 0;
      throw stsError(
        element(xml, 'Code') ?? 'InvalidResponse',
        element(xml, 'Message') ?? `STS answered ${response.statusCode}`,
        { httpStatusCode: response.statusCode, requestId: response.headers['x-amzn-requestid'] },
      );
    },
  };
}

/** Lists parameters as AWS's Query protocol names them: `Tags.member.1.Key`. */
function* flatten(name: string, value: unknown): Generator<[string, string]> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* flatten(`${name}.member.${index + 1}`, item);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) yield* flatten(name ? `${name}.${key}` : key, item);
  } else if (value !== undefined) yield [name, String(value)];
}

/** Returns the headers of a request, signed for a time with the credentials that Lambda puts into the environment. */
async function sign(url: URL, region: string, body: string, at: number): Promise<Record<string, string>> {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN = '' } = process.env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) {
    const missing = 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set. Outside Lambda, give a client';
    throw stsError('NoCredentials', missing);
  }
  const signer = new AwsV4Signer({
    url: url.href,
    region,
    service: 'sts',
    method: 'POST',
    allHeaders: true,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    sessionToken: AWS_SESSION_TOKEN,
    datetime: new Date(at).toISOString().replaceAll(/[:-]|\.\d+/g, ''),
  });
  // aws4fetch hashes with Web Crypto, which takes 5 ms more to load than `node:crypto`.
  const { createHmac, hash } = process.getBuiltinModule('node:crypto');
  const hmac = (key: string | Buffer, part: string) => createHmac('sha256', key).update(part).digest();
  signer.hexBodyHash = async () => hash('sha256', body);
  signer.signature = async () => {
    const { datetime, credentialString } = signer;
    const canonical = hash('sha256', await signer.canonicalString());
    const key = credentialString.split('/').reduce<string | Buffer>(hmac, `AWS4${AWS_SECRET_ACCESS_KEY}`);
    return hmac(key, `AWS4-HMAC-SHA256\n${datetime}\n${credentialString}\n${canonical}`).toString('hex');
  };
  return Object.fromEntries((await signer.sign()).headers);
}

/** Sends a request that is signed for a time. */
async function post(region: string, body: string, at: number, signal: AbortSignal) {
  const url = new URL(stsEndpoint(region));
  const signed = await sign(url, region, body, at);
  const headers = { ...signed, 'user-agent': 'cross-account-api-assume-role', connection: 'close' };
  // An import of `node:http` would load `fetch`, which takes long: it reads all exports, of which `WebSocket` is one.
  const { request } = process.getBuiltinModule(url.protocol === 'http:' ? 'node:http' : 'node:https');
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { method: 'POST', headers, signal }, resolve).on('error', reject).end(body);
  });
  let xml = '';
  for await (const chunk of response.setEncoding('utf8')) xml += chunk;
  return { response, xml };
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Returns the text of an XML element that has no elements in it. XML escapes `<` in texts, so nothing else looks like one. */
function element(xml: string, name: string): string | undefined {
  const [, text] = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml) ?? [];
  return text?.replaceAll(/&(\w+);/g, (entity, code: string) => ENTITIES[code] ?? entity);
}

/** What follows the region in host names, and with IPv6 ("dual stack"), where it is not that of the standard partition. */
const DOMAINS: Readonly<Record<string, readonly [ipv4: string, dualStack: string]>> = {
  cn: ['amazonaws.com.cn', 'api.amazonwebservices.com.cn'],
  eusc: ['amazonaws.eu', 'api.amazonwebservices.eu'],
};

/**
 * The STS endpoint of a region, by the environment variables that AWS SDKs read.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export function stsEndpoint(region: string): string {
  const isSet = (name: string) => process.env[name]?.toLowerCase() === 'true';
  const configured = process.env.AWS_ENDPOINT_URL_STS || process.env.AWS_ENDPOINT_URL;
  if (configured && !isSet('AWS_IGNORE_CONFIGURED_ENDPOINT_URLS')) return configured;
  const [partition = ''] = region.split('-', 1);
  const [ipv4, dualStack] = DOMAINS[partition] ?? ['amazonaws.com', 'api.aws'];
  const domain = isSet('AWS_USE_DUALSTACK_ENDPOINT') ? dualStack : ipv4;
  // In GovCloud, the usual endpoint is the one with FIPS.
  const isFipsAnyway = region.startsWith('us-gov-') && domain === ipv4;
  const fips = isSet('AWS_USE_FIPS_ENDPOINT') && !isFipsAnyway ? '-fips' : '';
  return `https://sts${fips}.${region}.${domain}`;
}
