import { hash } from 'node:crypto';
import type { AwsRequest } from '../core/request.ts';
import { type QueryParameter, queryParameters } from './canonical-request.ts';
import { excerpt, incomplete, NotAuthenticated, refused } from './outcome.ts';
import { algorithm, type CredentialScope, terminator } from './signing.ts';

type Signed = Pick<AwsRequest, 'headers' | 'rawQuery'>;

/** A signature as the request has it, unchecked. */
export interface Signature {
  readonly form: 'header' | 'query';
  /** `<access key>/<date>/<region>/<service>/aws4_request` */
  readonly credential: string;
  readonly signedHeaders: string;
  readonly signature: string;
  /** `X-Amz-Date`, or the `Date` header if {@link Signature.httpDate} is set. */
  readonly timestamp: string;
  readonly httpDate: boolean;
  /** `X-Amz-Expires` of a presigned URL. */
  readonly expires: string | undefined;
  readonly sessionToken: string | undefined;
  readonly contentHash: string | undefined;
  /** The signed query: all parameters except the signature. */
  readonly query: readonly QueryParameter[];
}

/** The trace, the faults and the verification all read the signature of one request. */
const signatures = new WeakMap<Signed, Signature>();

/**
 * Finds the signature of a request. The order of the checks is the one that scratchstack-aws-signature and dynalite measured. The
 * first of repeated headers and query parameters counts, but the last of repeated keys within a header.
 * @throws NotAuthenticated
 */
export function readSignature(request: Signed): Signature {
  const known = signatures.get(request);
  if (known !== undefined) return known;
  const signature = findSignature(request);
  signatures.set(request, signature);
  return signature;
}

function findSignature(request: Signed): Signature {
  const authorization = firstHeader(request, 'authorization');
  const query = queryParameters(request.rawQuery);
  const inQuery = firstParameter(query, 'X-Amz-Algorithm');
  if (authorization !== undefined && inQuery !== undefined) {
    throw refused(
      'ambiguous',
      "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
      { code: 'InvalidArgument', status: 400 },
    );
  }
  if (authorization !== undefined) return readHeader(authorization, request, query);
  if (inQuery !== undefined) return readQuery(inQuery, request, query);
  throw new NotAuthenticated({ kind: 'missing' });
}

/** Splits a credential; `undefined` unless it has five elements. AWS ignores slashes at its end. */
export function splitCredential(credential: string): CredentialScope | undefined {
  const elements = credential.split('/');
  while (elements.at(-1) === '') elements.pop();
  const [accessKeyId = '', date = '', region = '', service = '', end = ''] = elements;
  return elements.length === 5 ? { accessKeyId, date, region, service, terminator: end } : undefined;
}

/** Reads the credential scope of a request without verifying it; `undefined` if it cannot be read. */
export function scopeOf(request: Signed): CredentialScope | undefined {
  try {
    const scope = splitCredential(readSignature(request).credential);
    return scope?.terminator === terminator ? scope : undefined;
  } catch {
    return undefined;
  }
}

function readHeader(value: string, request: Signed, query: readonly QueryParameter[]): Signature {
  const header = value.trim();
  if (header === '') throw incomplete("Authorization header cannot be empty: ''.");
  const [name = '', ...pairs] = header.split(/[,\s]+/).filter((part) => part !== '');
  if (name.includes('=')) {
    const message =
      'Authorization header must begin with the algorithm name, which cannot include an equal-sign';
    throw incomplete(message);
  }
  // AWS sends a hash of the header, which may contain a token or a password.
  const fingerprint = () => hash('sha256', header, 'base64');
  if (!pairs.every((pair) => pair.includes('='))) {
    const message = `Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '${fingerprint()}'.`;
    throw incomplete(message);
  }
  const values = new Map<string, string>();
  for (const pair of pairs) values.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
  const amzDate = firstHeader(request, 'x-amz-date');
  const timestamp = amzDate ?? firstHeader(request, 'date');
  const missing = ['Credential', 'Signature', 'SignedHeaders']
    .filter((key) => !values.get(key))
    .map((key) => `Authorization header requires '${key}' parameter.`);
  if (timestamp === undefined) {
    missing.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  }
  if (missing.length > 0) {
    const message = `${missing.join(' ')} (Hashed with SHA-256 and encoded with Base64) Authorization=${fingerprint()}`;
    throw incomplete(message);
  }
  if (name !== algorithm) {
    throw incomplete(`Unsupported AWS 'algorithm': '${excerpt(name)}' (only ${algorithm} for now). `);
  }
  return {
    form: 'header',
    credential: values.get('Credential') ?? '',
    signedHeaders: values.get('SignedHeaders') ?? '',
    signature: values.get('Signature') ?? '',
    timestamp: timestamp?.trim() ?? '',
    httpDate: amzDate === undefined,
    expires: undefined,
    sessionToken: firstHeader(request, 'x-amz-security-token')?.trim(),
    contentHash: firstHeader(request, 'x-amz-content-sha256')?.trim(),
    query,
  };
}

function readQuery(name: string, request: Signed, query: readonly QueryParameter[]): Signature {
  if (name !== algorithm) throw new NotAuthenticated({ kind: 'missing' });
  const value = (key: string) => firstParameter(query, `X-Amz-${key}`);
  const missing = ['Credential', 'Signature', 'SignedHeaders', 'Date']
    .filter((key) => !value(key))
    .map((key) => `AWS query-string parameters must include 'X-Amz-${key}'.`);
  if (missing.length > 0) {
    throw incomplete(`${missing.join(' ')} Re-examine the query-string parameters.`, 'query');
  }
  // Only the first X-Amz-Signature is the signature; another one is a parameter like any, and must be signed.
  const signatureAt = query.findIndex(([key]) => key === 'X-Amz-Signature');
  return {
    form: 'query',
    credential: value('Credential') ?? '',
    signedHeaders: value('SignedHeaders') ?? '',
    signature: value('Signature') ?? '',
    timestamp: value('Date') ?? '',
    httpDate: false,
    expires: value('Expires'),
    // A presigned URL may have these in headers.
    sessionToken: value('Security-Token') ?? firstHeader(request, 'x-amz-security-token')?.trim(),
    contentHash: value('Content-Sha256') ?? firstHeader(request, 'x-amz-content-sha256')?.trim(),
    query: query.filter((_, index) => index !== signatureAt),
  };
}

function firstHeader(request: Pick<AwsRequest, 'headers'>, wanted: string): string | undefined {
  return request.headers.find(([name]) => name === wanted)?.[1];
}

function firstParameter(query: readonly QueryParameter[], wanted: string): string | undefined {
  const value = query.find(([name]) => name === wanted)?.[1];
  if (value === undefined) return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    // Not UTF-8. No parameter of a signature has such a value, so the encoded text matches none.
    return value;
  }
}
