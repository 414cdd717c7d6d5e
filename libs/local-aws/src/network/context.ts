import type { Socket } from 'node:net';
import type { Clock } from '../core/clock.ts';
import type { Holds } from '../core/holds.ts';
import type { AwsRequest, AwsResponse, Severed, StreamedResponse } from '../core/request.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import type { InterimResponses } from './interim-responses.ts';

/** The prefix of the paths that local AWS itself answers. No path of AWS begins with it. */
export const CONTROL_PREFIX = '/_local-aws/';

/** The default limits of a listener. If AWS's own limits are narrower, the service enforces them. */
export const DEFAULT_LIMITS = {
  /**
   * Size of a request's body, in bytes. Above: 413. Room for the largest CreateFunction of AWS, 70,167,211 bytes with a zip of 50 MiB, as
   * LocalStack's tests recorded it (`test_oversized_request_create_lambda`, https://github.com/localstack/localstack).
   */
  bodyBytes: 67 * 1024 * 1024,
  /** Size of all bodies that are held at one time, in bytes. Above: 503. One connection may hold `bodyBytes` of it. */
  heldBytes: 256 * 1024 * 1024,
  /** Size of a body without a known access key, in bytes. Above: 413. API Gateway takes less, so its own error comes first. */
  strangerBodyBytes: 11 * 1024 * 1024,
  /** Size of all bodies of such requests that are being read at one time, in bytes. Above: 503. */
  strangersHeldBytes: 32 * 1024 * 1024,
  /** Size of request line and headers together, in bytes. Above: 431. */
  headerBytes: 32 * 1024,
  /** Time for request line and headers, and for the TLS handshake before them, in ms. Above: 408. */
  headersTimeoutMs: 20_000,
  /** Time for a whole request, in ms. Above: 408. */
  requestTimeoutMs: 300_000,
  /** Time for which an idle connection is kept, in ms. */
  keepAliveTimeoutMs: 75_000,
  /** Time between two interim responses while a function is held, in ms. Clients such as the AWS CLI give up after a minute without a byte. */
  interimMs: 20_000,
  /** Time for which the rest of a refused request is read, in ms. Otherwise, the client may not see the answer. */
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

  /** Reserves bytes until they are released. @returns whether there was room for them */
  take(bytes: number): boolean {
    if (this.#held + bytes > this.#limit) return false;
    this.#held += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#held -= bytes;
  }
}

/** A request before its body is read. */
export type RequestHead = Omit<AwsRequest, 'requestId' | 'body'>;

/** A CONNECT tunnel: its host, the socket below TLS, and who opened it. */
export interface Tunnel {
  readonly hostname: string;
  readonly below: Socket;
  readonly proxyUser: string | undefined;
}

/** The state of an open connection. A tunnel has two: its TLS socket, and the TCP socket below it. */
export type Connection = ReturnType<typeof newConnection>;

/** The state of a new connection. */
export function newConnection(tunnel?: Tunnel) {
  return {
    /** Present if it is the TLS end of a CONNECT tunnel. */
    tunnel,
    /** Whether it is inside a tunnel already: to an AWS host, or to the listener's own port. */
    isTunneled: tunnel !== undefined,
    isUsed: false,
    /** Whether the client has received an error and the connection is about to end. */
    isEnding: false,
    /** The number of its requests that are being answered. */
    pending: 0,
    held: 0,
  };
}

/** An answer of local AWS itself; `undefined` for a request to an AWS service. */
export type OwnAnswer = AwsResponse | StreamedResponse | undefined;

/** The options of a listener. */
export interface ListenOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly certificateAuthority: CertificateAuthority;
  /** Answers a request. An error becomes a 500 without details. */
  onRequest(request: AwsRequest): Promise<AwsResponse | Severed>;
  /** Answers requests below `/_local-aws/` to this machine's names, and authenticates them itself. Default: `onRequest` answers. */
  readonly control?: (request: AwsRequest) => OwnAnswer | Promise<OwnAnswer>;
  /** Whether an API is deployed here under this custom domain. The proxy then answers for it. Default: never. */
  readonly isCustomDomain?: (hostname: string) => boolean;
  /** Whether a request names an existing access key, before verification. Other requests may hold less memory. Default: always. */
  readonly isKnown?: (head: RequestHead) => boolean;
  readonly limits?: Partial<NetworkLimits>;
  /** Stamps requests and responses. Default: the machine's. */
  readonly clock?: Clock;
  /** Clients get interim responses while a function is held. Default: nothing is ever held. */
  readonly holds?: Holds;
  /** Receives messages for the user of local AWS that are in no trace event. */
  readonly report?: (message: string, error?: unknown) => void;
}

/** The state that the handlers of a listener share. `port` is the opened one. */
export interface ListenerContext extends Required<ListenOptions> {
  readonly limits: NetworkLimits;
  readonly connections: Map<Socket, Connection>;
  readonly held: HeldBytes;
  readonly interim: InterimResponses;
  /** Counts bodies of requests without a known access key while they are read. */
  readonly heldForStrangers: HeldBytes;
  isClosing(): boolean;
}
