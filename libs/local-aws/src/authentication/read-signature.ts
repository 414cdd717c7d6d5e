import type { AwsRequest } from '../core/request.ts';
import { type QueryParameter, queryParameters } from './canonical-request.ts';
import { algorithm, terminator } from './signing.ts';

/** A signature as a request carries it; nothing in it is checked yet. */
export interface Signature {
  readonly form: 'header' | 'query';
  /** `<access key>/<date>/<region>/<service>/aws4_request` */
  readonly credential: string;
  /** Names joined with `;`. */
  readonly signedHeaders: string;
  readonly signature: string;
  /** `X-Amz-Date`, or the `Date` header where {@link Signature.httpDate} is set. */
  readonly timestamp: string;
  readonly httpDate: boolean;
  /** `X-Amz-Expires` of a presigned URL. */
  readonly expires: string | undefined;
  readonly sessionToken: string | undefined;
  /** `X-Amz-Content-Sha256`, which a presigned URL may have in its query. */
  readonly contentHash: string | undefined;
  /** The query that is signed: without the signature itself. */
  readonly query: readonly QueryParameter[];
}

/** Why no signature could be read. */
export type Unreadable =
  | { readonly problem: 'absent' }
  /** Both an `Authorization` header and `X-Amz-Algorithm`. */
  | { readonly problem: 'both-forms' }
  | { readonly problem: 'empty-header' }
  /** `Authorization` starts with a `key=value`. */
  | { readonly problem: 'no-algorithm'; readonly header: string }
  | { readonly problem: 'not-key-value'; readonly header: string }
  | {
      readonly problem: 'missing-parameters';
      readonly form: 'header';
      readonly names: readonly string[];
      readonly header: string;
    }
  | { readonly problem: 'missing-parameters'; readonly form: 'query'; readonly names: readonly string[] }
  | {
      readonly problem: 'unsupported-algorithm';
      readonly form: 'header' | 'query';
      readonly algorithm: string;
    };

/**
 * Finds the signature of a request. Where AWS documents no order of its checks, this is the one that
 * scratchstack-aws-signature and dynalite measured: parameters well-formed, then complete, then the algorithm;
 * of repeated `Authorization` headers and query parameters the first counts, of repeated keys within the header
 * the last.
 */
export function readSignature(request: Pick<AwsRequest, 'headers' | 'rawQuery'>): Signature | Unreadable {
  const authorization = firstHeader(request, 'authorization');
  const query = queryParameters(request.rawQuery);
  const queryAlgorithm = firstParameter(query, 'X-Amz-Algorithm');
  if (authorization !== undefined && queryAlgorithm !== undefined) return { problem: 'both-forms' };
  if (authorization !== undefined) return readHeader(authorization.trim(), request, query);
  if (queryAlgorithm !== undefined) return readQuery(queryAlgorithm, query);
  return { problem: 'absent' };
}

/** The elements of a credential: `keyid/date/region/service/terminator`. */
export interface CredentialScope {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly terminator: string;
}

/** Splits a credential; AWS ignores slashes at its end. @returns `undefined` unless it has five elements */
export function splitCredential(credential: string): CredentialScope | undefined {
  const elements = credential.split('/');
  while (elements.at(-1) === '') elements.pop();
  const [accessKeyId, date, region, service, end] = elements;
  return elements.length === 5 &&
    accessKeyId !== undefined &&
    date !== undefined &&
    region !== undefined &&
    service !== undefined &&
    end !== undefined
    ? { accessKeyId, date, region, service, terminator: end }
    : undefined;
}

/**
 * Reads whose key signed a request, and for which date, region and service, without verifying anything: enough
 * to find the service of a request whose host does not tell it.
 * @returns `undefined` if the request has no well-formed SigV4 credential
 */
export function scopeOf(
  request: Pick<AwsRequest, 'headers' | 'rawQuery'>,
): { accessKeyId: string; date: string; region: string; service: string } | undefined {
  const found = readSignature(request);
  if ('problem' in found) return undefined;
  const scope = splitCredential(found.credential);
  if (scope === undefined || scope.terminator !== terminator) return undefined;
  const { accessKeyId, date, region, service } = scope;
  return { accessKeyId, date, region, service };
}

const headerKeys = ['Credential', 'Signature', 'SignedHeaders'] as const;
const separators = /[,\s]+/;

function readHeader(
  header: string,
  request: Pick<AwsRequest, 'headers'>,
  query: readonly QueryParameter[],
): Signature | Unreadable {
  if (header === '') return { problem: 'empty-header' };
  const [name = '', ...pairs] = header.split(separators).filter((part) => part !== '');
  if (name.includes('=')) return { problem: 'no-algorithm', header };
  const values = new Map<string, string>();
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals < 0) return { problem: 'not-key-value', header };
    values.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
  const amzDate = firstHeader(request, 'x-amz-date');
  const timestamp = amzDate ?? firstHeader(request, 'date');
  const names: string[] = headerKeys.filter((key) => !values.get(key));
  if (timestamp === undefined) names.push('Date');
  if (names.length > 0 || timestamp === undefined) {
    return { problem: 'missing-parameters', form: 'header', names, header };
  }
  if (name !== algorithm) return { problem: 'unsupported-algorithm', form: 'header', algorithm: name };
  return {
    form: 'header',
    credential: values.get('Credential') ?? '',
    signedHeaders: values.get('SignedHeaders') ?? '',
    signature: values.get('Signature') ?? '',
    timestamp: timestamp.trim(),
    httpDate: amzDate === undefined,
    expires: undefined,
    sessionToken: firstHeader(request, 'x-amz-security-token')?.trim(),
    contentHash: firstHeader(request, 'x-amz-content-sha256')?.trim(),
    query,
  };
}

const queryKeys = ['X-Amz-Credential', 'X-Amz-Signature', 'X-Amz-SignedHeaders', 'X-Amz-Date'] as const;

function readQuery(name: string, query: readonly QueryParameter[]): Signature | Unreadable {
  if (name !== algorithm) return { problem: 'unsupported-algorithm', form: 'query', algorithm: name };
  const names = queryKeys.filter((key) => !firstParameter(query, key));
  if (names.length > 0) return { problem: 'missing-parameters', form: 'query', names };
  // Only the first X-Amz-Signature is the signature; another one is a parameter like any, and must be signed.
  const signatureAt = query.findIndex(([key]) => key === 'X-Amz-Signature');
  return {
    form: 'query',
    credential: firstParameter(query, 'X-Amz-Credential') ?? '',
    signedHeaders: firstParameter(query, 'X-Amz-SignedHeaders') ?? '',
    signature: firstParameter(query, 'X-Amz-Signature') ?? '',
    timestamp: firstParameter(query, 'X-Amz-Date') ?? '',
    httpDate: false,
    expires: firstParameter(query, 'X-Amz-Expires'),
    sessionToken: firstParameter(query, 'X-Amz-Security-Token'),
    contentHash: firstParameter(query, 'X-Amz-Content-Sha256'),
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
    // Not UTF-8: no value of a signature's parameters can be that, and encoded it matches none.
    return value;
  }
}
