import type { AwsRequest } from '../core/request.ts';
import type { SignatureRules } from './outcome.ts';

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
 * S3 keeps every slash and dot of a key and encodes once. As aws4 and aws4fetch found, it reads `+` as a space and `%2F` as `/`. The
 * other services resolve dot segments, merge slashes and encode what was sent once more.
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

interface SignedRequest {
  readonly parts: Omit<CanonicalParts, 'payloadHash'>;
  /** Headers that must be signed and are not. AWS: `host` and every `x-amz-*` header of the request. */
  readonly notSigned: readonly string[];
  /** Whether `SignedHeaders` names headers of the request in lower case, sorted and without repetition. */
  readonly inCanonicalForm: boolean;
}

/** Makes the canonical request that a signature claims to be made of. */
export function signedRequest(
  request: AwsRequest,
  { signedHeaders, query }: { readonly signedHeaders: string; readonly query: readonly QueryParameter[] },
  mode: SignatureRules['path'],
): SignedRequest {
  const sent = Map.groupBy(request.headers, ([name]) => name);
  // The host that the request was routed by, unless there are several `Host` headers.
  if ((sent.get('host')?.length ?? 0) <= 1) sent.set('host', [['host', request.host]]);
  const signed = new Set(signedHeaders.toLowerCase().split(';'));
  signed.delete('');
  const names = [...signed].sort();
  // A header that is listed as signed but absent has no line: the signature says nothing about it.
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
    notSigned: [...sent.keys()].filter(
      (name) => (name === 'host' || name.startsWith('x-amz-')) && !signed.has(name),
    ),
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

/** A query parameter, both sides decoded and encoded again. */
export type QueryParameter = readonly [name: string, value: string];

/**
 * The parameters of a query in the order sent. Those without a name are left out.
 *
 * AWS does not document how it signs a parameter without a name, and signers differ: aws4 and aws4fetch leave it out,
 * AWS's SDKs and botocore sign it. Clients should not send one.
 */
export function queryParameters(rawQuery: string): QueryParameter[] {
  return rawQuery.split('&').flatMap((parameter) => {
    const [name = '', ...value] = parameter.split('=');
    return name === '' ? [] : [[recode(name), recode(value.join('='))] as const];
  });
}

/** The query as SigV4 signs it: sorted by name, then by value, both as encoded. */
export function canonicalQuery(parameters: readonly QueryParameter[]): string {
  return [...parameters]
    .sort(([name1, value1], [name2, value2]) => compare(name1, name2) || compare(value1, value2))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** By code units, which is the order of the bytes: names and values are ASCII by now. */
function compare(left: string, right: string): number {
  return left === right ? 0 : left < right ? -1 : 1;
}

const beyondLatin1 = /[\u0100-\uffff]/;

/** Percent-encodes every byte but RFC 3986's unreserved characters, `%` included: encoded text is encoded twice. */
export function encode(text: string): string {
  return bytesOf(text).replace(/[^A-Za-z0-9\-._~]/g, escapeByte);
}

/** Decodes and encodes again. `+` is a space, as AWS and all of its clients have it; a `%` without two digits is taken literally. */
function recode(text: string): string {
  return bytesOf(text).replace(/%([0-9a-f]{2})|[^a-z0-9\-._~]/gi, (found, digits: string | undefined) => {
    if (digits !== undefined) return encode(String.fromCharCode(Number.parseInt(digits, 16)));
    return found === '+' ? '%20' : escapeByte(found);
  });
}

/** One character a byte. Node hands over request lines like this (Latin-1); text from elsewhere becomes UTF-8. */
function bytesOf(text: string): string {
  return beyondLatin1.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

function escapeByte(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
