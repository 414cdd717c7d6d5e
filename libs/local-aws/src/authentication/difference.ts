/** The first line in which two canonical requests differ. */
export interface CanonicalDifference {
  /** Counted from 1. */
  readonly line: number;
  /** What the line is, e.g. `path`, `header x-amz-date`, `payload hash`. */
  readonly element: string;
  /** The server's line; `undefined` if it has no such line. */
  readonly server: string | undefined;
  /** The client's line; `undefined` if it has no such line. */
  readonly client: string | undefined;
}

/**
 * The first line in which the server's canonical request and the client's differ.
 * @example differenceOf('GET\n/a\n…', 'GET\n/b\n…') // { line: 2, element: 'path', server: '/a', client: '/b' }
 */
export function differenceOf(
  serverCanonicalRequest: string,
  clientCanonicalRequest: string,
): CanonicalDifference | undefined {
  const server = serverCanonicalRequest.split('\n');
  const client = clientCanonicalRequest.split('\n');
  for (let index = 0; index < Math.max(server.length, client.length); index += 1) {
    if (server[index] !== client[index]) {
      const [serverLine, clientLine] = [server[index], client[index]];
      return {
        line: index + 1,
        element: elementAt(server, index),
        server: serverLine === undefined ? undefined : redactTokens(serverLine),
        client: clientLine === undefined ? undefined : redactTokens(clientLine),
      };
    }
  }
  return undefined;
}

function elementAt(lines: readonly string[], index: number): string {
  const names = ['method', 'path', 'query'];
  const name = names[index];
  if (name !== undefined) return name;
  if (index >= lines.length - 1) return 'payload hash';
  if (index === lines.length - 2) return 'signed headers';
  const line = lines[index] ?? '';
  return line === '' ? 'end of the headers' : `header ${line.slice(0, line.indexOf(':'))}`;
}

const tokenHeader = /^(x-amz-security-token:)[^\n]+$/gm;
const tokenParameter = /(X-Amz-Security-Token=)[^&\n]+/g;

/** A canonical request without the session token that was signed, fit for a log or a screen. */
export function redactTokens(canonicalRequest: string): string {
  return canonicalRequest.replace(tokenHeader, '$1<redacted>').replace(tokenParameter, '$1<redacted>');
}
