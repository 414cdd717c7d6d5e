/** What a client may send, and how long it may take. */
export interface NetworkLimits {
  /** Size of a request's body, in bytes. Above: 413. */
  readonly bodyBytes: number;
  /** Size of all bodies that are held at one time, in bytes. Above: 503. */
  readonly heldBytes: number;
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
  heldBytes: 512 * 1024 * 1024,
  headerBytes: 32 * 1024,
  headersTimeoutMs: 20_000,
  requestTimeoutMs: 300_000,
  keepAliveTimeoutMs: 75_000,
  lingerMs: 1_000,
};
