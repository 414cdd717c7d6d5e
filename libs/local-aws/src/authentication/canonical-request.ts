import type { AwsRequest } from '../core/request.ts';
import type { SignatureRules } from './outcome.ts';
import { encode, recode } from './percent-encoding.ts';

/** What a signature covers, line by line. AWS: "Create a canonical request". */
export interface CanonicalParts {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** Name and value of each signed header that the request has, in the order of the lines. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Names joined with `;`. */
  readonly signedHeaders: string;
  /** A SHA-256 in hexadecimal, or S3's `UNSIGNED-PAYLOAD` and `STREAMING-…`. */
  readonly payloadHash: string;
}

/** The text of which the hash is signed. */
export function canonicalRequest(parts: CanonicalParts): string {
  let lines = `${parts.method}\n${parts.path}\n${parts.query}\n`;
  for (const [name, value] of parts.headers) lines += `${name}:${value}\n`;
  return `${lines}\n${parts.signedHeaders}\n${parts.payloadHash}`;
}

/**
 * The path as SigV4 signs it. S3 keeps every slash and dot of a key and encodes once (as aws4 and aws4fetch
 * found, it reads `+` as a space and `%2F` as `/`); the other services resolve dot segments, merge slashes and
 * encode what was sent once more, so that two encodings of one path never have one signature.
 * @example canonicalPath('/a//b/../c%20d', 'normalize-and-double-encode') // '/a/c%2520d'
 * @example canonicalPath('/a//b/../c%20d', 'as-sent') // '/a//b/../c%20d'
 */
export function canonicalPath(rawPath: string, mode: SignatureRules['path']): string {
  if (mode === 'as-sent') {
    const encoded = rawPath.split('/').map(recode).join('/').replaceAll('%2F', '/');
    return encoded.startsWith('/') ? encoded : `/${encoded}`;
  }
  const segments: string[] = [];
  for (const segment of rawPath.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') segments.pop();
    else segments.push(encode(segment));
  }
  const slash = segments.length > 0 && rawPath.endsWith('/') ? '/' : '';
  return `/${segments.join('/')}${slash}`;
}

/** A query parameter as SigV4 writes it: both sides decoded and encoded again. */
export type QueryParameter = readonly [name: string, value: string];

/**
 * The parameters of a query in the order sent. Those without a name are left out.
 *
 * AWS does not document how it signs a parameter without a name, and signers differ: aws4 and aws4fetch leave it out,
 * AWS's SDKs and botocore sign it. Clients should not send one.
 */
export function queryParameters(rawQuery: string): QueryParameter[] {
  if (rawQuery === '') return [];
  const parameters: QueryParameter[] = [];
  for (const parameter of rawQuery.split('&')) {
    const equals = parameter.indexOf('=');
    const name = equals < 0 ? parameter : parameter.slice(0, equals);
    if (name !== '') parameters.push([recode(name), equals < 0 ? '' : recode(parameter.slice(equals + 1))]);
  }
  return parameters;
}

/**
 * The query as SigV4 signs it: sorted by name, then by value, both as encoded.
 * @example canonicalQuery(queryParameters('b=2&a=1+1&b=1&c')) // 'a=1%201&b=1&b=2&c='
 */
export function canonicalQuery(parameters: readonly QueryParameter[]): string {
  return [...parameters]
    .sort(([name1, value1], [name2, value2]) => compare(name1, name2) || compare(value1, value2))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** By code units. The names and values are ASCII by now, so that this is the order of their bytes. */
export function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** The values of each header, as sent and in the order sent. */
export type HeaderValues = ReadonlyMap<string, readonly string[]>;

/** Groups a request's headers by name. `host` is the host that the request was routed by. */
export function headerValues(request: Pick<AwsRequest, 'headers' | 'host'>): HeaderValues {
  const byName = new Map<string, string[]>();
  for (const [name, value] of request.headers) {
    const values = byName.get(name);
    if (values === undefined) byName.set(name, [value]);
    else values.push(value);
  }
  if ((byName.get('host')?.length ?? 0) <= 1) byName.set('host', [request.host]);
  return byName;
}

const runsOfSpace = /[ \t\r\n]+/g;

/** A header's values as SigV4 signs them: trimmed, runs of white space folded, repeated headers joined with `,`. */
export function canonicalHeaderValue(values: readonly string[]): string {
  return values.map(folded).join(',');
}

function folded(value: string): string {
  const spaced = value.replace(runsOfSpace, ' ');
  return spaced.slice(spaced.startsWith(' ') ? 1 : 0, spaced.endsWith(' ') ? -1 : undefined);
}

/** The lines of the signed headers. One that the request does not have has no line, and so matches no signature. */
export function canonicalHeaders(names: readonly string[], values: HeaderValues): [string, string][] {
  const lines: [string, string][] = [];
  for (const name of names) {
    const sent = values.get(name);
    if (sent !== undefined) lines.push([name, canonicalHeaderValue(sent)]);
  }
  return lines;
}
