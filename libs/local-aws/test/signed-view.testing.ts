import { createHash } from 'node:crypto';

/**
 * What a signature vouches for in the bytes of a request, written down so that two requests of which the one may stand for
 * the other have the same. It follows AWS's description of a canonical request, not the code that verifies.
 * @returns `undefined` where the bytes are no request
 */
export function signedView(bytes: Buffer): string | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  // Line breaks before a request are not part of it.
  const head = bytes
    .subarray(0, end)
    .toString('latin1')
    .replace(/^[\r\n]+/, '');
  const [requestLine = '', ...lines] = head.split('\r\n');
  // Node's parser takes several spaces within the request line for one.
  const [, method = '', path = '', query = ''] =
    /^(\S+) +([^? ]*)\??(\S*) +HTTP\/1\.1$/.exec(requestLine) ?? [];
  if (method === '') return undefined;
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = folded(line.slice(colon + 1));
    headers.set(name, headers.has(name) ? `${headers.get(name)},${value}` : value);
  }
  const parameters = query.split('&').filter((parameter) => !/^(=|$)/.test(parameter));
  const authorization = signatureParts(headers.get('authorization') ?? '');
  const signedHeaders =
    authorization.get('SignedHeaders') ??
    decoded(parameters.find((parameter) => parameter.startsWith('X-Amz-SignedHeaders='))?.slice(20) ?? '');
  const length = Number(headers.get('content-length') ?? '0');
  const body = bytes.subarray(end + 4, end + 4 + length);
  return JSON.stringify({
    method,
    path: resolved(path),
    query: parameters
      .map((parameter) => decoded(parameter.includes('=') ? parameter : `${parameter}=`))
      .sort(),
    headers: signedHeaders.split(';').map((name) => [name, headers.get(name)]),
    // Every x-amz-* header has to be signed, so one more or less is another request.
    amz: [...headers].filter(([name]) => name.startsWith('x-amz-')).sort(),
    authorization: [...authorization].sort(),
    body: createHash('sha256').update(body).digest('hex'),
  });
}

/** The algorithm and the parameters of `Authorization`: of repeated ones the last counts, others than SigV4's do not. */
function signatureParts(header: string): ReadonlyMap<string, string> {
  const [algorithm = '', ...parameters] = header.split(/[,\s]+/).filter((part) => part !== '');
  const parts = new Map([['', algorithm]]);
  for (const parameter of parameters) {
    const [, name, value] = /^(Credential|SignedHeaders|Signature)=(.*)$/.exec(parameter) ?? [];
    // AWS ignores slashes at the end of a credential.
    if (name !== undefined && value !== undefined) parts.set(name, value.replace(/\/+$/, ''));
  }
  return parts;
}

function folded(value: string): string {
  return value.replace(/[ \t]+/g, ' ').trim();
}

/** Without empty and dot segments; percent-encoding stays as it is. */
function resolved(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return `/${segments.join('/')}${path.endsWith('/') && segments.length > 0 ? '/' : ''}`;
}

/** Bytes, not characters: what is no UTF-8 must not look alike. */
function decoded(text: string): string {
  return text
    .replaceAll('+', ' ')
    .replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
