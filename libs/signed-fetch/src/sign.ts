import { createHash, createHmac } from 'node:crypto';
import { AwsV4Signer } from 'aws4fetch';
import type { Target } from './target.ts';
import type { SigningCredentials } from './types.ts';

/** What is signed. */
export interface Signable {
  readonly method: string;
  readonly target: Target;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer> | undefined;
}

/** The headers of a signed request. */
export interface Signed {
  readonly headers: Headers;
  /** What must not be shown anywhere. */
  readonly secrets: readonly string[];
}

/**
 * Headers that proxies, CloudFront or `fetch` itself may change on the way. They are sent, but not signed: AWS asks only
 * for `host` and `x-amz-*`. AWS's own SDKs leave out most of them too; `fetch` adds to `accept-encoding` if there is a
 * `range`.
 */
const UNSIGNED =
  /^(?:accept-encoding|cache-control|content-type|forwarded|from|max-forwards|pragma|range|referer|user-agent|via|x-amzn-trace-id|x-forwarded-.*)$/;

/**
 * Signs a request for API Gateway (SigV4, service `execute-api`).
 * @param at the time to sign for, in milliseconds since the epoch: the server's time, as far as it is known
 */
export async function sign(
  { method, target, headers, body }: Signable,
  credentials: SigningCredentials,
  region: string,
  at: number,
): Promise<Signed> {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const signer = new NodeSigner({
    url: target.href,
    method,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !UNSIGNED.test(name))),
    ...(body !== undefined && { body }),
    accessKeyId,
    secretAccessKey,
    ...(sessionToken !== undefined && { sessionToken }),
    service: 'execute-api',
    region,
    datetime: new Date(at).toISOString().replaceAll(/[:-]|\.\d{3}/g, ''),
  });
  signer.encodedSearch = target.canonicalQuery;
  const signed = await signer.sign();
  for (const [name, value] of Object.entries(headers)) {
    if (UNSIGNED.test(name)) signed.headers.set(name, value);
  }
  const signature = signed.headers.get('authorization')?.split('Signature=')[1];
  const secrets = [secretAccessKey, sessionToken, signature].filter((secret) => secret !== undefined);
  return { headers: signed.headers, secrets };
}

/** aws4fetch on `node:crypto`, which is synchronous and about ten times as fast as the Web Crypto API it uses. */
class NodeSigner extends AwsV4Signer {
  override async signature(): Promise<string> {
    const scope = [this.datetime.slice(0, 8), this.region, this.service, 'aws4_request'];
    const key = scope.reduce<string | Buffer>(
      (last, part) => hmac(last, part),
      `AWS4${this.secretAccessKey}`,
    );
    return hmac(key, await this.stringToSign()).toString('hex');
  }

  override async stringToSign(): Promise<string> {
    const canonical = sha256(await this.canonicalString());
    return ['AWS4-HMAC-SHA256', this.datetime, this.credentialString, canonical].join('\n');
  }

  override async hexBodyHash(): Promise<string> {
    const { body } = this;
    return sha256(body instanceof Uint8Array ? body : '');
  }
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest();
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
