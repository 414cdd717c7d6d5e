import type { IncomingMessage } from 'node:http';
import { malformed, RequestRefused } from './admission.ts';
import type { Connection, ListenerContext, NetworkLimits, RequestHead } from './context.ts';

/** The size of the body that the request declares, in bytes; `undefined` for a chunked body. */
export function declaredLength(request: IncomingMessage): number | undefined {
  if (request.headers['transfer-encoding'] !== undefined) return undefined;
  return Number(request.headers['content-length'] ?? 0);
}

/** Refuses a request by the size of the body that it declares. */
export function checkDeclaredLength(
  { limits, isKnown }: ListenerContext,
  request: IncomingMessage,
  head: RequestHead,
): void {
  const declared = declaredLength(request) ?? 0;
  if (declared > limits.bodyBytes) throw tooLarge(limits);
  if (declared > limits.strangerBodyBytes && !isKnown(head)) throw strangerTooLarge(limits);
}

/** Reads a body whole; `undefined` if the client broke off. It counts as held until it is released with {@link releaseBody}. */
export async function readBody(
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
      // A body that comes in one piece is not held while the rest of it is waited for: most are such.
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

/** The body is no longer needed. */
export function releaseBody({ held }: ListenerContext, connection: Connection, body: Buffer): void {
  held.release(body.length);
  connection.held -= body.length;
}

/** The user's name with which a client addresses the proxy, as in `http://name:password@127.0.0.1:4566`. */
export function proxyUserOf({ headers }: IncomingMessage): string | undefined {
  const [, encoded = ''] = /^Basic ([\w+/=]{1,1000})$/i.exec(headers['proxy-authorization'] ?? '') ?? [];
  const [name = ''] = Buffer.from(encoded, 'base64').toString().split(':', 1);
  return name === '' ? undefined : name;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Names in lower case. Values are read as UTF-8, as clients sign them. @throws RequestRefused if a value is not UTF-8 */
export function readHeaders(rawHeaders: readonly string[]): (readonly [string, string])[] {
  return rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name.toLowerCase(), decodeValue(rawHeaders[index + 1] ?? '')] as const] : [],
  );
}

/** By the name in lower case, how the client spelled it, if it did so with capitals. */
export function readSpelling(rawHeaders: readonly string[]): ReadonlyMap<string, string> {
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
