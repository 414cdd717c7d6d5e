import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { isSuccess, readError, requestIdOf } from './answer.ts';
import { readConnectionError } from './connection-error.ts';
import type { Outcome } from './retry.ts';
import { anySignal, bounded } from './runtime.ts';
import type { Signed } from './sign.ts';
import type { Runtime } from './types.ts';

/** One request that is ready to be sent. */
export interface Exchange extends Signed {
  readonly href: string;
  readonly method: string;
  readonly body: Uint8Array<ArrayBuffer> | undefined;
  /** How long it may take, the answer's body included; in milliseconds. */
  readonly patienceMs: number;
  /** The largest body that is read, in bytes. */
  readonly maxBytes: number;
  readonly signal: AbortSignal | undefined;
  readonly fetch: typeof globalThis.fetch;
  readonly runtime: Runtime;
}

/**
 * Sends one request and reads the whole answer, so that time-out and retry cover the body too.
 * @returns `undefined` where the signal ended it
 */
export async function exchange(request: Exchange): Promise<Outcome | undefined> {
  const { patienceMs, signal, runtime, secrets } = request;
  const end = new AbortController();
  try {
    const answer = sendAndRead(request, anySignal(signal, end.signal));
    const result = await bounded(answer, patienceMs, signal, runtime);
    if (result.kind !== 'value') return result.kind === 'timeout' ? { kind: 'timeout' } : undefined;
    const { value } = result;
    if (value.body === undefined) {
      const { status, headers } = value;
      return {
        kind: 'too-large',
        status,
        requestId: requestIdOf(headers, secrets),
        maxResponseBytes: request.maxBytes,
      };
    }
    return {
      kind: 'answer',
      answer: { ...value, body: value.body },
      details: isSuccess(value.status) ? undefined : readError({ ...value, body: value.body }, secrets),
    };
  } catch (error) {
    return signal?.aborted ? undefined : { kind: 'connection', error: readConnectionError(error) };
  } finally {
    // Ends a request that is still under way; of no effect on one that is done.
    end.abort();
  }
}

async function sendAndRead(
  { href, method, headers, body, maxBytes, fetch }: Exchange,
  signal: AbortSignal,
): Promise<{ status: number; headers: Headers; body: Uint8Array | undefined }> {
  await noticeClosedSockets();
  const response = await fetch(href, {
    method,
    headers,
    ...(body !== undefined && { body }),
    // A redirect would carry signature and session token to wherever it leads.
    redirect: 'manual',
    signal,
  });
  return {
    status: response.status,
    headers: response.headers,
    body: await readAtMost(response, maxBytes),
  };
}

/**
 * Reads a body as it comes, after decompression: a few kilobytes of gzip can be gigabytes.
 * @returns `undefined` if it is larger than `maxBytes`; the rest is not read
 */
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
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

/**
 * Lets Node notice which of its idle connections have been closed.
 *
 * A connection that the server closes while the process is frozen is found closed only when the event loop next
 * looks, and that is after the handler has sent its first request over it, in vain. Two turns were enough in each of
 * the cases tried (closed and reset, with and without a freeze); the third is to spare. They take microseconds.
 */
async function noticeClosedSockets(): Promise<void> {
  await eventLoopTurn();
  await eventLoopTurn();
  await eventLoopTurn();
}
