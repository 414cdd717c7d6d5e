/** What broke, below HTTP. */
export interface ConnectionError {
  /** Node's or undici's code. */
  readonly code: string;
  /** For people; free of secrets. */
  readonly reason: string;
  /** Whether it is certain that the API did not get the whole request. */
  readonly notSent: boolean;
  /** Whether trying again cannot help: the certificate is wrong. */
  readonly permanent: boolean;
  /** Whether the peer closed the connection: what a stale keep-alive socket looks like. */
  readonly closed: boolean;
}

/** No connection came about, so nothing was sent. */
const BEFORE_CONNECTION = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EADDRNOTAVAIL',
  'EMFILE',
  'ENFILE',
  'ERR_SOCKET_CONNECTION_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);

const CLOSED = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'ECONNABORTED']);

/**
 * Classifies what `fetch` rejected with.
 *
 * Node's `fetch` puts the reason into `cause`. Only errors from before the connection stood say that nothing was
 * sent; a reset may come after the API has executed the request, so it counts as `notSent: false` even on `write`:
 * over TLS, a write may fail that has nothing to do with the request.
 */
export function readConnectionError(error: unknown): ConnectionError {
  const chain = causes(error);
  const code = chain.map((one) => one.code).find((found) => typeof found === 'string') ?? 'UNKNOWN';
  const innermost = chain.at(-1);
  const message = typeof innermost?.message === 'string' ? innermost.message : 'unknown reason';
  // TLS errors (ERR_SSL_*, EPROTO) are not among them: they also occur after the request was sent.
  const certificate = /^(?:CERT_|ERR_TLS_CERT|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/.test(code);
  const tunnel = code === 'UND_ERR_ABORTED' && /proxy response/i.test(message);
  const handshake =
    /before secure TLS connection was established/.test(message) ||
    chain.some((one) => one.syscall === 'connect');
  return {
    code,
    reason: `${code}: ${message.replaceAll(/\s+/g, ' ').slice(0, 300)}`,
    notSent: BEFORE_CONNECTION.has(code) || certificate || tunnel || handshake,
    permanent: certificate,
    closed: CLOSED.has(code) && !handshake,
  };
}

interface Cause {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly syscall?: unknown;
}

/** An error and its causes, outermost first; of an AggregateError (several addresses) the first. */
function causes(error: unknown): Cause[] {
  const chain: Cause[] = [];
  for (let next: unknown = error; typeof next === 'object' && next !== null && chain.length < 8; ) {
    chain.push(next);
    const errors: unknown = 'errors' in next ? next.errors : undefined;
    next = Array.isArray(errors) && errors.length > 0 ? errors[0] : 'cause' in next ? next.cause : undefined;
  }
  return chain;
}
