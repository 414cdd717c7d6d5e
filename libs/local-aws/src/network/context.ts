import type { Socket } from 'node:net';
import type { Clock } from '../core/clock.ts';
import type { AwsRequest, AwsResponse, Severed, StreamedResponse } from '../core/request.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import type { HeldBytes } from './held-bytes.ts';
import type { NetworkLimits } from './limits.ts';

/** Something that the user of local AWS may want to know, and that is in no trace event. */
export interface NetworkEvent {
  readonly kind: /** A host that is not AWS's, through the proxy or by a `Host` header. */
    | 'refused'
    /** Bytes that are not a request that could be accepted. */
    | 'malformed'
    /** TLS failed, or the client left before its first request: most often it does not trust the CA. */
    | 'tls-failed'
    /** `onRequest` threw, or answered with something that HTTP does not allow. */
    | 'failed';
  /** For a person; says what to do. */
  readonly message: string;
  readonly error?: unknown;
}

/** All of a request but its body. */
export type RequestHead = Omit<AwsRequest, 'requestId' | 'body'>;

/** What is known about an open connection. A tunnel has two: its TLS socket, and the TCP socket below it. */
export interface Connection {
  /** Present if it is the TLS end of a CONNECT tunnel. */
  readonly tunnel?: {
    readonly hostname: string;
    readonly below: Socket;
    readonly proxyUser: string | undefined;
  };
  /** Whether it is inside a tunnel already: to an AWS host, or to the listener's own port. */
  isTunneled: boolean;
  /** Whether a request has come through it. */
  isUsed: boolean;
  /** Whether the client has received an error and the connection is about to end. */
  isEnding: boolean;
  /** How many of its requests are being answered. */
  pending: number;
  /** How many bytes of its requests' bodies are held. */
  held: number;
}

/** What is known about a connection that has just been opened. */
export function newConnection(tunnel?: Connection['tunnel']): Connection {
  const facts = { isTunneled: tunnel !== undefined, isUsed: false, isEnding: false, pending: 0, held: 0 };
  return tunnel === undefined ? facts : { ...facts, tunnel };
}

/** What local AWS says on its own account; `undefined` for a request that is not addressed to it. */
export type OwnAnswer = AwsResponse | StreamedResponse | undefined;

/** What the handlers of a listener share. */
export interface ListenerContext {
  /** The port that the listener has opened. */
  readonly port: number;
  readonly certificateAuthority: CertificateAuthority;
  readonly limits: NetworkLimits;
  readonly clock: Clock;
  /** Every open connection. */
  readonly connections: Map<Socket, Connection>;
  /** All bodies. */
  readonly held: HeldBytes;
  /** The bodies that are being read of requests without a known access key. */
  readonly heldForStrangers: HeldBytes;
  /** Whether a request names an access key of this local AWS. Its signature is not verified yet. */
  isKnown(head: RequestHead): boolean;
  /** Whether an API is deployed here under this custom domain. */
  isCustomDomain(hostname: string): boolean;
  /** Whether the listener is being closed. */
  isClosing(): boolean;
  report(event: NetworkEvent): void;
  answer(request: AwsRequest): Promise<AwsResponse | Severed>;
  /** Answers a request to local AWS itself; `undefined` for any other. */
  answerOwn(request: AwsRequest): OwnAnswer | Promise<OwnAnswer>;
}
