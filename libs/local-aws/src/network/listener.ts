import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Clock, systemClock } from '../core/clock.ts';
import type { AwsRequest, AwsResponse, Severed } from '../core/request.ts';
import { admit, admitConnect, type Channel, type HostTest, malformed, type Refused } from './admission.ts';
import { isAwsHost as isHostOfAws } from './aws-hosts.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import { checkPort, listenError } from './errors.ts';
import { CONTROL_PREFIX, HEALTH_PATH } from './health.ts';
import { DEFAULT_LIMITS, type NetworkLimits } from './limits.ts';
import { countHeldBytes, declaredLength, readBody, readHeaders } from './read-request.ts';
import { describeClientError, explainTlsFailure, noRoom, tooLarge } from './refusals.ts';
import { ESTABLISHED, openTunnel } from './tunnel.ts';
import { errorResponse, writeCutResponse, writeRaw, writeRefusal, writeResponse } from './write-response.ts';

/** Something that whoever runs local AWS may want to know, and that no trace of a request tells. */
export interface NetworkEvent {
  readonly kind: /** A host that is not AWS's, through the proxy or by a `Host` header. */
    | 'refused'
    /** Bytes that are not a request that could be accepted. */
    | 'malformed'
    /** TLS failed, or its client left before its first request: most often it does not trust the CA. */
    | 'tls-failed'
    /** `onRequest` threw, or answered with something that HTTP does not allow. */
    | 'failed';
  /** For a person; says what to do. */
  readonly message: string;
  readonly error?: unknown;
}

/** What {@link listen} needs. */
export interface ListenOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly certificateAuthority: CertificateAuthority;
  /** Answers a request. What it throws becomes a 500 without details. */
  onRequest(request: AwsRequest): Promise<AwsResponse | Severed>;
  /** What `GET /_local-aws/health` answers. Default: an empty object. */
  readonly health?: () => object;
  /**
   * Answers the other requests below `/_local-aws/` that are addressed to this machine itself: `undefined` where it
   * knows no such path. It must authenticate them. Default: they go to `onRequest`.
   */
  readonly control?: (request: AwsRequest) => AwsResponse | undefined;
  readonly limits?: Partial<NetworkLimits>;
  /** Which hosts are AWS's. Default: those below {@link AWS_DOMAINS}. */
  readonly isAwsHost?: HostTest;
  /** Stamps requests and responses. Default: the machine's. */
  readonly clock?: Clock;
  readonly report?: (event: NetworkEvent) => void;
}

/** The TLS end of a CONNECT tunnel. */
interface Tunnel {
  readonly hostname: string;
  /** The TCP connection that it runs over. */
  readonly below: Socket;
  /** Whether a request has come through it. */
  used: boolean;
}

/** A port that is open. */
export interface Listener {
  readonly port: number;
  /** `http://127.0.0.1:<port>`: for `AWS_ENDPOINT_URL`, and for `HTTPS_PROXY`. */
  readonly url: string;
  /** Stops listening and ends every connection at once, tunnels included. */
  close(): Promise<void>;
}

