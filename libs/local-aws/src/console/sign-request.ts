import { randomUUID } from 'node:crypto';
import { canonicalPath, canonicalRequest } from '../authentication/canonical-request.ts';
import {
  algorithm,
  formatTimestamp,
  hmac,
  scopeText,
  sha256,
  signingKey,
  stringToSign,
} from '../authentication/signing.ts';
import type { Credential } from '../core/credential.ts';
import type { AwsRequest } from '../core/request.ts';

/** A request without a query, before it is signed. */
export type Unsigned = Pick<AwsRequest, 'host' | 'rawPath' | 'receivedAt' | 'body'> & {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
};

/** Makes a POST request with the signature of an account's user, as the AWS CLI would. */
export function signedPost(
  { host, rawPath, receivedAt, headers, body }: Unsigned,
  { accessKeyId, secretAccessKey }: Pick<Credential, 'accessKeyId' | 'secretAccessKey'>,
  { region, service }: { readonly region: string; readonly service: string },
): AwsRequest {
  const timestamp = formatTimestamp(receivedAt);
  const scope = { date: timestamp.slice(0, 8), region, service };
  const sorted = Object.entries({ ...headers, host, 'x-amz-date': timestamp }).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  const signedHeaders = sorted.map(([name]) => name).join(';');
  const canonical = canonicalRequest({
    method: 'POST',
    path: canonicalPath(rawPath, 'normalize-and-double-encode'),
    query: '',
    headers: sorted,
    signedHeaders,
    payloadHash: sha256(body),
  });
  const toSign = stringToSign(timestamp, scopeText(scope), canonical);
  const signature = hmac(signingKey(secretAccessKey, scope), toSign).toString('hex');
  const authorization = `${algorithm} Credential=${accessKeyId}/${scopeText(scope)}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
  return {
    requestId: randomUUID(),
    method: 'POST',
    host,
    rawPath,
    rawQuery: '',
    body,
    receivedAt,
    headers: [...sorted, ['authorization', authorization]],
    sourceIp: '127.0.0.1',
    secureTransport: true,
  };
}
