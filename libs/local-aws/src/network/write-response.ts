import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { AwsResponse } from '../core/request.ts';
import { declaredLength } from './read-request.ts';

/** Headers that belong to one connection, or that the listener works out by itself. */
const OWN_HEADERS = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'trailer',
  'content-length',
]);

/**
 * Sends status and headers, without the body.
 * @param date value of the `Date` header, where the response has none itself
 * @returns the body that is to follow, `undefined` if HTTP allows none
 * @throws TypeError or RangeError, before anything is sent, for a status or header that HTTP does not allow
 */
function writeHead(
  response: ServerResponse,
  method: string,
  { status, headers, body }: AwsResponse,
  date: string,
): string | Uint8Array | undefined {
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new RangeError(`${status} is not the status of a final response (200 to 599).`);
  }
  const lines: string[] = [];
  let dated = false;
  let lengthOfHead: string | undefined;
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (lower === 'content-length' && method === 'HEAD') lengthOfHead = String(value);
    if (OWN_HEADERS.has(lower)) continue;
    dated ||= lower === 'date';
    for (const one of typeof value === 'string' ? [value] : value) lines.push(name, encodeValue(one));
  }
  if (!dated) lines.push('Date', date);
  // Said in so many words, or Node adds `Keep-Alive: timeout=…`, which AWS does not send: with it, clients
  // would give up an idle connection in time, and never meet a stale one as they do on AWS.
  lines.push('Connection', response.shouldKeepAlive ? 'keep-alive' : 'close');

  const bodiless = status === 204 || status === 304;
  if (!bodiless) {
    const length = status === 205 ? 0 : typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
    lines.push(
      'Content-Length',
      lengthOfHead !== undefined && /^\d{1,15}$/.test(lengthOfHead) ? lengthOfHead : String(length),
    );
  }
  response.sendDate = false;
  response.writeHead(status, lines);
  return bodiless || status === 205 || method === 'HEAD' ? undefined : body;
}

/** The reverse of how the values of requests are read: UTF-8, one character a byte. */
function encodeValue(value: string): string {
  return /[\u0080-\uffff]/.test(value) ? Buffer.from(value, 'utf8').toString('latin1') : value;
}

/** Sends a response whole. Throws as {@link writeHead} does. */
export function writeResponse(
  response: ServerResponse,
  method: string,
  answer: AwsResponse,
  date: string,
): void {
  const body = writeHead(response, method, answer, date);
  if (body === undefined) response.end();
  else response.end(body);
}

/**
 * Sends a response up to some byte of its body, then cuts the connection.
 * @param afterBytes how many bytes of the body are sent
 * @param sever cuts the connection
 */
export function writeCutResponse(
  response: ServerResponse,
  method: string,
  answer: AwsResponse,
  date: string,
  afterBytes: number,
  sever: () => void,
): void {
  const body = Buffer.from(writeHead(response, method, answer, date) ?? '');
  // One byte is held back at the least: a response that arrived whole was not cut.
  const sent = body.subarray(0, Math.max(0, Math.min(afterBytes, body.length - 1)));
  if (sent.length === 0) {
    response.flushHeaders();
    setImmediate(sever);
  } else {
    response.write(sent, sever);
  }
}

/**
 * Answers a request whose body nobody wants, and ends the connection. Before that, what the client is still
 * sending is read for a while: closed earlier, TCP would reset the connection and the answer could be lost.
 * @returns whether the connection ends; a request that is already complete leaves it open
 */
export function writeRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  answer: AwsResponse,
  date: string,
  lingerMs: number,
): boolean {
  if (request.complete || declaredLength(request) === 0) {
    writeResponse(response, request.method ?? '', answer, date);
    return false;
  }
  response.shouldKeepAlive = false;
  const body = writeHead(response, request.method ?? '', answer, date);
  if (body !== undefined) response.write(body);
  else response.flushHeaders();
  const timer = setTimeout(finish, lingerMs);
  function finish(): void {
    clearTimeout(timer);
    response.end();
  }
  request.once('end', finish).once('close', finish).resume();
  return true;
}

/** An error in AWS's JSON form, for what fails before any service, and so any protocol, is known. */
export function errorResponse(status: number, code: string, message: string, requestId: string): AwsResponse {
  return {
    status,
    headers: {
      'Content-Type': 'application/json',
      'x-amzn-RequestId': requestId,
      'x-amzn-ErrorType': code,
    },
    body: JSON.stringify({ __type: code, message }),
  };
}

/**
 * Answers on a socket that no request object exists for, and ends it; what still comes in is read for a while, for
 * the same reason as in {@link writeRefusal}.
 * @param reason the reason phrase: the only thing that many clients show of a refused CONNECT
 */
export function writeRaw(
  socket: Socket,
  status: number,
  reason: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  lingerMs: number,
): void {
  const lines = Object.entries({
    ...headers,
    Connection: 'close',
    'Content-Length': String(Buffer.byteLength(body)),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(timer));
  socket.end(`HTTP/1.1 ${status} ${reason}\r\n${lines.join('')}\r\n${body}`);
  socket.resume();
}
