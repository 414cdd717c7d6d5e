import { randomUUID } from 'node:crypto';
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { systemClock } from '../core/clock.ts';
import { Holds } from '../core/holds.ts';
import { malformed, RequestRefused } from './admission.ts';
import {
  type Connection,
  DEFAULT_LIMITS,
  HeldBytes,
  type ListenerContext,
  type ListenOptions,
  type NetworkLimits,
  newConnection,
} from './context.ts';
import { createInterimResponses } from './interim-responses.ts';
import { serveConnect } from './serve-connect.ts';
import { serveRequest } from './serve-request.ts';
import { errorResponse, writeError, writeRaw } from './write-response.ts';

/**
 * Opens the one port of local AWS, on 127.0.0.1 only. It takes
 * - plain HTTP/1.1, for `AWS_ENDPOINT_URL`;
 * - `CONNECT host:443` for hosts of AWS and custom domains, as an HTTPS proxy: TLS ends here, with a certificate of the given CA;
 * - `GET http://host/…` for hosts of AWS, as an HTTP proxy;
 * - CONNECT and `GET http://…` for this port itself, from clients that send everything through the proxy.
 * All requests go to `onRequest`. Other hosts are refused: the listener never opens a connection.
 * @throws ListenError if the port cannot be opened
 */
export async function listen(options: ListenOptions) {
  checkPort(options.port);
  const limits: NetworkLimits = { ...DEFAULT_LIMITS, ...options.limits };
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
  const holds = options.holds ?? new Holds();
  const interim = createInterimResponses(holds, limits.interimMs);
  const context: ListenerContext = {
    clock: systemClock,
    report: () => {},
    control: () => undefined,
    isKnown: () => true,
    isCustomDomain: () => false,
    ...options,
    holds,
    interim,
    get port() {
      return port;
    },
    limits,
    connections,
    held: new HeldBytes(limits.heldBytes),
    heldForStrangers: new HeldBytes(limits.strangersHeldBytes),
    isClosing: () => closing,
  };
  handleConnections(server, context);

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(options.port, error)));
    server.listen({ port: options.port, host: '127.0.0.1' }, resolve);
  });
  server.removeAllListeners('error').on('error', (error) => {
    context.report(`The listener failed: ${error.message}`, error);
  });
  port = (server.address() as AddressInfo).port;
  return {
    port,
    /** For `AWS_ENDPOINT_URL`, and for `HTTPS_PROXY`. */
    url: `http://127.0.0.1:${port}`,
    /** Ends every connection at once, tunnels included. */
    close() {
      closing = true;
      interim.close();
      closed ??= new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of connections.keys()) socket.destroy();
      });
      return closed;
    },
  };
}

/** An open port. */
export type Listener = Awaited<ReturnType<typeof listen>>;

function handleConnections(server: Server, context: ListenerContext): void {
  const { connections, limits, report } = context;
  /** A last resort: an error while an answer is written ends the connection, and not the process. */
  const abandon = (socket: Socket, error: unknown) => {
    socket.destroy();
    try {
      report(
        `A connection was ended: ${String(error)}. This is a bug in local AWS, not in the client.`,
        error,
      );
    } catch {
      // Nobody can be told.
    }
  };
  const serve = (response: ServerResponse, expectContinue: boolean) => {
    const { socket } = response.req;
    response.on('error', (error: NodeJS.ErrnoException) => {
      // The client has left while an answer was streamed.
      if (error.code === 'ERR_STREAM_DESTROYED') socket.destroy();
      else abandon(socket, error);
    });
    serveRequest(context, response, expectContinue).catch((error: unknown) => abandon(socket, error));
  };
  const orAbandon = (socket: Socket, answer: () => void) => {
    try {
      answer();
    } catch (error) {
      abandon(socket, error);
    }
  };
  server.on('connection', (socket: Socket) => {
    if (!connections.has(socket)) connections.set(socket, newConnection());
    socket.on('close', () => connections.delete(socket));
    socket.on('error', () => {}); // clients reset connections all the time
  });
  server.on('request', (_, response) => serve(response, false));
  server.on('checkContinue', (_, response) => serve(response, true));
  server.on('checkExpectation', (request, response) => {
    const message = 'Local AWS understands only the expectation "100-continue". Leave out the Expect header.';
    orAbandon(request.socket, () =>
      writeError(context, response, errorResponse(417, 'ExpectationFailed', message, randomUUID())),
    );
  });
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    serveConnect(context, server, request, socket, head).catch((error: unknown) => abandon(socket, error));
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
    orAbandon(socket, () => {
      const { status, code, message } = refusalOf(error, limits);
      if (status === 400) report(message);
      const { headers, body } = errorResponse(status, code, message, randomUUID());
      writeRaw(context, socket, status, STATUS_CODES[status] ?? '', headers, body);
    });
  });
}

function refusalOf({ code }: NodeJS.ErrnoException, limits: NetworkLimits): RequestRefused {
  if (code === 'HPE_HEADER_OVERFLOW') {
    const message = `Request line and headers are larger than ${limits.headerBytes} bytes together.`;
    return new RequestRefused(431, 'RequestHeaderSectionTooLarge', message);
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    const message = `The request did not arrive in time: headers within ${limits.headersTimeoutMs} ms, the whole of it within ${limits.requestTimeoutMs} ms.`;
    return new RequestRefused(408, 'RequestTimeout', message);
  }
  const message = `This is not a well-formed HTTP/1.1 request (${code ?? 'unknown error'}). This port takes plain HTTP, and TLS only after CONNECT.`;
  return malformed(message);
}

/** Local AWS cannot listen on the port. The message names the port and the remedy. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly code: 'PortInUse' | 'PortForbidden' | 'InvalidPort' | 'ListenFailed';

  constructor(code: ListenError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

function listenError(port: number, cause: NodeJS.ErrnoException): ListenError {
  if (cause.code === 'EADDRINUSE') {
    const message = `Port ${port} on 127.0.0.1 is in use, and local AWS needs it for itself. Stop the process that listens there (another local AWS?), or choose another port with --port; --port 0 takes a free one.`;
    return new ListenError('PortInUse', message, { cause });
  }
  if (cause.code === 'EACCES') {
    const message = `Port ${port} on 127.0.0.1 may not be opened by this user; ports below 1024 are often reserved. Choose another with --port.`;
    return new ListenError('PortForbidden', message, { cause });
  }
  return new ListenError('ListenFailed', `Could not listen on 127.0.0.1:${port}: ${cause.message}`, {
    cause,
  });
}

function checkPort(port: number): void {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return;
  const message = `${port} is not a port: it must be a whole number from 0 to 65535 (0 takes a free one). Change --port.`;
  throw new ListenError('InvalidPort', message);
}
