import type { IncomingMessage } from 'node:http';
import type { Signable } from './sign.ts';

/** The headers of a response, with names in lower case. `Headers` fits. */
export type ReceivedHeaders = Iterable<[name: string, value: string]>;

/** A response whose body, without its compression, is still to be read. */
export interface RawResponse {
  readonly status: number;
  readonly headers: ReceivedHeaders;
  readonly body: AsyncIterable<Uint8Array> | null;
}

/**
 * Sends a request, or rejects. Follows no redirect: signature and session token would go to wherever it leads.
 * @param signal ends it, and the reading of the response
 */
export type Transport = (request: Signable, signal: AbortSignal) => Promise<RawResponse>;

/**
 * Sends by Node's own client. To load `fetch` takes as long as all else that a function needs for its first call, and each
 * `fetch` takes longer than a signature. It knows proxies as `fetch` does (`NODE_USE_ENV_PROXY`), and instrumentation that
 * replaces `https.request` sees it.
 */
export const sendByNode: Transport = async ({ method, href, headers, body }, signal) => {
  // An import of `node:http` would load `fetch` too: it reads all exports, of which `WebSocket` is one.
  const { request } = process.getBuiltinModule(href.startsWith('https:') ? 'node:https' : 'node:http');
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    request(href, {
      method,
      headers: { 'accept-encoding': 'gzip', ...headers, ...(body && { 'content-length': body.length }) },
      signal,
    })
      .on('response', resolve)
      .on('error', reject)
      // After 101 (Switching Protocols), which nobody has asked for.
      .on('close', () => reject(new Error('no response')))
      .end(body);
  });
  const compressed = message.headers['content-encoding']?.toLowerCase() === 'gzip';
  return {
    status: Number(message.statusCode),
    headers: Object.entries(message.headersDistinct).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value]),
    ),
    body: compressed ? decompress(message) : message,
  };
};

/** Sends by a `fetch`. */
export function sendByFetch(fetch: typeof globalThis.fetch): Transport {
  return async ({ method, href, headers, body = null }, signal) => {
    const response = await fetch(href, { method, headers, body, redirect: 'manual', signal });
    return {
      status: response.status,
      // `Headers` sort themselves each time that they are iterated over.
      headers: [...response.headers],
      body: response.body && chunksOf(response.body),
    };
  };
}

/** Iterates over a stream in less time than its own iterator takes, and does not wait for it to be cancelled. */
function chunksOf(stream: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
  const reader = stream.getReader();
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => reader.read() as Promise<IteratorResult<Uint8Array>>,
      return: async (value) => {
        // Not awaited: whoever holds a copy of the stream can delay it for ever.
        reader.cancel().catch(() => undefined);
        return { done: true, value };
      },
    }),
  };
}

/** zlib's constant: what has arrived is given, whether the stream has an end or not. */
const Z_SYNC_FLUSH = 2;

function decompress(body: NodeJS.ReadableStream): AsyncIterable<Uint8Array> {
  // The response to HEAD has the header and no body; and servers forget the end of the stream.
  const decoder = process.getBuiltinModule('node:zlib').createGunzip({ finishFlush: Z_SYNC_FLUSH });
  // Errors of both reach the reader of the decoder.
  return process.getBuiltinModule('node:stream').pipeline(body, decoder, () => undefined);
}
