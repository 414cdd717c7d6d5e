import type { AwsRequest } from '../core/request.ts';
import type { SignatureRules } from './outcome.ts';

/** The lines of a canonical request, which a signature covers. AWS: "Create a canonical request". */
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

/** The text whose hash is signed. */
export function canonicalRequest(parts: CanonicalParts): string {
  let lines = `${parts.method}\n${parts.path}\n${parts.query}\n`;
  for (const [name, value] of parts.headers) lines += `${name}:${value}\n`;
  return `${lines}\n${parts.signedHeaders}\n${parts.payloadHash}`;
}

/**
 * The path as SigV4 signs it. S3 keeps all slashes and dots of a key, and encodes once; as aws4 and aws4fetch found, it reads `+` as a
 * space and `%2F` as `/`. Other services resolve dot segments, merge slashes, and encode the path that was sent once more.
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

/** Makes the parts of the canonical request that a signature claims to cover. */
export function signedRequest(
  request: Pick<AwsRequest, 'method' | 'host' | 'rawPath' | 'headers'>,
  { signedHeaders, query }: { readonly signedHeaders: string; readonly query: readonly QueryParameter[] },
  mode: SignatureRules['path'],
) {
  const sent = Map.groupBy(request.headers, ([name]) => name);
  // The host that the request was routed by, unless there are several `Host` headers.
  if ((sent.get('host')?.length ?? 0) <= 1) sent.set('host', [['host', request.host]]);
  const signed = new Set(signedHeaders.toLowerCase().split(';'));
  signed.delete('');
  const names = [...signed].sort();
  // A header that is listed as signed, but is absent, has no line.
  const headers = names.flatMap((name) => {
    const repeated = sent.get(name);
    return repeated === undefined ? [] : [[name, repeated.map(folded).join(',')] as const];
  });
  return {
    parts: {
      method: request.method,
      path: canonicalPath(request.rawPath, mode),
      query: canonicalQuery(query),
      headers,
      signedHeaders: names.join(';'),
    },
    /** The headers of the request that the signature does not cover. */
    notSigned: [...sent.keys()].filter((name) => !signed.has(name)),
    /** Whether `SignedHeaders` names headers of the request in lower case, sorted and without repetition. */
    inCanonicalForm:
      names.join(';') === signedHeaders &&
      headers.length === names.length &&
      names.every((name) => headerName.test(name)),
  };
}

/** A token of HTTP, in lower case. */
const headerName = /^[!#$%&'*+\-.^_`|~0-9a-z]{1,128}$/;

function folded([, value]: readonly [string, string]): string {
  const spaced = value.replace(/[ \t\r\n]+/g, ' ');
  return spaced.slice(spaced.startsWith(' ') ? 1 : 0, spaced.endsWith(' ') ? -1 : undefined);
}

/** A query parameter. Name and value are decoded, then percent-encoded again. */
export type QueryParameter = readonly [name: string, value: string];

/**
 * The parameters of a query, in the order sent, except those without a name. AWS does not document how it signs these, and signers
 * differ: aws4 and aws4fetch leave them out, AWS's SDKs and botocore sign them. Clients should not send one.
 */
export function queryParameters(rawQuery: string): QueryParameter[] {
  return rawQuery.split('&').flatMap((parameter) => {
    const [name = '', ...value] = parameter.split('=');
    return name === '' ? [] : [[recode(name), recode(value.join('='))] as const];
  });
}

/** Sorts a query by encoded name, then by encoded value. @example canonicalQuery(queryParameters('b=2&b=1&c')) // 'b=1&b=2&c=' */
export function canonicalQuery(parameters: readonly QueryParameter[]): string {
  return [...parameters]
    .sort(([name1, value1], [name2, value2]) => compare(name1, name2) || compare(value1, value2))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** Compares code units. For ASCII, as here, this is the order of the bytes. */
function compare(left: string, right: string): number {
  return left === right ? 0 : left < right ? -1 : 1;
}

const beyondLatin1 = /[\u0100-\uffff]/;

/** Percent-encodes all bytes except RFC 3986's unreserved characters, even `%`. @example encode('a b%20') // 'a%20b%2520' */
export function encode(text: string): string {
  return bytesOf(text).replace(/[^A-Za-z0-9\-._~]/g, escapeByte);
}

/** Decodes and encodes again. AWS and its clients read `+` as a space. A `%` without two digits is literal. */
function recode(text: string): string {
  return bytesOf(text).replace(/%([0-9a-f]{2})|[^a-z0-9\-._~]/gi, (found, digits: string | undefined) => {
    if (digits !== undefined) return encode(String.fromCharCode(Number.parseInt(digits, 16)));
    return found === '+' ? '%20' : escapeByte(found);
  });
}

/** Returns one character for each byte. Node reads request lines like this (Latin-1). Other text becomes UTF-8. */
function bytesOf(text: string): string {
  return beyondLatin1.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

function escapeByte(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
