import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import { AwsV4Signer } from 'aws4fetch';

/** Credentials to sign with. Those of AWS SDK v3 and of `assume-role` fit. */
export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Present with temporary credentials. */
  readonly sessionToken?: string | undefined;
}

/** What is signed. */
export interface Signable {
  readonly method: string;
  readonly href: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer> | undefined;
}

/** The headers to send. */
export interface Signed {
  readonly headers: Record<string, string>;
  /** What must never be shown; may contain empty text. */
  readonly secrets: readonly string[];
}

const service = 'execute-api';

/**
 * Headers that proxies, CloudFront or `fetch` may change on the way. They are sent, but not signed, as AWS asks only for
 * `host` and `x-amz-*`. aws4fetch itself leaves out others, such as `content-type` and `user-agent`.
 */
const UNSIGNED =
  /^(?:accept-encoding|cache-control|from|max-forwards|pragma|referer|via|forwarded|x-forwarded-.*)$/;

/**
 * Makes a signer for API Gateway (SigV4, service `execute-api`). It keeps the signing key of the last secret and day:
 * deriving it takes four HMACs.
 * @returns signs a request for a time in milliseconds since the epoch
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function createSigner(region: string) {
  let last: { readonly of: string; readonly key: KeyObject } | undefined;
  const signingKey = (secret: string, day: string): KeyObject => {
    if (last?.of !== day + secret) {
      const scope = [day, region, service, 'aws4_request'];
      const derived = scope.reduce((key, part) => hmac(key, part).digest(), Buffer.from(`AWS4${secret}`));
      // A Buffer would cost 9 µs for each signature: Node makes a key object of it.
      last = { of: day + secret, key: createSecretKey(derived) };
    }
    return last.key;
  };
  return async (
    { method, href, headers, body }: Signable,
    { accessKeyId, secretAccessKey, sessionToken = '' }: SigningCredentials,
    at: number,
  ): Promise<Signed> => {
    const datetime = new Date(at).toISOString().replaceAll(/[:-]|\.\d{3}/g, '');
    const key = signingKey(secretAccessKey, datetime.slice(0, 8));
    const signer = new AwsV4Signer({
      url: href,
      method,
      headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !UNSIGNED.test(name))),
      accessKeyId,
      secretAccessKey,
      sessionToken,
      service,
      region,
      datetime,
    });
    // aws4fetch hashes with Web Crypto. `node:crypto` is synchronous and more than ten times as fast.
    signer.hexBodyHash = async () => hash('sha256', body ?? '');
    signer.signature = async () => {
      const canonical = hash('sha256', await signer.canonicalString());
      const text = ['AWS4-HMAC-SHA256', datetime, signer.credentialString, canonical].join('\n');
      return hmac(key, text).digest('hex');
    };
    const authorization = await signer.authHeader();
    const token = sessionToken && { 'x-amz-security-token': sessionToken };
    return {
      headers: { ...headers, 'x-amz-date': datetime, ...token, authorization },
      secrets: [secretAccessKey, sessionToken, authorization.slice(-64)],
    };
  };
}

function hmac(key: Buffer | KeyObject, text: string) {
  return createHmac('sha256', key).update(text);
}
