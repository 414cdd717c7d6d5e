/** What a client may send, and how long it may take. */
export interface NetworkLimits {
  /** Size of a request's body, in bytes. Above: 413. */
  readonly bodyBytes: number;
  /** Size of all bodies that are held at one time, in bytes. Above: 503. One connection may hold {@link bodyBytes} of it. */
  readonly heldBytes: number;
  /** Size of a request's body, in bytes, if the request names no known access key. Above: 413. */
  readonly strangerBodyBytes: number;
  /** Size of all bodies of such requests that are being read at one time, in bytes. Above: 503. */
  readonly strangersHeldBytes: number;
  /** Size of request line and headers together, in bytes. Above: 431. */
  readonly headerBytes: number;
  /** Time for request line and headers, and for the TLS handshake before them, in ms. Above: 408. */
  readonly headersTimeoutMs: number;
  /** Time for a whole request, in ms. Above: 408. */
  readonly requestTimeoutMs: number;
  /** How long an idle connection is kept, in ms. */
  readonly keepAliveTimeoutMs: number;
  /** How long the rest of a refused request is read, so that the client gets to see the answer, in ms. */
  readonly lingerMs: number;
}

/** The default limits of a listener. Where AWS's own limits are narrower, the service enforces them. */
export const DEFAULT_LIMITS: NetworkLimits = {
  bodyBytes: 64 * 1024 * 1024,
  heldBytes: 256 * 1024 * 1024,
  // A little more than API Gateway takes, so that API Gateway refuses too large a request to an API without authorization.
  strangerBodyBytes: 11 * 1024 * 1024,
  strangersHeldBytes: 32 * 1024 * 1024,
  headerBytes: 32 * 1024,
  headersTimeoutMs: 20_000,
  requestTimeoutMs: 300_000,
  keepAliveTimeoutMs: 75_000,
  lingerMs: 1_000,
};
