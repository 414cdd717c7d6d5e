import type { IncomingMessage } from 'node:http';
import type { RawResponse } from './outcome.ts';
import { propertiesOf } from './properties.ts';
import type { PreparedRequest } from './request.ts';

/** Sends a request and reads the response. Follows no redirect: it would send signature and session token to another server. */
export type Transport = (
  request: Pick<PreparedRequest, 'method' | 'href' | 'headers' | 'body'>,
  maxBytes: number,
  signal: AbortSignal,
) => Promise<RawResponse>;

/** Sends by Node's own client: loading `fetch` takes longer than all else that a function needs for its first call. */
export const sendByNode: Transport = async ({ method, href, headers, body }, maxBytes, signal) => {
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
      // After an unrequested 101 (Switching Protocols).
      .on('close', () => reject(new Error('no response')))
      .end(body);
  });
  const received = message.headersDistinct;
  const compressed = received['content-encoding']?.[0]?.toLowerCase() === 'gzip';
  return {
    status: Number(message.statusCode),
    header: (name) => received[name]?.[0],
    makeHeaders: () =>
      ofDecoded(
        compressed,
        new Headers(
          Object.entries(received).flatMap(([name, values = []]) =>
            values.map((value): [string, string] => [name, value]),
          ),
        ),
      ),
    body: await readAtMost(maxBytes, compressed ? decompress(message) : message),
  };
};

/** @throws an error of `node:zlib` if the stream is cut short. A body without a byte is empty: a response to HEAD has the header only. */
async function* decompress(body: NodeJS.ReadableStream): AsyncGenerator<Uint8Array> {
  const decoder = process.getBuiltinModule('node:zlib').createGunzip();
  try {
    // Errors of both reach the reader of the decoder.
    yield* process.getBuiltinModule('node:stream').pipeline(body, decoder, () => undefined);
  } catch (error) {
    if (decoder.bytesWritten > 0 || propertiesOf(error).code !== 'Z_BUF_ERROR') throw error;
  }
}

/** The codings that a `fetch` decodes: https://fetch.spec.whatwg.org/#handle-content-codings and Node's. */
const CODINGS = /^(?:x-)?gzip$|^deflate$|^br$|^zstd$/i;

/** The headers that fit the body: of one that was decoded, its coding and the length of the coded text are left out. */
function ofDecoded(decoded: boolean, headers: Headers): Headers {
  if (decoded) for (const name of ['content-encoding', 'content-length']) headers.delete(name);
  return headers;
}

/** Sends by a `fetch`. */
export function sendByFetch(fetch: typeof globalThis.fetch): Transport {
  return async ({ method, href, headers, body = null }, maxBytes, signal) => {
    const response = await fetch(href, { method, headers, body, redirect: 'manual', signal });
    return {
      status: response.status,
      header: (name) => response.headers.get(name) ?? undefined,
      makeHeaders: () =>
        ofDecoded(
          CODINGS.test(response.headers.get('content-encoding') ?? ''),
          new Headers(response.headers),
        ),
      body: await readAtMost(maxBytes, response.body ? chunksOf(response.body) : []),
    };
  };
}

/** Reads a stream faster than its own iterator does, and does not wait for its cancellation. */
function chunksOf(stream: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
  const reader = stream.getReader();
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => reader.read() as Promise<IteratorResult<Uint8Array>>,
      return: async (value) => {
        // Not awaited: the holder of a copy of the stream can delay it without end.
        reader.cancel().catch(() => undefined);
        return { done: true, value };
      },
    }),
  };
}

/** Reads a body, or no more than the limit: a few kilobytes of gzip can be gigabytes. */
async function readAtMost(
  maxBytes: number,
  body: AsyncIterable<Uint8Array> | readonly Uint8Array[],
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
