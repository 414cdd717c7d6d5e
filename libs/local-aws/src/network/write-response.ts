import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { AwsResponse, StreamedResponse } from '../core/request.ts';
import { words } from '../core/words.ts';
import type { ListenerContext } from './context.ts';

const OWN_HEADERS: ReadonlySet<string> = new Set(
  words('connection keep-alive proxy-connection transfer-encoding upgrade trailer content-length'),
);

/** Sends status and headers. @returns the body, if HTTP allows one. @throws before it sends anything, if HTTP does not allow them */
function writeHead(
  { clock }: ListenerContext,
  response: ServerResponse,
  { status, headers, body }: AwsResponse,
): string | Uint8Array | undefined {
  const isHead = response.req.method === 'HEAD';
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new RangeError(`${status} is not the status of a final response (200 to 599).`);
  }
  const given = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const lines = Object.entries(headers)
    .filter(([name]) => !OWN_HEADERS.has(name.toLowerCase()))
    .flatMap(([name, value]) => [value].flat().flatMap((each) => [name, encodeValue(each)]));
  if (!given.has('date')) lines.push('Date', clock.now().toUTCString());
  // Without this header, Node adds `Keep-Alive: timeout=…`, which AWS does not send. Clients would then close idle connections in
  // time, and never meet a stale one as on AWS.
  lines.push('Connection', response.shouldKeepAlive ? 'keep-alive' : 'close');

  const hasNoLength = status === 204 || status === 304;
  const hasNoBody = hasNoLength || status === 205;
  if (!hasNoLength) {
    const lengthOfGet = isHead ? String(given.get('content-length')) : '';
    const length = status === 205 ? 0 : Buffer.byteLength(body);
    lines.push('Content-Length', /^\d{1,15}$/.test(lengthOfGet) ? lengthOfGet : String(length));
  }
  response.sendDate = false;
  response.writeHead(status, lines);
  return hasNoBody || isHead ? undefined : body;
}

/** UTF-8 with one character for each byte, as Node writes headers. Headers of requests are read the same way. */
function encodeValue(value: string): string {
  return /[\u0080-\uffff]/.test(value) ? Buffer.from(value, 'utf8').toString('latin1') : value;
}

/** Sends a whole response. @throws before it sends anything, if HTTP does not allow its status or headers */
export function writeResponse(context: ListenerContext, response: ServerResponse, answer: AwsResponse): void {
  response.end(writeHead(context, response, answer));
}

/** The most that waits for a slow client. A client that is further behind is disconnected, and connects again. */
const MOST_WAITING_BYTES = 64 * 1024 * 1024;

/** Sends a response bit by bit, until the client leaves. */
export function writeStream(
  { clock }: ListenerContext,
  response: ServerResponse,
  { status, headers, stream }: StreamedResponse,
): void {
  response.writeHead(status, { ...headers, Date: clock.now().toUTCString(), Connection: 'close' });
  response.flushHeaders();
  const stop = stream((text) => {
    response.write(text);
    if (response.writableLength > MOST_WAITING_BYTES) response.destroy();
  });
  response.once('close', stop);
}

/** Sends a response with the first `afterBytes` bytes of its body, then cuts the connection. */
export function writeCutResponse(
  context: ListenerContext,
  response: ServerResponse,
  answer: AwsResponse,
  afterBytes: number,
  sever: () => void,
): void {
  const body = Buffer.from(writeHead(context, response, answer) ?? '');
  // At least one byte is held back: otherwise the response would be complete.
  const sent = body.subarray(0, Math.max(0, Math.min(afterBytes, body.length - 1)));
  if (sent.length === 0) {
    response.flushHeaders();
    setImmediate(sever);
  } else {
    response.write(sent, sever);
  }
}

/** Answers with an error. If the client is still sending, reads on for `lingerMs`: else TCP resets, and the answer can be lost. */
export function writeError(context: ListenerContext, response: ServerResponse, answer: AwsResponse): void {
  const { req: request } = response;
  if (request.complete || declaredLength(request) === 0) {
    writeResponse(context, response, answer);
    return;
  }
  response.shouldKeepAlive = false;
  const body = writeHead(context, response, answer);
  if (body !== undefined) response.write(body);
  else response.flushHeaders();
  const timer = setTimeout(finish, context.limits.lingerMs);
  function finish(): void {
    clearTimeout(timer);
    response.end();
  }
  request.once('end', finish).once('close', finish).resume();
  const connection = context.connections.get(request.socket);
  if (connection !== undefined) connection.isEnding = true;
}

/** An error in AWS's JSON form, for a request that fails before its service is known. */
export function errorResponse(status: number, code: string, message: string, requestId: string) {
  return {
    status,
    headers: { 'Content-Type': 'application/json', 'x-amzn-RequestId': requestId, 'x-amzn-ErrorType': code },
    body: JSON.stringify({ __type: code, message }),
  };
}

/** Answers on a socket without a request, and ends it. @param reason the only words that many clients show of a refused CONNECT */
export function writeRaw(
  { clock, limits }: ListenerContext,
  socket: Socket,
  status: number,
  reason: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): void {
  const lines = Object.entries({
    ...headers,
    Date: clock.now().toUTCString(),
    Connection: 'close',
    'Content-Length': String(Buffer.byteLength(body)),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  const timer = setTimeout(() => socket.destroy(), limits.lingerMs);
  socket.once('close', () => clearTimeout(timer));
  socket.end(`HTTP/1.1 ${status} ${reason}\r\n${lines.join('')}\r\n${body}`);
  socket.resume();
}

/** The size of the body that the request declares, in bytes; `undefined` for a chunked body. */
export function declaredLength(request: IncomingMessage): number | undefined {
  if (request.headers['transfer-encoding'] !== undefined) return undefined;
  return Number(request.headers['content-length'] ?? 0);
}
