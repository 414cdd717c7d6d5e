import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Signable } from './sign.ts';

/** The headers of a response, as far as they are read here. `Headers` fits. */
export type ReceivedHeaders = Pick<Headers, 'get'> & Iterable<[string, string]>;

/** A response, with its whole body after decompression. */
export interface RawResponse {
  readonly status: number;
  readonly headers: ReceivedHeaders;
  /** `undefined` if it is larger than the limit: a few kilobytes of gzip can be gigabytes. */
  readonly body: Uint8Array | undefined;
}

/**
 * Sends a request and reads the whole response, or rejects. Follows no redirect: signature and session token would go to
 * wherever it leads.
 * @param signal ends it
 * @param maxBytes the limit of the body
 */
export type Transport = (request: Signable, signal: AbortSignal, maxBytes: number) => Promise<RawResponse>;

/**
 * Sends by Node's own client. To load `fetch` takes as long as all else that a function needs for its first call, and each
 * `fetch` takes longer than a signature. It knows proxies as `fetch` does (`NODE_USE_ENV_PROXY`), and instrumentation that
 * replaces `https.request` sees it.
 */
export const sendByNode: Transport = ({ method, href, headers, body }, signal, maxBytes) =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    // An import of `node:http` would load `fetch` too: it reads all exports, of which `WebSocket` is one.
    const { request } = process.getBuiltinModule(href.startsWith('https:') ? 'node:https' : 'node:http');
    const sent = request(href, {
      method,
      headers: {
        'accept-encoding': 'gzip, br',
        ...headers,
        ...(body !== undefined && { 'content-length': body.length }),
      },
    });
    /** Without this, a response that is not read to its end would keep its connection. */
    const fail = (error: Error) => {
      reject(error);
      sent.destroy();
    };
    signal.addEventListener('abort', () => sent.destroy());
    sent.on('upgrade', () => fail(new Error('the server switches protocols')));
    sent.on('response', (message) => {
      const chunks: Uint8Array[] = [];
      let size = 0;
      const finish = (whole: Uint8Array | undefined) =>
        resolve({ status: Number(message.statusCode), headers: headersOf(message), body: whole });
      decompress(message)
        .on('data', (chunk: Uint8Array) => {
          size += chunk.length;
          if (size <= maxBytes) chunks.push(chunk);
          else {
            finish(undefined);
            sent.destroy();
          }
        })
        .on('end', () => finish(join(chunks)))
        .on('error', fail);
    });
    sent.on('error', reject).end(body);
  });

/** Sends by a `fetch`. */
export function sendByFetch(fetch: typeof globalThis.fetch): Transport {
  return async ({ method, href, headers, body }, signal, maxBytes) => {
    const init: RequestInit = { method, headers, redirect: 'manual', signal };
    const response = await fetch(href, body === undefined ? init : { ...init, body });
    return {
      status: response.status,
      headers: response.headers,
      body: await readAtMost(response, maxBytes),
    };
  };
}

function headersOf(message: IncomingMessage): ReceivedHeaders {
  return {
    get: (name) => message.headers[name.toLowerCase()]?.toString() ?? null,
    *[Symbol.iterator]() {
      for (const [name, values = []] of Object.entries(message.headersDistinct)) {
        for (const value of values) yield [name, value];
      }
    },
  };
}

/** Decompresses a body as `fetch` does. What has another coding stays as it is. */
function decompress(message: IncomingMessage): Readable {
  const coding = message.headers['content-encoding']?.toLowerCase();
  if (coding === undefined || !/^(?:(?:x-)?gzip|deflate|br)$/.test(coding)) return message;
  const { createUnzip, createBrotliDecompress, constants } = process.getBuiltinModule('node:zlib');
  // The response to HEAD has the header and no body; and servers forget the end of the stream.
  const decoder =
    coding === 'br'
      ? createBrotliDecompress({ finishFlush: constants.BROTLI_OPERATION_FLUSH })
      : createUnzip({ finishFlush: constants.Z_SYNC_FLUSH });
  message.on('error', (error) => decoder.destroy(error));
  return message.pipe(decoder);
}

async function readAtMost({ body }: Response, maxBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  const reader = body?.getReader();
  for (let size = 0; reader !== undefined; ) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > maxBytes) {
      // Not awaited: whoever holds a copy of the stream can delay it for ever.
      reader.cancel().catch(() => undefined);
      return undefined;
    }
    chunks.push(value);
  }
  return join(chunks);
}

function join(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks;
  return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks);
}
