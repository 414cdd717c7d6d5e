import { channel } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { RawExchange } from './exchange.ts';

/** More is not kept of a body. Nothing that is recorded has as much. */
const MAX_BODY = 4_000_000;

/**
 * Reads each request of this process and its answer, as `node:http` and `node:https` send and receive them: after the signature, and before
 * anybody reads the answer. It changes neither host nor headers, so signatures hold; a proxy in front of AWS would have to change the
 * host, which is signed, or to break TLS. The AWS SDK, the Serverless CLI and our probes all use these two modules.
 * @param receive gets each exchange when its answer has ended
 * @returns stops it
 * @see https://nodejs.org/api/diagnostics_channel.html#built-in-channels
 */
export function recordRequests(receive: (exchange: RawExchange) => void): () => void {
  const bodies = new WeakMap<ClientRequest, Bytes>();
  const created = (message: unknown) => {
    const { request } = message as { readonly request: ClientRequest };
    const sent = new Bytes();
    bodies.set(request, sent);
    const { write, end } = request;
    // Their overloads differ in what follows the chunk.
    request.write = function recordedWrite(this: ClientRequest, chunk: unknown, ...rest: unknown[]): boolean {
      sent.add(chunk, rest[0]);
      return Reflect.apply(write, this, [chunk, ...rest]);
    } as typeof write;
    request.end = function recordedEnd(this: ClientRequest, ...args: unknown[]): ClientRequest {
      // Node's own `end` may call `write`, which would add the chunk twice.
      request.write = write;
      sent.add(args[0], args[1]);
      return Reflect.apply(end, this, args);
    } as typeof end;
  };
  const answered = (message: unknown) => {
    const { request, response } = message as {
      readonly request: ClientRequest;
      readonly response: IncomingMessage;
    };
    const sent = bodies.get(request);
    if (sent === undefined) return;
    const received = new Bytes();
    const { push } = response;
    response.push = function recordedPush(
      this: IncomingMessage,
      chunk: unknown,
      encoding?: BufferEncoding,
    ): boolean {
      if (chunk === null) {
        receive({
          method: request.method,
          host: request.host,
          path: request.path,
          requestHeaders: request.getHeaders(),
          requestBody: sent.all(),
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: received.all(),
        });
      } else {
        received.add(chunk, encoding);
      }
      return push.call(this, chunk, encoding);
    };
  };
  const channels = [
    [channel('http.client.request.created'), created],
    [channel('http.client.response.finish'), answered],
  ] as const;
  for (const [each, listener] of channels) each.subscribe(listener);
  return () => {
    for (const [each, listener] of channels) each.unsubscribe(listener);
  };
}

/** Collects the chunks of a body. */
class Bytes {
  readonly #chunks: Buffer[] = [];
  #length = 0;

  /** @param encoding of a chunk that is a text */
  add(chunk: unknown, encoding: unknown): void {
    if (this.#length > MAX_BODY) return;
    if (typeof chunk === 'string') {
      this.#keep(
        Buffer.from(chunk, Buffer.isEncoding(String(encoding)) ? (encoding as BufferEncoding) : 'utf8'),
      );
    } else if (chunk instanceof Uint8Array) {
      this.#keep(Buffer.from(chunk));
    }
  }

  #keep(chunk: Buffer): void {
    this.#length += chunk.length;
    this.#chunks.push(chunk);
  }

  all(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
