import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AwsRequest, AwsResponse, Severed } from '../core/request.ts';
import { admit, type Channel, malformed, RequestRefused } from './admission.ts';
import {
  CONTROL_PREFIX,
  type Connection,
  type ListenerContext,
  type NetworkLimits,
  newConnection,
  type RequestHead,
} from './context.ts';
import {
  declaredLength,
  errorResponse,
  writeCutResponse,
  writeError,
  writeResponse,
  writeStream,
} from './write-response.ts';

/** Answers an HTTP request. @param expectContinue whether the client waits for "100 Continue" before it sends the body */
export async function serveRequest(
  context: ListenerContext,
  response: ServerResponse,
  expectContinue: boolean,
): Promise<void> {
  const { req: request } = response;
  const requestId = randomUUID();
  const connection = context.connections.get(request.socket) ?? newConnection();
  connection.isUsed = true;
  try {
    // Before anything is awaited: a refusal must come before the body is read.
    const { loopback, ...head } = readHead(context, connection, request);
    checkDeclaredLength(context, request, head);
    if (expectContinue) response.writeContinue();
    const body = await readBody(context, connection, request, head);
    if (body === undefined) return;
    connection.pending += 1;
    try {
      await respond(context, connection, response, { ...head, requestId, body }, loopback);
    } finally {
      context.held.release(body.length);
      connection.held -= body.length;
      connection.pending -= 1;
    }
  } catch (error) {
    fail(context, response, requestId, error);
  }
}

function readHead({ clock, port }: ListenerContext, { tunnel }: Connection, request: IncomingMessage) {
  // A header for the proxy ends at the proxy.
  const headers = readHeaders(request.rawHeaders).filter(([name]) => name !== 'proxy-authorization');
  const hosts = headers.filter(([name]) => name === 'host').map(([, value]) => value);
  const channel: Channel =
    tunnel === undefined ? { kind: 'direct', port } : { kind: 'tunnel', hostname: tunnel.hostname };
  const admitted = admit(request.url ?? '', hosts, channel);
  const encoding = request.headers['transfer-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'chunked') {
    throw malformed('Local AWS understands only the transfer encoding "chunked".');
  }
  const { rawHeaders } = request;
  return {
    ...admitted,
    method: request.method ?? '',
    headers,
    // Few requests need it.
    spelling: () => readSpelling(rawHeaders),
    sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
    proxyUser: tunnel === undefined ? proxyUserOf(request) : tunnel.proxyUser,
    // A request to this port replaces one to an HTTPS endpoint, and never leaves this machine. `http://<AWS host>` is not secure.
    secureTransport: tunnel !== undefined || admitted.loopback,
    receivedAt: clock.now(),
  };
}

async function respond(
  context: ListenerContext,
  { tunnel }: Connection,
  response: ServerResponse,
  awsRequest: AwsRequest,
  loopback: boolean,
): Promise<void> {
  const isOwn = loopback && awsRequest.rawPath.startsWith(CONTROL_PREFIX);
  const own = isOwn ? await context.control(awsRequest) : undefined;
  const answer = own ?? (await answerOf(context, response, awsRequest));
  const { socket } = response.req;
  if (response.destroyed || socket.destroyed) return;
  if ('stream' in answer) return writeStream(context, response, answer);
  if (!('severed' in answer)) return writeResponse(context, response, answer);
  const sever = () => (tunnel?.below ?? socket).destroy();
  if (answer.response === undefined) sever();
  else writeCutResponse(context, response, answer.response, answer.afterBytes ?? 0, sever);
}

async function answerOf(
  { interim, onRequest }: ListenerContext,
  response: ServerResponse,
  awsRequest: AwsRequest,
): Promise<AwsResponse | Severed> {
  const stopWaiting = interim.add(response);
  try {
    return await onRequest(awsRequest);
  } finally {
    stopWaiting();
  }
}

function fail(context: ListenerContext, response: ServerResponse, requestId: string, error: unknown): void {
  if (error instanceof RequestRefused) {
    const { status, code, message } = error;
    // The user of local AWS need not know that a client sent too much.
    if (status !== 413 && status !== 503) context.report(message);
    writeError(context, response, errorResponse(status, code, message, requestId));
    return;
  }
  context.report(
    `${response.req.method} request ${requestId} failed inside local AWS: ${String(error)}. This is a bug in local AWS, not in the client.`,
    error,
  );
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const message = `local AWS has an internal error. Its log has the details under the request ID ${requestId}.`;
  writeError(context, response, errorResponse(500, 'InternalFailure', message, requestId));
}

