import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AwsRequest } from '../core/request.ts';
import { admit, type Channel, malformed, RequestRefused } from './admission.ts';
import {
  CONTROL_PREFIX,
  type Connection,
  HEALTH_PATH,
  type ListenerContext,
  newConnection,
} from './context.ts';
import {
  checkDeclaredLength,
  proxyUserOf,
  readBody,
  readHeaders,
  readSpelling,
  releaseBody,
} from './read-request.ts';
import { errorResponse, writeCutResponse, writeError, writeResponse, writeStream } from './write-response.ts';

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
    // Before anything is awaited, so that a refusal comes before the body is read.
    const { loopback, ...head } = readHead(context, connection, request);
    checkDeclaredLength(context, request, head);
    if (expectContinue) response.writeContinue();
    const body = await readBody(context, connection, request, head);
    if (body === undefined) return;
    connection.pending += 1;
    try {
      await respond(context, connection, response, { ...head, requestId, body }, loopback);
    } finally {
      releaseBody(context, connection, body);
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
    throw malformed('Of transfer encodings, only "chunked" is understood.');
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
    // A request to this port replaces one to the service's HTTPS endpoint, and never leaves this machine. A request
    // for `http://<AWS host>` is not secure.
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
  const own = loopback ? await answerOwn(context, awsRequest) : undefined;
  const answer = own ?? (await context.onRequest(awsRequest));
  const { socket } = response.req;
  if (response.destroyed || socket.destroyed) return;
  if ('stream' in answer) return writeStream(context, response, answer);
  if (!('severed' in answer)) return writeResponse(context, response, answer);
  const sever = () => (tunnel?.below ?? socket).destroy();
  if (answer.response === undefined) sever();
  else writeCutResponse(context, response, answer.response, answer.afterBytes ?? 0, sever);
}

function fail(context: ListenerContext, response: ServerResponse, requestId: string, error: unknown): void {
  if (error instanceof RequestRefused) {
    const { status, code, message } = error;
    // That a client sent too much is no news for the user of local AWS.
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

function answerOwn({ health, control }: ListenerContext, request: AwsRequest) {
  const { rawPath, method, requestId } = request;
  if (rawPath !== HEALTH_PATH) return rawPath.startsWith(CONTROL_PREFIX) ? control(request) : undefined;
  if (method !== 'GET' && method !== 'HEAD') {
    return errorResponse(405, 'MethodNotAllowed', `${HEALTH_PATH} takes GET only.`, requestId);
  }
  const headers = { 'Content-Type': 'application/json' };
  return { status: 200, headers, body: JSON.stringify(health()) };
}
