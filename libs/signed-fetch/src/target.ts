import type { BaseUrl } from './base-url.ts';
import { InvalidOption } from './errors/invalid-option.ts';
import { InvalidPath } from './errors/invalid-path.ts';
import type { QueryInput } from './types.ts';

/** API Gateway takes 10,240 bytes of request line and headers together. */
const MAX_LENGTH = 8_192;

const MAX_ENCODINGS = 4;

/** Where a request goes, in the one form in which it is both sent and signed. */
export interface Target {
  /** The whole URL, as sent. */
  readonly href: string;
  /** The query as SigV4 signs it: encoded by RFC 3986 and sorted; `''` where there is none. */
  readonly canonicalQuery: string;
  /** The URL without its query, for people. */
  readonly shown: string;
}

/**
 * Joins a base URL, a path and query parameters.
 *
 * What RFC 3986 does not allow in a path is percent-encoded; what is encoded already stays as it is. A query, in the
 * path or in `query`, is read as forms write it (`+` is a space) and sent by RFC 3986 (`%20`), so that client and
 * server cannot read it differently.
 * @throws InvalidPath where the path could lead out of the base URL
 * @throws InvalidOption where a parameter is no text
 */
export function resolveTarget(base: BaseUrl, path: unknown, query?: QueryInput): Target {
  const wellFormed = checkText(path);
  const mark = wellFormed.indexOf('?');
  const ownPath = mark === -1 ? wellFormed : wellFormed.slice(0, mark);
  checkPath(ownPath);
  const parameters = [
    ...(mark === -1 ? [] : new URLSearchParams(wellFormed.slice(mark + 1))),
    ...queryEntries(query),
  ].map(([key, value]) => {
    // AWS does not say how it signs them. aws4 and aws4fetch leave them out, AWS's own SDKs do not.
    if (key === '') {
      throw new InvalidOption('query', 'has a parameter without a name. Give it a name or remove it');
    }
    return [encode(key), encode(value)] as const;
  });
  const sent = base.path + ownPath.replaceAll(/[^\w\-.~!$&'()*+,;=:@/%]+/gu, encodeURIComponent);
  const search = parameters.map((pair) => pair.join('='));
  const url = new URL(base.origin + sent + (search.length === 0 ? '' : `?${search.join('&')}`));
  // By the rules above this cannot be; it is what all of them are for, so it is checked by itself.
  if (url.origin !== base.origin || url.pathname !== sent) {
    throw new InvalidPath(path, 'is read differently by a URL parser. Give a plain path');
  }
  return {
    href: url.href,
    canonicalQuery: parameters
      .toSorted(([k1, v1], [k2, v2]) => compare(k1, k2) || compare(v1, v2))
      .map((pair) => pair.join('='))
      .join('&'),
    shown: base.origin + sent,
  };
}

function checkText(path: unknown): string {
  if (typeof path !== 'string') throw new InvalidPath(path, 'is no text. Give a string that begins with /');
  if (!path.isWellFormed())
    throw new InvalidPath(path, 'is no well-formed text: it has half a surrogate pair');
  return path;
}

function checkPath(path: string): void {
  if (!path.startsWith('/')) {
    throw new InvalidPath(path, 'does not begin with /. Give it relative to the base URL: /messages');
  }
  if (path.length > MAX_LENGTH) {
    throw new InvalidPath(path, `has ${path.length} characters, but can have ${MAX_LENGTH}`);
  }
  if (path.includes('#')) throw new InvalidPath(path, 'has a # in it. Encode it as %23');
  if (/%(?![0-9a-f]{2})/i.test(path))
    throw new InvalidPath(path, 'has a % that encodes nothing. Encode it as %25');
  for (const reading of readings(path)) {
    if (reading.startsWith('//')) {
      throw new InvalidPath(path, 'begins with //, as another host would. Begin it with one /');
    }
    if (reading.includes('\\')) {
      throw new InvalidPath(path, 'has a backslash in it, which some read as a slash. Remove it');
    }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    if (/[\u0000-\u001f\u007f]/.test(reading)) {
      throw new InvalidPath(path, 'has a control character in it. Remove it');
    }
    // `..;x` is `..` to servers that know path parameters.
    if (/(?:^|\/)\.{1,2}(?:;[^/]*)?(?=\/|$)/.test(reading)) {
      throw new InvalidPath(
        path,
        'has a segment . or .. in it, which leads elsewhere. Give the path it leads to',
      );
    }
  }
}

/** The path as whoever is on the way may read it: as it is, and decoded once, twice and so on. */
function readings(path: string): string[] {
  const found = [path];
  for (let last = path; ; ) {
    // Byte by byte: invalid UTF-8 must not hide what stands beside it.
    const decoded = last.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    if (decoded === last) return found;
    if (found.length > MAX_ENCODINGS) {
      throw new InvalidPath(path, `is encoded more than ${MAX_ENCODINGS} times over. Encode it once`);
    }
    found.push(decoded);
    last = decoded;
  }
}

function queryEntries(query: QueryInput | undefined): [string, string][] {
  if (query === undefined) return [];
  if (query instanceof URLSearchParams) return [...query];
  if (typeof query !== 'object' || query === null || Array.isArray(query)) {
    throw new InvalidOption('query', 'must be an object or URLSearchParams');
  }
  return Object.entries(query).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value])
      .filter((one) => one !== undefined)
      .map((one: unknown): [string, string] => {
        if (typeof one !== 'string' && typeof one !== 'number' && typeof one !== 'boolean') {
          throw new InvalidOption(
            'query',
            `has ${typeof one} for ${JSON.stringify(key)}. Give a string, number or boolean`,
          );
        }
        return [key, String(one)];
      }),
  );
}

/** Encodes by RFC 3986, as SigV4 asks for: all but letters, digits and `-._~`. */
function encode(text: string): string {
  if (!text.isWellFormed())
    throw new InvalidOption('query', 'has half a surrogate pair in it. Give well-formed text');
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
