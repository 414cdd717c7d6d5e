import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

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
 * Headers that proxies, CloudFront, API Gateway or Node may change on the way. They are sent, but not signed, as AWS asks only
 * for `host` and `x-amz-*`.
 */
const UNSIGNED =
  /^(?:accept-encoding|cache-control|connection|content-(?:length|type)|expect|forwarded|from|max-forwards|pragma|range|referer|user-agent|via|x-amzn-trace-id|x-forwarded-.*)$/;

/**
 * Makes a signer for API Gateway (SigV4, service `execute-api`). It keeps the signing key of the last secret and day:
 * deriving it takes four HMACs.
 * @returns signs a request for a time in milliseconds since the epoch
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function createSigner(region: string) {
  let last: { readonly secret: string; readonly day: string; readonly key: KeyObject } | undefined;
  const signingKey = (secret: string, day: string): KeyObject => {
    if (last?.secret !== secret || last.day !== day) {
      const scope = [day, region, service, 'aws4_request'];
      const derived = scope.reduce((key, part) => hmac(key, part).digest(), Buffer.from(`AWS4${secret}`));
      // A Buffer would cost 9 µs for each signature: Node makes a key object of it.
      last = { secret, day, key: createSecretKey(derived) };
    }
    return last.key;
  };
  return (
    { method, href, headers, body }: Signable,
    { accessKeyId, secretAccessKey, sessionToken = '' }: SigningCredentials,
    at: number,
  ): Signed => {
    const datetime = new Date(at).toISOString().replaceAll(/[:-]|\.\d{3}/g, '');
    const day = datetime.slice(0, 8);
    const url = new URL(href);
    const added = {
      'x-amz-date': datetime,
      ...(sessionToken && { 'x-amz-security-token': sessionToken }),
    };
    const signed = Object.entries({ ...headers, ...added, host: url.host })
      .filter(([name]) => !UNSIGNED.test(name))
      .sort(byName);
    const names = signed.map(([name]) => name).join(';');
    const request = [
      method,
      // A path is encoded twice, except for S3.
      encode(url.pathname.replaceAll(/\/+/g, '/')).replaceAll('%2F', '/'),
      [...url.searchParams]
        .map(([name, value]) => [encode(name), encode(value)] as const)
        .sort(byName)
        .map((pair) => pair.join('='))
        .join('&'),
      ...signed.map(([name, value]) => `${name}:${value.replaceAll(/\s+/g, ' ')}`),
      '',
      names,
      hash('sha256', body ?? ''),
    ];
    const scope = `${day}/${region}/${service}/aws4_request`;
    const text = ['AWS4-HMAC-SHA256', datetime, scope, hash('sha256', request.join('\n'))].join('\n');
    const signature = hmac(signingKey(secretAccessKey, day), text).digest('hex');
    const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
    return {
      headers: { ...headers, ...added, authorization },
      secrets: [secretAccessKey, sessionToken, signature],
    };
  };
}

type Pair = readonly [name: string, value: string];

/** By code units, and equal names by their values. */
function byName([a, x]: Pair, [b, y]: Pair): number {
  return Number(a > b) - Number(a < b) || Number(x > y) - Number(x < y);
}

/** Percent-encodes by RFC 3986: all but letters, digits and `-._~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function hmac(key: Buffer | KeyObject, text: string) {
  return createHmac('sha256', key).update(text);
}
