import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Clock, systemClock } from '../core/clock.ts';
import type { AwsRequest, AwsResponse, Severed } from '../core/request.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import {
  type Connection,
  type ListenerContext,
  type NetworkEvent,
  newConnection,
  type OwnAnswer,
  type RequestHead,
} from './context.ts';
import { checkPort, listenError } from './errors.ts';
import { CONTROL_PREFIX, HEALTH_PATH } from './health.ts';
import { countHeldBytes } from './held-bytes.ts';
import { DEFAULT_LIMITS, type NetworkLimits } from './limits.ts';
import { refusalOf } from './refusal.ts';
import { serveConnect } from './serve-connect.ts';
import { serveRequest } from './serve-request.ts';
import { errorResponse, writeError, writeRaw } from './write-response.ts';

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
   * Answers the other requests below `/_local-aws/` that are addressed to this machine itself: `undefined` if it
   * knows no such path. It must authenticate them. Default: they go to `onRequest`.
   */
  readonly control?: (request: AwsRequest) => OwnAnswer | Promise<OwnAnswer>;
  /**
   * Whether an API is deployed here under this custom domain, which the proxy then answers for. Default: none is.
   */
  readonly isCustomDomain?: (hostname: string) => boolean;
  /**
   * Whether a request names an access key that exists, before its body is read. Those that do not may hold less memory. Default: all
   * do.
   */
  readonly isKnown?: (head: RequestHead) => boolean;
  readonly limits?: Partial<NetworkLimits>;
  /** Stamps requests and responses. Default: the machine's. */
  readonly clock?: Clock;
  readonly report?: (event: NetworkEvent) => void;
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
 * - `CONNECT host:443` for hosts of AWS and custom domains, as an HTTPS proxy: TLS ends here, with a certificate of the given CA;
 * - `GET http://host/…` for hosts of AWS, as an HTTP proxy;
 * - CONNECT and `GET http://…` for this port itself, from clients that send everything through the proxy.
 * All of it goes to `onRequest`. Nothing is ever connected to: every other host is refused.
 * @throws ListenError if the port cannot be opened
 * @example
 * const listener = await listen({
 *   port: 4566,
 *   certificateAuthority: await createCertificateAuthority(),
 *   onRequest: async (request) => ({ status: 200, headers: {}, body: request.rawPath }),
 * });
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  checkPort(options.port);
  const limits: NetworkLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const { clock = systemClock, report = () => {} } = options;
  const connections = new Map<Socket, Connection>();
  const server = createServer({
    insecureHTTPParser: false,
    requireHostHeader: false, // admit() checks it, and says what is wrong
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(5_000, Math.max(50, limits.headersTimeoutMs / 4)),
  });
  server.maxHeadersCount = 0; // Node drops headers over a count without an error; headerBytes limits them instead
  let closing = false;
  let closed: Promise<void> | undefined;
  let { port } = options;
  handleConnections(server, {
    get port() {
      return port;
    },
    certificateAuthority: options.certificateAuthority,
    limits,
    clock,
    connections,
    held: countHeldBytes(limits.heldBytes),
    heldForStrangers: countHeldBytes(limits.strangersHeldBytes),
    isKnown: options.isKnown ?? (() => true),
    isCustomDomain: options.isCustomDomain ?? (() => false),
    isClosing: () => closing,
    report,
    answer: options.onRequest,
    answerOwn: (request) => answerOwn(options, request),
  });

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
        for (const socket of connections.keys()) socket.destroy();
      });
      return closed;
    },
  };
}

/** Connects the events of the server with their handlers. */
function handleConnections(server: Server, context: ListenerContext): void {
  const { connections, limits, report } = context;
  server.on('connection', (socket: Socket) => {
    if (!connections.has(socket)) connections.set(socket, newConnection());
    socket.on('close', () => connections.delete(socket));
    socket.on('error', () => {}); // clients reset connections all the time
  });
  server.on('request', (request, response) => void serveRequest(context, request, response, false));
  server.on('checkContinue', (request, response) => void serveRequest(context, request, response, true));
  server.on('checkExpectation', (request, response) => {
    const message = 'Of expectations, only "100-continue" is understood. Leave out the Expect header.';
    writeError(context, request, response, errorResponse(417, 'ExpectationFailed', message, randomUUID()));
  });
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    serveConnect(context, server, request, socket, head).catch((error: unknown) => {
      report({ kind: 'failed', message: `CONNECT ${request.url} failed: ${String(error)}`, error });
      socket.destroy();
    });
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const connection = connections.get(socket) ?? newConnection();
    if (connection.isEnding) return;
    connection.isEnding = true;
    // An answer written here would get mixed up with one that is being sent.
    if (error.code === 'ECONNRESET' || !socket.writable || connection.pending > 0) {
      socket.destroy();
      return;
    }
    const { status, code, message } = refusalOf(error, limits);
    if (status === 400) report({ kind: 'malformed', message });
    const { headers, body } = errorResponse(status, code, message, randomUUID());
    writeRaw(context, socket, status, STATUS_CODES[status] ?? '', headers, body);
  });
}

/** Answers a request to local AWS itself. */
function answerOwn({ health, control }: ListenOptions, request: AwsRequest): OwnAnswer | Promise<OwnAnswer> {
  const { rawPath, method, requestId } = request;
  if (rawPath !== HEALTH_PATH) return rawPath.startsWith(CONTROL_PREFIX) ? control?.(request) : undefined;
  if (method !== 'GET' && method !== 'HEAD') {
    return errorResponse(405, 'MethodNotAllowed', `${HEALTH_PATH} takes GET only.`, requestId);
  }
  const headers = { 'Content-Type': 'application/json' };
  return { status: 200, headers, body: JSON.stringify(health?.() ?? {}) };
}