/**
 * Opens the one port of local AWS, on 127.0.0.1 only. It takes
 * - plain HTTP/1.1, for `AWS_ENDPOINT_URL`;
 * - `CONNECT host:443` for hosts of AWS, as an HTTPS proxy: TLS ends here, with a certificate of the given CA;
 * - `GET http://host/…` for hosts of AWS, as an HTTP proxy;
 * - CONNECT and `GET http://…` for this port itself, from clients that send everything through the proxy.
 * All of it goes to `onRequest`. Nothing is ever connected to: every other host is refused.
 * @throws ListenError where the port cannot be had
 * @example
 * const listener = await listen({
 *   port: 4566,
 *   certificateAuthority: await createCertificateAuthority(),
 *   onRequest: async (request) => ({ status: 200, headers: {}, body: request.rawPath }),
 * });
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  const {
    certificateAuthority,
    onRequest,
    health,
    control,
    clock = systemClock,
    isAwsHost = isHostOfAws,
  } = options;
  checkPort(options.port);
  const limits: NetworkLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const report = options.report ?? (() => {});
  const held = countHeldBytes(limits.heldBytes);
  const dateHeader = makeDateHeader(clock);

  /** Every open socket; a tunnel's TLS socket besides the TCP socket below it. */
  const sockets = new Set<Socket>();
  /** The TLS sockets of tunnels. */
  const tunnels = new WeakMap<Socket, Tunnel>();
  /** Connections that a CONNECT to this port itself has come in on. */
  const loops = new WeakSet<Socket>();
  /** Sockets that have been answered with an error and are about to end. */
  const ending = new WeakSet<Socket>();
  /** How many requests of a socket are being answered. */
  const pending = new WeakMap<Socket, number>();
  let port = options.port;
  let closing = false;
  let closed: Promise<void> | undefined;

  const server = createServer({
    insecureHTTPParser: false,
    requireHostHeader: false, // admit() checks it, and says what is wrong
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(5_000, Math.max(50, limits.headersTimeoutMs / 4)),
  });
  server.maxHeadersCount = 0; // Node drops headers over a count in silence; headerBytes limits them instead

  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {}); // a reset connection is no news
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    serve(request, response, false).catch((error: unknown) => fail(request, response, randomUUID(), error));
  });
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    serve(request, response, true).catch((error: unknown) => fail(request, response, randomUUID(), error));
  });
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    const message = 'Of expectations, only "100-continue" is understood. Leave out the Expect header.';
    const answer = errorResponse(417, 'ExpectationFailed', message, randomUUID());
    writeError(request, response, answer);
  });
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    connect(request, socket, head).catch((error: unknown) => {
      report({ kind: 'failed', message: `CONNECT ${request.url} failed: ${String(error)}`, error });
      socket.destroy();
    });
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (ending.has(socket)) return;
    ending.add(socket);
    // An answer of ours would get mixed up with one that is under way.
    if (error.code === 'ECONNRESET' || !socket.writable || (pending.get(socket) ?? 0) > 0) {
      socket.destroy();
      return;
    }
    const { status, reason, code, message } = describeClientError(error, limits);
    if (code === 'BadRequest') report({ kind: 'malformed', message });
    const answer = errorResponse(status, code, message, randomUUID());
    writeRaw(
      socket,
      status,
      reason,
      { ...(answer.headers as Record<string, string>), Date: dateHeader() },
      String(answer.body),
      limits.lingerMs,
    );
  });

  function writeError(request: IncomingMessage, response: ServerResponse, answer: AwsResponse): void {
    const ends = writeRefusal(request, response, answer, dateHeader(), limits.lingerMs);
    if (ends) ending.add(request.socket);
  }

  async function connect(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const decision =
      tunnels.has(socket) || loops.has(socket)
        ? malformed('A CONNECT tunnel cannot hold another.')
        : admitConnect(request.url ?? '', port, isAwsHost);
    if (!decision.admitted) {
      report({ kind: decision.status === 403 ? 'refused' : 'malformed', message: decision.message });
      const headers = { 'Content-Type': 'text/plain', Date: dateHeader() };
      const reason = decision.status === 403 ? 'Refused: local AWS reaches AWS hosts only' : 'Bad Request';
      writeRaw(socket, decision.status, reason, headers, `${decision.message}\n`, limits.lingerMs);
      return;
    }
    if (decision.to === 'self') {
      loops.add(socket);
      socket.write(ESTABLISHED);
      if (head.length > 0) socket.unshift(head);
      server.emit('connection', socket);
      return;
    }
    const { hostname } = decision;
    let failed = false;
    const secure = await openTunnel(socket, head, hostname, certificateAuthority, (error) => {
      failed = true;
      report({ kind: 'tls-failed', message: explainTlsFailure(hostname, error), error });
    });
    const tunnel = { hostname, below: socket, used: false };
    tunnels.set(secure, tunnel);
    // Handed out before the handshake, so that the timeout for headers holds for the handshake as well.
    server.emit('connection', secure);
    secure.once('close', () => {
      if (!tunnel.used && !failed && !closing) {
        report({ kind: 'tls-failed', message: explainTlsFailure(hostname) });
      }
    });
  }

  async function serve(
    request: IncomingMessage,
    response: ServerResponse,
    expectContinue: boolean,
  ): Promise<void> {
    const receivedAt = clock.now();
    const requestId = randomUUID();
    const { socket } = request;
    const tunnel = tunnels.get(socket);
    if (tunnel !== undefined) tunnel.used = true;
    const method = request.method ?? '';
    const refuse = (refused: Refused) => {
      if (refused.code !== 'RequestTooLarge' && refused.code !== 'SlowDown') {
        report({ kind: refused.status === 403 ? 'refused' : 'malformed', message: refused.message });
      }
      const answer = errorResponse(refused.status, refused.code, refused.message, requestId);
      writeError(request, response, answer);
    };

    const headers = readHeaders(request.rawHeaders);
    if (headers === undefined) return refuse(malformed('A header value is not valid UTF-8.'));
    const channel: Channel =
      tunnel === undefined ? { kind: 'direct', port } : { kind: 'tunnel', hostname: tunnel.hostname };
    const hosts = headers.filter(([name]) => name === 'host').map(([, value]) => value);
    const admitted = admit(request.url ?? '', hosts, channel, isAwsHost);
    if (!admitted.admitted) return refuse(admitted);
    const encoding = request.headers['transfer-encoding'];
    if (encoding !== undefined && encoding.toLowerCase() !== 'chunked') {
      return refuse(malformed('Of transfer encodings, only "chunked" is understood.'));
    }
    if ((declaredLength(request) ?? 0) > limits.bodyBytes) return refuse(tooLarge(limits));

    if (expectContinue) response.writeContinue();
    const read = await readBody(request, limits.bodyBytes, held);
    if (read.outcome !== 'complete') {
      if (read.outcome !== 'aborted')
        refuse(read.outcome === 'too-large' ? tooLarge(limits) : noRoom(limits));
      return;
    }

    pending.set(socket, (pending.get(socket) ?? 0) + 1);
    try {
      const asked: AwsRequest = {
        requestId,
        method,
        host: admitted.host,
        rawPath: admitted.rawPath,
        rawQuery: admitted.rawQuery,
        headers,
        body: read.body,
        sourceIp: socket.remoteAddress ?? '127.0.0.1',
        secureTransport: tunnel !== undefined,
        receivedAt,
      };
      const answer = (admitted.loopback ? ownAnswer(asked) : undefined) ?? (await onRequest(asked));
      if (response.destroyed || socket.destroyed) return;
      if (!('severed' in answer)) return writeResponse(response, method, answer, dateHeader());
      const sever = () => (tunnel?.below ?? socket).destroy();
      if (answer.response === undefined) sever();
      else writeCutResponse(response, method, answer.response, dateHeader(), answer.afterBytes ?? 0, sever);
    } catch (error) {
      fail(request, response, requestId, error);
    } finally {
      held.release(read.body.length);
      pending.set(socket, (pending.get(socket) ?? 1) - 1);
    }
  }

  /** Answers what is asked of local AWS itself. */
  function ownAnswer(request: AwsRequest): AwsResponse | undefined {
    if (request.rawPath === HEALTH_PATH) {
      return healthResponse(health?.() ?? {}, request.method, request.requestId);
    }
    return request.rawPath.startsWith(CONTROL_PREFIX) ? control?.(request) : undefined;
  }

  /** The last resort: an error that nobody put into words. */
  function fail(request: IncomingMessage, response: ServerResponse, requestId: string, error: unknown): void {
    report({
      kind: 'failed',
      message: `${request.method} request ${requestId} failed inside local AWS: ${String(error)}. This is a bug in local AWS, not in the client.`,
      error,
    });
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const message = `local AWS failed on its own account; its log tells more under the request ID ${requestId}.`;
    const answer = errorResponse(500, 'InternalFailure', message, requestId);
    writeError(request, response, answer);
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(options.port, error)));
    server.listen({ port: options.port, host: '127.0.0.1' }, resolve);
  });
  server.removeAllListeners('error').on('error', (error) => {
    report({ kind: 'failed', message: `The listener failed: ${error.message}`, error });
  });
  port = (server.address() as AddressInfo).port;

  return {
    port,
    url: `http://127.0.0.1:${port}`,
    close() {
      closing = true;
      closed ??= new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      });
      return closed;
    },
  };
}

function healthResponse(health: object, method: string, requestId: string): AwsResponse {
  if (method !== 'GET' && method !== 'HEAD') {
    return errorResponse(405, 'MethodNotAllowed', `${HEALTH_PATH} takes GET only.`, requestId);
  }
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(health) };
}

/** The time as the `Date` header has it; worded once a second. */
function makeDateHeader(clock: Clock): () => string {
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
