import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import { AwsV4Signer } from 'aws4fetch';
import { check } from './errors.ts';
import { propertiesOf } from './properties.ts';
import type { PreparedRequest } from './request.ts';
import { matches } from './text.ts';

/** Credentials to sign with. Those of AWS SDK v3 and of `assume-role` fit. */
export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Present with temporary credentials. */
  readonly sessionToken?: string | undefined;
}

/** A source of credentials. It is asked before each attempt, so it should cache, as `assume-role` does. */
export interface CredentialSource {
  getCredentials(): Promise<SigningCredentials>;
  /** The API refused the credentials as expired or unknown. The next `getCredentials` must return newer ones. */
  invalidate?(rejected: SigningCredentials): void;
}

/** A source, a provider function of AWS SDK v3, or fixed credentials. */
export type CredentialsInput = CredentialSource | (() => Promise<SigningCredentials>) | SigningCredentials;

/**
 * The credentials of the environment's variables: in a Lambda function, those of its own role, which Lambda renews with the execution
 * environment. A value of the option `credentials`.
 * @throws SignedFetchOptionError if a variable is missing or wrong
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export const fromEnvironment = async (): Promise<SigningCredentials> => {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  for (const [name, value] of Object.entries({ AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY })) {
    check(matches(value, /./), 'credentials', `need the environment variable ${name}`);
  }
  return checkCredentials({
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    sessionToken: AWS_SESSION_TOKEN,
  });
};

/** Makes a source of credentials in any accepted form. */
export function readCredentials(input: unknown): CredentialSource {
  const { getCredentials } = propertiesOf(input);
  if (typeof getCredentials === 'function') return input as CredentialSource;
  if (typeof input === 'function') return { getCredentials: async () => input() };
  const fixed = checkCredentials(input);
  return { getCredentials: async () => fixed };
}

/** Returns credentials that can sign, or throws a SignedFetchOptionError that does not show them. */
export function checkCredentials(credentials: unknown): SigningCredentials {
  const { accessKeyId, secretAccessKey, sessionToken = '' } = propertiesOf(credentials);
  check(
    matches(accessKeyId, /^\w{16,128}$/) &&
      matches(secretAccessKey, /^[!-~]+$/) &&
      matches(sessionToken, /^[!-~]*$/),
    'credentials',
    'must have an accessKeyId and a secretAccessKey',
  );
  return { accessKeyId, secretAccessKey, sessionToken };
}

/**
 * Headers that proxies, CloudFront, `fetch` or OpenTelemetry may change on the way. They are sent, but not signed, as AWS asks only for
 * `host` and `x-amz-*`. aws4fetch itself leaves out others, such as `content-type` and `user-agent`.
 */
const UNSIGNED =
  /^(?:accept-encoding|baggage|cache-control|from|max-forwards|pragma|referer|traceparent|tracestate|via|forwarded|x-forwarded-.*)$/;

/**
 * Makes a signer (SigV4) for API Gateway, or for another service: a function URL's is `lambda`. It keeps the signing key of the last secret and day:
 * deriving it takes four HMACs.
 * @returns signs a request for a time in milliseconds since the epoch. Gives the headers to send, and the texts to hide,
 * some of which may be empty
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function createSigner(region: string, service = 'execute-api') {
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
    { method, href, headers, body }: Pick<PreparedRequest, 'method' | 'href' | 'headers' | 'body'>,
    { accessKeyId, secretAccessKey, sessionToken = '' }: SigningCredentials,
    at: number,
  ) => {
    const datetime = new Date(at).toISOString().replaceAll(/[:-]|\.\d{3}/g, '');
    const key = signingKey(secretAccessKey, datetime.slice(0, 8));
    const signed = { ...headers };
    for (const name in signed) if (UNSIGNED.test(name)) delete signed[name];
    const signer = new AwsV4Signer({
      url: href,
      method,
      headers: signed,
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
