import type { Principal } from '@cross-account-api/iam';
import type { Credential } from '../core/credential.ts';
import type { AwsRequest } from '../core/request.ts';
import {
  canonicalQuery,
  canonicalRequest,
  encode,
  queryParameters,
  signedRequest,
} from './canonical-request.ts';
import type { SignatureRules } from './outcome.ts';
import { algorithm, formatTimestamp, hmac, sha256, signingKey, stringToSign } from './signing.ts';

/** A request before it is signed; everything has a default. */
export interface UnsignedRequest {
  readonly method?: string;
  readonly host?: string;
  readonly rawPath?: string;
  readonly rawQuery?: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string | Buffer;
  readonly secureTransport?: boolean;
}

/** Options of {@link signRequest}. */
export interface SigningOptions {
  readonly service: string;
  /** Default: `us-east-1`. */
  readonly region?: string;
  /** Default: {@link testTime}. */
  readonly date?: Date;
  /** Presigns the URL for so many seconds, instead of signing in a header. */
  readonly expiresSeconds?: number;
}

/** The time at which {@link signRequest} signs by default. */
export const testTime = new Date('2026-01-01T12:00:00Z');

/** Builds a request as the listener does. */
export function awsRequest(init: UnsignedRequest = {}): AwsRequest {
  const host = init.host ?? 'api.execute-api.us-east-1.amazonaws.com';
  return {
    requestId: '00000000-0000-4000-8000-000000000000',
    method: init.method ?? 'GET',
    host,
    rawPath: init.rawPath ?? '/',
    rawQuery: init.rawQuery ?? '',
    headers: [['host', host], ...(init.headers ?? [])],
    body: Buffer.from(init.body ?? ''),
    sourceIp: '127.0.0.1',
    secureTransport: init.secureTransport ?? true,
    receivedAt: testTime,
  };
}

/**
 * Signs a request with all its headers, for tests. A request with a `date` header gets no `x-amz-date`.
 * @example signRequest({ method: 'POST', rawPath: '/local/messages', body: '{}' }, credential, { service: 'execute-api' })
 */
export function signRequest(
  init: UnsignedRequest,
  credential: Pick<Credential, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>,
  options: SigningOptions,
): AwsRequest {
  const { service, region = 'us-east-1', date = testTime, expiresSeconds } = options;
  const timestamp = formatTimestamp(date);
  const day = timestamp.slice(0, 8);
  const scope = `${day}/${region}/${service}/aws4_request`;
  const presigned = expiresSeconds !== undefined;
  const body = Buffer.from(init.body ?? '');
  const { sessionToken } = credential;
  const s3 = service === 's3';
  const given = init.headers ?? [];
  const dated = presigned || given.some(([name]) => name === 'date');
  const added: [string, string][] = dated ? [] : [['x-amz-date', timestamp]];
  if (!presigned && sessionToken !== undefined) added.push(['x-amz-security-token', sessionToken]);
  const declared = given.find(([name]) => name === 'x-amz-content-sha256')?.[1];
  if (s3 && !presigned && declared === undefined) added.push(['x-amz-content-sha256', sha256(body)]);

  const unsigned = awsRequest({ ...init, headers: [...given, ...added] });
  const names = [...new Set(unsigned.headers.map(([name]) => name))].sort().join(';');
  const query = presigned
    ? [
        init.rawQuery ?? '',
        `X-Amz-Algorithm=${algorithm}`,
        `X-Amz-Credential=${encode(`${credential.accessKeyId}/${scope}`)}`,
        `X-Amz-Date=${timestamp}`,
        `X-Amz-Expires=${expiresSeconds}`,
        ...(sessionToken === undefined ? [] : [`X-Amz-Security-Token=${encode(sessionToken)}`]),
        `X-Amz-SignedHeaders=${encode(names)}`,
      ]
        .filter((part) => part !== '')
        .join('&')
    : unsigned.rawQuery;
  const signature = { signedHeaders: names, query: queryParameters(query) };
  const { parts } = signedRequest(unsigned, signature, testRules(service).path);
  const payloadHash = s3 ? (declared ?? (presigned ? 'UNSIGNED-PAYLOAD' : sha256(body))) : sha256(body);
  const text = canonicalRequest({ ...parts, query: canonicalQuery(signature.query), payloadHash });
  const key = signingKey(credential.secretAccessKey, { date: day, region, service });
  const value = hmac(key, stringToSign(timestamp, scope, text)).toString('hex');
  return presigned
    ? { ...unsigned, rawQuery: `${query}&X-Amz-Signature=${value}` }
    : {
        ...unsigned,
        headers: [
          ...unsigned.headers,
          [
            'authorization',
            `${algorithm} Credential=${credential.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${value}`,
          ],
        ],
      };
}

/** The signature rules of a service. */
export function testRules(signingName: string): SignatureRules {
  const s3 = signingName === 's3';
  return {
    signingName,
    maxSkewSeconds: signingName === 'execute-api' ? 300 : 900,
    path: s3 ? 'as-sent' : 'normalize-and-double-encode',
    unsignedPayload: s3,
  };
}

const principal: Principal = {
  type: 'User',
  accountId: '111111111111',
  principalArn: 'arn:aws:iam::111111111111:user/tester',
  arn: 'arn:aws:iam::111111111111:user/tester',
  userId: 'AIDATESTTESTTESTTESTT',
  tags: {},
  userName: 'tester',
};

/** A permanent access key for tests; the secret is AWS's documented example. */
export const testCredential: Credential = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  principal,
};

/** Temporary credentials for tests, valid for an hour from {@link testTime}. */
export const temporaryTestCredential: Credential = {
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: 'temporary/secret+EXAMPLE',
  sessionToken: 'FwoGZXIvYXdzEXAMPLE//token+with/odd==',
  expiresAt: new Date(testTime.getTime() + 3_600_000),
  principal,
};
