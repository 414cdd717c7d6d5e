import { InvalidOption } from './errors/invalid-option.ts';

/** The library's version, as in its package.json. */
export const VERSION = '0.1.0';

const LIBRARY = `cross-account-api-signed-fetch/${VERSION}`;

/**
 * What goes out as `User-Agent`: the caller's own, then the library's.
 * @throws InvalidOption
 */
export function userAgent(own: unknown): string {
  if (own === undefined) return LIBRARY;
  if (typeof own !== 'string' || !/^[!-~](?:[ -~]{0,198}[!-~])?$/.test(own)) {
    throw new InvalidOption('userAgent', 'must be 1 to 200 characters of ASCII text: caller/1.2');
  }
  return `${own} ${LIBRARY}`;
}
