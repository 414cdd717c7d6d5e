import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AwsRequest, AwsResponse } from '../core/request.ts';
import { admit, type Channel, malformed, type Refused } from './admission.ts';
import type { ListenerContext } from './context.ts';
import { declaredLength, readBody, readHeaders } from './read-request.ts';
import { noRoom, tooLarge } from './refusals.ts';
import { errorResponse, writeCutResponse, writeRefusal, writeResponse } from './write-response.ts';

/**
 * Answers an HTTP request.
 * @param expectContinue whether the client waits for "100 Continue" before it sends the body
 */
export async function serveRequest(
  context: ListenerContext,
  request: IncomingMessage,
  response: ServerResponse,
  expectContinue: boolean,
): Promise<void> {
  const requestId = randomUUID();
  try {
    const accepted = await acceptRequest(context, request, response, requestId, expectContinue);
    if (accepted === undefined) return;
    const { connections, held } = context;
    connections.count(request.socket, 1);
    try {
      await respond(context, request, response, accepted);
    } finally {
      held.release(accepted.awsRequest.body.length);
      connections.count(request.socket, -1);
    }
  } catch (error) {
    fail(context, request, response, requestId, error);
  }
}

interface Accepted {
  readonly awsRequest: AwsRequest;
  /** Whether the request is addressed to this machine itself. */
  readonly loopback: boolean;
}

/** Reads a request whole. If it cannot be accepted, answers it and returns `undefined`. */
async function acceptRequest(
  context: ListenerContext,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  expectContinue: boolean,
): Promise<Accepted | undefined> {
  const receivedAt = context.clock.now();
  const { limits } = context;
  const tunnel = context.connections.tunnel(request.socket);
  if (tunnel !== undefined) tunnel.used = true;
  const refuse = (refused: Refused): undefined => {
    if (refused.code !== 'RequestTooLarge' && refused.code !== 'SlowDown') {
      context.report({ kind: refused.status === 403 ? 'refused' : 'malformed', message: refused.message });
    }
    const answer = errorResponse(refused.status, refused.code, refused.message, requestId);
    writeError(context, request, response, answer);
  };

  const headers = readHeaders(request.rawHeaders);
  if (headers === undefined) return refuse(malformed('A header value is not valid UTF-8.'));
  const channel: Channel =
    tunnel === undefined
      ? { kind: 'direct', port: context.port }
      : { kind: 'tunnel', hostname: tunnel.hostname };
  const hosts = headers.filter(([name]) => name === 'host').map(([, value]) => value);
  const admitted = admit(request.url ?? '', hosts, channel, context.isAwsHost);
  if (!admitted.admitted) return refuse(admitted);
  const encoding = request.headers['transfer-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'chunked') {
    return refuse(malformed('Of transfer encodings, only "chunked" is understood.'));
  }
  if ((declaredLength(request) ?? 0) > limits.bodyBytes) return refuse(tooLarge(limits));

  if (expectContinue) response.writeContinue();
  const read = await readBody(request, limits.bodyBytes, context.held);
  if (read.outcome === 'aborted') return undefined;
  if (read.outcome !== 'complete') {
    return refuse(read.outcome === 'too-large' ? tooLarge(limits) : noRoom(limits));
  }
  return {
    loopback: admitted.loopback,
    awsRequest: {
      requestId,
      method: request.method ?? '',
      host: admitted.host,
      rawPath: admitted.rawPath,
      rawQuery: admitted.rawQuery,
      headers,
      body: read.body,
      sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
      // A request to this port stands for one to the service's HTTPS endpoint, and never leaves this machine. A request for
      // `http://<AWS host>` is not secure.
      secureTransport: tunnel !== undefined || admitted.loopback,
      receivedAt,
    },
  };
}

async function respond(
  context: ListenerContext,
  { socket }: IncomingMessage,
  response: ServerResponse,
  { awsRequest, loopback }: Accepted,
): Promise<void> {
  const own = loopback ? context.answerOwn(awsRequest) : undefined;
  const answer = own ?? (await context.answer(awsRequest));
  if (response.destroyed || socket.destroyed) return;
  const { method } = awsRequest;
  if (!('severed' in answer)) return writeResponse(response, method, answer, context.date());
  const sever = () => (context.connections.tunnel(socket)?.below ?? socket).destroy();
  if (answer.response === undefined) sever();
  else writeCutResponse(response, method, answer.response, context.date(), answer.afterBytes ?? 0, sever);
}

/** Answers with an error, and ends the connection if the rest of the request is not wanted. */
export function writeError(
  context: ListenerContext,
  request: IncomingMessage,
  response: ServerResponse,
  answer: AwsResponse,
): void {
  const ends = writeRefusal(request, response, answer, context.date(), context.limits.lingerMs);
  if (ends) context.connections.end(request.socket);
}

/** Answers a request whose handler threw. */
function fail(
  context: ListenerContext,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  error: unknown,
): void {
  context.report({
    kind: 'failed',
    message: `${request.method} request ${requestId} failed inside local AWS: ${String(error)}. This is a bug in local AWS, not in the client.`,
    error,
  });
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const message = `local AWS has an internal error. Its log has the details under the request ID ${requestId}.`;
  writeError(context, request, response, errorResponse(500, 'InternalFailure', message, requestId));
}
