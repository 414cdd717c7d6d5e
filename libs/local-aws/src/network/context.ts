import type { Clock } from '../core/clock.ts';
import type { AwsRequest, AwsResponse, Severed } from '../core/request.ts';
import type { HostTest } from './admission.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import type { Connections } from './connections.ts';
import type { NetworkLimits } from './limits.ts';
import type { HeldBytes } from './read-request.ts';

/** Something that the user of local AWS may want to know, and that no trace event tells. */
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

/** What the handlers of a listener share. */
export interface ListenerContext {
  /** The port that the listener has opened. */
  readonly port: number;
  readonly certificateAuthority: CertificateAuthority;
  readonly limits: NetworkLimits;
  readonly clock: Clock;
  readonly connections: Connections;
  readonly held: HeldBytes;
  readonly isAwsHost: HostTest;
  /** Whether the listener is being closed. */
  isClosing(): boolean;
  /** The value of the `Date` header. */
  date(): string;
  report(event: NetworkEvent): void;
  /** Answers a request. */
  answer(request: AwsRequest): Promise<AwsResponse | Severed>;
  /** Answers a request to local AWS itself; `undefined` if it is none. */
  answerOwn(request: AwsRequest): AwsResponse | undefined;
}

/** The `Date` header of a clock. Formats the time once a second. */
export function dateHeader(clock: Clock): () => string {
  let second = Number.NaN;
  let text = '';
  return () => {
    const now = clock.now();
    const current = Math.floor(now.getTime() / 1000);
    if (current !== second) {
      second = current;
      text = now.toUTCString();
    }
    return text;
  };
}
