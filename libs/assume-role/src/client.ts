import { AwsV4Signer } from 'aws4fetch';
import { stsEndpoint } from './endpoint.ts';

/**
 * The parameters of AssumeRole, as AWS SDK v3 names them.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export interface AssumeRoleInput {
  readonly RoleArn: string;
  readonly RoleSessionName: string;
  readonly DurationSeconds: number;
  readonly ExternalId: string | undefined;
  readonly Policy: string | undefined;
  readonly PolicyArns: { arn: string }[] | undefined;
  readonly Tags: { Key: string; Value: string }[] | undefined;
  readonly TransitiveTagKeys: string[] | undefined;
  readonly SourceIdentity: string | undefined;
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
      const parameters = { Action: 'AssumeRole', Version: '2011-06-15', ...input };
      const body = new URLSearchParams([...flatten('', parameters)]).toString();
      const headers = await sign(url, region, body, Date.now() + offsetMs);
      const { status, date, requestId, text } = await post(url, headers, body, abortSignal);
      if (status === 200) {
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
      offsetMs = Date.parse(date ?? '') - Date.now() || 0;
      throw Object.assign(new Error(element(text, 'Message') ?? `STS answered ${status}`), {
        name: element(text, 'Code') ?? 'InvalidResponse',
        $metadata: { httpStatusCode: status, requestId },
      });
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

/**
 * Returns the headers of a request, signed with the credentials that Lambda puts into the environment.
 * @param at the time of the signature, in milliseconds since the epoch
 */
async function sign(url: URL, region: string, body: string, at: number): Promise<Record<string, string>> {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) {
    throw Object.assign(
      new Error('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set. Outside Lambda, give a client'),
      { name: 'NoCredentials' },
    );
  }
  const signer = new AwsV4Signer({
    url: url.href,
    region,
    service: 'sts',
    method: 'POST',
    allHeaders: true,
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
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

interface Answer {
  readonly status: number;
  readonly date: string | undefined;
  readonly requestId: string | undefined;
  readonly text: string;
}

function post(url: URL, headers: Record<string, string>, body: string, signal: AbortSignal): Promise<Answer> {
  // An import of `node:http` would load `fetch`, which takes long: it reads all exports, of which `WebSocket` is one.
  const { request } = process.getBuiltinModule(url.protocol === 'http:' ? 'node:http' : 'node:https');
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: 'POST',
      headers: { ...headers, 'user-agent': 'cross-account-api-assume-role', connection: 'close' },
      signal,
    });
    sent.on('response', (message) => {
      const { statusCode, headers: received } = message;
      let text = '';
      message
        .setEncoding('utf8')
        .on('data', (chunk: string) => {
          text += chunk;
        })
        .on('end', () => {
          const requestId = received['x-amzn-requestid']?.toString();
          resolve({ status: Number(statusCode), date: received.date, requestId, text });
        })
        .on('error', reject);
    });
    sent.on('error', reject).end(body);
  });
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Returns the text of an XML element that has no elements in it. XML escapes `<` in texts, so nothing else looks like one. */
function element(xml: string, name: string): string | undefined {
  const [, text] = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml) ?? [];
  return text?.replaceAll(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (entity, decimal, hex, named) => {
    const code = Number.parseInt(decimal ?? hex, decimal === undefined ? 16 : 10);
    return ENTITIES[named] ?? (code <= 0x10ffff ? String.fromCodePoint(code) : entity);
  });
}
