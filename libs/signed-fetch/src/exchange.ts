import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { isSuccess, readError } from './answer.ts';
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
    return {
      kind: 'answer',
      answer: value,
      details: isSuccess(value.status) ? undefined : readError(value, secrets),
    };
  } catch (error) {
    return signal?.aborted ? undefined : { kind: 'connection', error: readConnectionError(error) };
  } finally {
    // Ends a request that is still under way; of no effect on one that is done.
    end.abort();
  }
}

async function sendAndRead(
  { href, method, headers, body, fetch }: Exchange,
  signal: AbortSignal,
): Promise<{ status: number; headers: Headers; body: Uint8Array }> {
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
    body: new Uint8Array(await response.arrayBuffer()),
  };
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
