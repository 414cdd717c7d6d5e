import type { IncomingMessage } from 'node:http';
import { AwsV4Signer } from 'aws4fetch';

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

/**
 * Makes the STS client of a region, for a Lambda function's own credentials. AWS SDK v3 does more than one operation and
 * one source of credentials need: it takes most of the time that a function needs to start. What this client resolves to
 * and throws has the form of the SDK's.
 *
 * The connection is not kept: with one request an hour, a kept one is always dead. Nothing is repeated here.
 */
export function stsClient(region: string): StsClient {
  /** How far STS's clock is ahead, in milliseconds. */
  let offsetMs = 0;
  return {
    assumeRole: async (input, { abortSignal }) => {
      const url = new URL(stsEndpoint(region, process.env));
      const parameters = { ...input, Action: 'AssumeRole', Version: '2011-06-15' };
      const body = new URLSearchParams([...flatten('', parameters)]).toString();
      const headers = await sign(url, region, body, Date.now() + offsetMs);
      const [response, text] = await post(url, headers, body, abortSignal);
      if (response.statusCode === 200) {
        return {
          Credentials: {
            AccessKeyId: element(text, 'AccessKeyId'),
            SecretAccessKey: element(text, 'SecretAccessKey'),
            SessionToken: element(text, 'SessionToken'),
            Expiration: new Date(element(text, 'Expiration') ?? Number.NaN),
          },
        };
      }
      // Should the clock be the reason, the next signature is made for STS's time.
      offsetMs = Date.parse(String(response.headers.date)) - Date.now() || 0;
      throw stsError(
        element(text, 'Code') ?? 'InvalidResponse',
        element(text, 'Message') ?? `STS answered ${response.statusCode}`,
        { httpStatusCode: response.statusCode, requestId: response.headers['x-amzn-requestid'] },
      );
    },
  };
}

/** An error as an SDK's client throws it. */
export function stsError(name: string, message: string, $metadata?: object): Error {
  return Object.assign(new Error(message), { name, $metadata });
}

/** Lists parameters as AWS's Query protocol names them: `Tags.member.1.Key`. */
function* flatten(name: string, value: unknown): Generator<[string, string]> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* flatten(`${name}.member.${index + 1}`, item);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) yield* flatten(name ? `${name}.${key}` : key, item);
  } else if (value !== undefined) yield [name, String(value)];
}

/**
 * Returns the headers of a request, signed with the credentials that Lambda puts into the environment.
 * @param at the time of the signature, in milliseconds since the epoch
 */
async function sign(url: URL, region: string, body: string, at: number): Promise<Record<string, string>> {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) {
    throw stsError(
      'NoCredentials',
      'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set. Outside Lambda, give a client',
    );
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
    sessionToken: AWS_SESSION_TOKEN ?? '',
    datetime: new Date(at).toISOString().replaceAll(/[:-]|\.\d+/g, ''),
  });
  // aws4fetch hashes with Web Crypto, which takes 5 ms more to load than `node:crypto`.
  const { createHmac, hash } = process.getBuiltinModule('node:crypto');
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  signer.hexBodyHash = async () => hash('sha256', body);
  signer.signature = async () => {
    const { datetime, credentialString } = signer;
    const canonical = hash('sha256', await signer.canonicalString());
    const text = ['AWS4-HMAC-SHA256', datetime, credentialString, canonical].join('\n');
    const key = credentialString.split('/').reduce<string | Buffer>(hmac, `AWS4${AWS_SECRET_ACCESS_KEY}`);
    return hmac(key, text).toString('hex');
  };
  return Object.fromEntries((await signer.sign()).headers);
}

/** Returns the response and its body. */
async function post(
  url: URL,
  headers: Record<string, string>,
  body: string,
  signal: AbortSignal,
): Promise<[IncomingMessage, text: string]> {
  // An import of `node:http` would load `fetch`, which takes long: it reads all exports, of which `WebSocket` is one.
  const { request } = process.getBuiltinModule(url.protocol === 'http:' ? 'node:http' : 'node:https');
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, {
      method: 'POST',
      headers: { ...headers, 'user-agent': 'cross-account-api-assume-role', connection: 'close' },
      signal,
    })
      .on('response', resolve)
      .on('error', reject)
      .end(body);
  });
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return [response, text];
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Returns the text of an XML element that has no elements in it. XML escapes `<` in texts, so nothing else looks like one. */
function element(xml: string, name: string): string | undefined {
  const [, text] = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml) ?? [];
  return text?.replaceAll(/&#?(\w+);/g, (entity, code: string) => {
    // `233` or `x1F389`. With a 0 in front, JavaScript reads both.
    const point = Number(`0${code}`);
    return ENTITIES[code] ?? (point <= 0x10ffff ? String.fromCodePoint(point) : entity);
  });
}

/** What follows the region in host names, and with IPv6 ("dual stack"). The first that matches. */
const SUFFIXES: readonly [region: RegExp, suffix: string, dualStack: string][] = [
  [/^cn-/, 'amazonaws.com.cn', 'api.amazonwebservices.com.cn'],
  [/^eusc-/, 'amazonaws.eu', 'api.amazonwebservices.eu'],
  [/^/, 'amazonaws.com', 'api.aws'],
];

/**
 * The STS endpoint of a region, by the environment variables that AWS SDKs read.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export function stsEndpoint(
  region: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const isSet = (name: string) => environment[name]?.toLowerCase() === 'true';
  const configured = environment.AWS_ENDPOINT_URL_STS || environment.AWS_ENDPOINT_URL;
  if (configured && !isSet('AWS_IGNORE_CONFIGURED_ENDPOINT_URLS')) return configured;
  const [, suffix, dualStackSuffix] = SUFFIXES.find(([pattern]) => pattern.test(region)) ?? [];
  const dualStack = isSet('AWS_USE_DUALSTACK_ENDPOINT');
  // In GovCloud, the usual endpoint is the one with FIPS.
  const fips = isSet('AWS_USE_FIPS_ENDPOINT') && (dualStack || !region.startsWith('us-gov-'));
  return `https://sts${fips ? '-fips' : ''}.${region}.${dualStack ? dualStackSuffix : suffix}`;
}
