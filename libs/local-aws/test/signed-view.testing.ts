import { createHash } from 'node:crypto';

/**
 * The signed parts of a request in a normal form: two requests have the same view if a signature of one is valid for the other.
 * It follows AWS's description of a canonical request and shares no code with the verification.
 * @returns `undefined` if the bytes are not a request
 */
export function signedView(bytes: Buffer): string | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  // Line breaks before the request line are ignored.
  const head = bytes
    .subarray(0, end)
    .toString('latin1')
    .replace(/^[\r\n]+/, '');
  const [requestLine = '', ...lines] = head.split('\r\n');
  // Node's parser treats several spaces in the request line as one.
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
    // Every x-amz-* header must be signed, so an added or removed one changes the request.
    amz: [...headers].filter(([name]) => name.startsWith('x-amz-')).sort(),
    authorization: [...authorization].sort(),
    body: createHash('sha256').update(body).digest('hex'),
  });
}

/** The algorithm and the SigV4 parameters of `Authorization`. The last of repeated parameters counts. */
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

/** Removes empty and dot segments, and keeps the percent-encoding. */
function resolved(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return `/${segments.join('/')}${path.endsWith('/') && segments.length > 0 ? '/' : ''}`;
}

/** Decodes to bytes, not characters: different invalid UTF-8 must stay different. */
function decoded(text: string): string {
  return text
    .replaceAll('+', ' ')
    .replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
