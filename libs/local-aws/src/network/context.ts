import type { Socket } from 'node:net';
import type { Clock } from '../core/clock.ts';
import type { AwsRequest, AwsResponse, Severed, StreamedResponse } from '../core/request.ts';
import type { CertificateAuthority } from './certificate-authority.ts';

/** The path at which a listener says who it is; on this machine's own names only, unsigned. */
export const HEALTH_PATH = '/_local-aws/health';

/** Below it is what local AWS says and does on its own account; no path of AWS begins like this. */
export const CONTROL_PREFIX = '/_local-aws/';

/** What a client may send, and how long it may take. Where AWS's own limits are narrower, the service enforces them. */
export const DEFAULT_LIMITS = {
  /** Size of a request's body, in bytes. Above: 413. */
  bodyBytes: 64 * 1024 * 1024,
  /** Size of all bodies that are held at one time, in bytes. Above: 503. One connection may hold `bodyBytes` of it. */
  heldBytes: 256 * 1024 * 1024,
  /**
   * Size of a body, if the request names no known access key. Above: 413. It is a little more than API Gateway takes, so that API
   * Gateway refuses too large a request to an API without authorization.
   */
  strangerBodyBytes: 11 * 1024 * 1024,
  /** Size of all bodies of such requests that are being read at one time, in bytes. Above: 503. */
  strangersHeldBytes: 32 * 1024 * 1024,
  /** Size of request line and headers together, in bytes. Above: 431. */
  headerBytes: 32 * 1024,
  /** Time for request line and headers, and for the TLS handshake before them, in ms. Above: 408. */
  headersTimeoutMs: 20_000,
  /** Time for a whole request, in ms. Above: 408. */
  requestTimeoutMs: 300_000,
  /** How long an idle connection is kept, in ms. */
  keepAliveTimeoutMs: 75_000,
  /** How long the rest of a refused request is read, so that the client gets to see the answer, in ms. */
  lingerMs: 1_000,
};

/** See {@link DEFAULT_LIMITS}. */
export type NetworkLimits = Readonly<typeof DEFAULT_LIMITS>;

/** Counts the bytes of all bodies that are held at one time. */
export class HeldBytes {
  readonly #limit: number;
  #held = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @returns whether there is room for so many more; they then count until they are released. */
  take(bytes: number): boolean {
    if (this.#held + bytes > this.#limit) return false;
    this.#held += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#held -= bytes;
  }
}

/** All of a request but its body. */
export type RequestHead = Omit<AwsRequest, 'requestId' | 'body'>;

/** What is known about an open connection. A tunnel has two: its TLS socket, and the TCP socket below it. */
export interface Connection {
  /** Present if it is the TLS end of a CONNECT tunnel. */
  readonly tunnel: Tunnel | undefined;
  /** Whether it is inside a tunnel already: to an AWS host, or to the listener's own port. */
  isTunneled: boolean;
  isUsed: boolean;
  /** Whether the client has received an error and the connection is about to end. */
  isEnding: boolean;
  /** How many of its requests are being answered. */
  pending: number;
  held: number;
}

/** A CONNECT tunnel: its host, the socket below TLS, and who opened it. */
export interface Tunnel {
  readonly hostname: string;
  readonly below: Socket;
  readonly proxyUser: string | undefined;
}

/** The facts on a connection that has just been opened. */
export function newConnection(tunnel?: Tunnel): Connection {
  const isTunneled = tunnel !== undefined;
  return { tunnel, isTunneled, isUsed: false, isEnding: false, pending: 0, held: 0 };
}

/** What local AWS says on its own account; `undefined` for a request that is not addressed to it. */
export type OwnAnswer = AwsResponse | StreamedResponse | undefined;

/** What a listener needs. */
export interface ListenOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly certificateAuthority: CertificateAuthority;
  /** Answers a request. What it throws becomes a 500 without details. */
  onRequest(request: AwsRequest): Promise<AwsResponse | Severed>;
  /** What `GET /_local-aws/health` answers. Default: an empty object. */
  readonly health?: () => object;
  /** Answers the other requests below `/_local-aws/` on this machine's own names; it must authenticate them. Default: `onRequest` does. */
  readonly control?: (request: AwsRequest) => OwnAnswer | Promise<OwnAnswer>;
  /** Whether an API is deployed here under this custom domain, which the proxy then answers for. Default: none is. */
  readonly isCustomDomain?: (hostname: string) => boolean;
  /** Whether a request names an access key that exists; its signature is not verified yet. Others may hold less memory. Default: all do. */
  readonly isKnown?: (head: RequestHead) => boolean;
  readonly limits?: Partial<NetworkLimits>;
  /** Stamps requests and responses. Default: the machine's. */
  readonly clock?: Clock;
  /** Receives what the user of local AWS may want to know, and what is in no trace event. */
  readonly report?: (message: string, error?: unknown) => void;
}

/** What the handlers of a listener share. `port` is the one that it has opened. */
export interface ListenerContext extends Required<ListenOptions> {
  readonly limits: NetworkLimits;
  readonly connections: Map<Socket, Connection>;
  readonly held: HeldBytes;
  /** The bodies that are being read of requests without a known access key. */
  readonly heldForStrangers: HeldBytes;
  isClosing(): boolean;
}