function checkDeclaredLength(
  { limits, isKnown }: ListenerContext,
  request: IncomingMessage,
  head: RequestHead,
): void {
  const declared = declaredLength(request) ?? 0;
  if (declared > limits.bodyBytes) throw tooLarge(limits);
  if (declared > limits.strangerBodyBytes && !isKnown(head)) throw strangerTooLarge(limits);
}

/** Reads a whole body; `undefined` if the client broke off. Its bytes are held until the caller releases them. */
async function readBody(
  { limits, held, heldForStrangers, isKnown }: ListenerContext,
  connection: Connection,
  request: IncomingMessage,
  head: RequestHead,
): Promise<Buffer | undefined> {
  const declared = declaredLength(request);
  if (declared === 0) return Buffer.alloc(0);
  const chunks: Buffer[] = [];
  let size = 0;
  let isStranger = false;
  request.on('error', () => {}); // the loop gets the error while it runs; later, it makes no difference
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      // Most bodies come in one piece, and hold no memory while a rest arrives.
      if (size === 0 && chunk.length !== declared) isStranger = !isKnown(head);
      if (size + chunk.length > limits.bodyBytes) throw tooLarge(limits);
      if (isStranger && size + chunk.length > limits.strangerBodyBytes) throw strangerTooLarge(limits);
      if (isStranger && !heldForStrangers.take(chunk.length)) throw noRoomForStranger(limits);
      if (connection.held + chunk.length > limits.bodyBytes || !held.take(chunk.length)) {
        if (isStranger) heldForStrangers.release(chunk.length);
        throw noRoom(limits);
      }
      connection.held += chunk.length;
      size += chunk.length;
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    held.release(size);
    connection.held -= size;
    request.resume();
    if (error instanceof RequestRefused) throw error;
    return undefined;
  } finally {
    if (isStranger) heldForStrangers.release(size);
  }
}

/** The user name in the proxy URL of a client, such as `http://name:password@127.0.0.1:4566`. */
export function proxyUserOf({ headers }: IncomingMessage): string | undefined {
  const [, encoded = ''] = /^Basic ([\w+/=]{1,1000})$/i.exec(headers['proxy-authorization'] ?? '') ?? [];
  const [name = ''] = Buffer.from(encoded, 'base64').toString().split(':', 1);
  return name === '' ? undefined : name;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Names in lower case. Values are read as UTF-8, as clients sign them. @throws RequestRefused if a value is not UTF-8 */
function readHeaders(rawHeaders: readonly string[]): (readonly [string, string])[] {
  return rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name.toLowerCase(), decodeValue(rawHeaders[index + 1] ?? '')] as const] : [],
  );
}

/** The client's spelling of the header names that have capitals, by the name in lower case. */
function readSpelling(rawHeaders: readonly string[]): ReadonlyMap<string, string> {
  const names = rawHeaders.filter((_, index) => index % 2 === 0);
  return new Map(
    names.map((name) => [name.toLowerCase(), name] as const).filter(([lower, name]) => lower !== name),
  );
}

function decodeValue(raw: string): string {
  if (!/[\u0080-\uffff]/.test(raw)) return raw;
  try {
    return utf8.decode(Buffer.from(raw, 'latin1'));
  } catch {
    throw malformed('A header value is not valid UTF-8.');
  }
}

function tooLarge({ bodyBytes }: NetworkLimits): RequestRefused {
  const message = `The request's body is larger than the ${bodyBytes} bytes that local AWS takes. Send a smaller one, or raise the listener's limit.`;
  return new RequestRefused(413, 'RequestTooLarge', message);
}

function noRoom({ heldBytes }: NetworkLimits): RequestRefused {
  const message = `local AWS already holds ${heldBytes} bytes of request bodies. Reduce your request rate, then try again.`;
  return new RequestRefused(503, 'SlowDown', message);
}

function strangerTooLarge({ strangerBodyBytes }: NetworkLimits): RequestRefused {
  const message = `local AWS takes at most ${strangerBodyBytes} bytes in the body of a request that names none of its access keys. Sign it with keys of this start: .local-aws/credentials.`;
  return new RequestRefused(413, 'RequestTooLarge', message);
}

function noRoomForStranger({ strangersHeldBytes }: NetworkLimits): RequestRefused {
  const message = `local AWS already reads ${strangersHeldBytes} bytes of requests that name none of its access keys. Sign this one, or try again later.`;
  return new RequestRefused(503, 'SlowDown', message);
}
