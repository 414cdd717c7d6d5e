import { randomUUID } from 'node:crypto';
import type { AwsRequest } from '../core/request.ts';
import { canonicalRequest, queryParameters, signedRequest } from './canonical-request.ts';
import { algorithm, formatTimestamp, hmac, scopeText, sha256, signingKey, stringToSign } from './signing.ts';

/** Keys that sign requests. Temporary keys have a token. */
export interface SigningKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A request before it is signed. */
export interface UnsignedRequest
  extends Pick<AwsRequest, 'method' | 'host' | 'rawPath' | 'rawQuery' | 'body'> {
  /** Names in lower case. Without `host`. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The service and the region for which a request is signed. */
export interface SigningScope {
  /** Its name in the credential scope, e.g. `execute-api`. */
  readonly service: string;
  readonly region: string;
}

/**
 * Signs a request as the AWS SDK does, with Signature Version 4 in its headers.
 * @param at the time of the signature
 * @returns all headers of the request, except `host`
 */
export function signRequest(
  { method, host, rawPath, rawQuery, headers, body }: UnsignedRequest,
  { accessKeyId, secretAccessKey, sessionToken }: SigningKeys,
  { service, region }: SigningScope,
  at: Date,
): Record<string, string> {
  const timestamp = formatTimestamp(at);
  const scope = { date: timestamp.slice(0, 8), region, service };
  const payloadHash = sha256(body);
  const sent: Record<string, string> = {
    ...headers,
    'x-amz-date': timestamp,
    ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
    // S3 demands it.
    ...(service === 's3' && { 'x-amz-content-sha256': payloadHash }),
  };
  const signedHeaders = [...Object.keys(sent), 'host'].sort().join(';');
  const { parts } = signedRequest(
    { method, host, rawPath, headers: Object.entries(sent) },
    { signedHeaders, query: queryParameters(rawQuery) },
    service === 's3' ? 'as-sent' : 'normalize-and-double-encode',
  );
  const toSign = stringToSign(timestamp, scopeText(scope), canonicalRequest({ ...parts, payloadHash }));
  const signature = hmac(signingKey(secretAccessKey, scope), toSign).toString('hex');
  const credential = `${accessKeyId}/${scopeText(scope)}`;
  return {
    ...sent,
    authorization: `${algorithm} Credential=${credential}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
  };
}

/** Makes a POST request to local AWS itself, with a signature. @param at the time of the signature */
export function signedPost(
  request: Omit<UnsignedRequest, 'method' | 'rawQuery'>,
  keys: SigningKeys,
  scope: SigningScope,
  at: Date,
): AwsRequest {
  const unsigned = { ...request, method: 'POST', rawQuery: '' };
  const headers = Object.entries({ host: request.host, ...signRequest(unsigned, keys, scope, at) });
  return {
    ...unsigned,
    requestId: randomUUID(),
    receivedAt: at,
    headers,
    sourceIp: '127.0.0.1',
    secureTransport: true,
  };
}
