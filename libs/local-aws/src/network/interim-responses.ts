import type { ServerResponse } from 'node:http';
import type { Holds } from '../core/holds.ts';

/**
 * Python's HTTP client skips `100` and takes `102` for the answer (https://github.com/python/cpython/blob/3.13/Lib/http/client.py,
 * `begin`). Node's `fetch` skips `102` and fails at a `100` for which it has not asked
 * (https://github.com/nodejs/undici/blob/main/lib/dispatcher/client-h1.js, `onHeadersComplete`).
 */
const PYTHON = /\b(?:aws-cli|boto3|botocore|python|urllib3)\b/i;

/** Keeps clients waiting while a debugger holds a function. */
export type InterimResponses = ReturnType<typeof createInterimResponses>;

/**
 * Sends an interim response to each waiting client, as long as a function is held (RFC 9110, section 15.2).
 * @param intervalMs the time between two of them
 */
export function createInterimResponses(holds: Holds, intervalMs: number) {
  const waiting = new Set<ServerResponse>();
  let heldBefore = 0;
  let timer: NodeJS.Timeout | undefined;
  const send = () => {
    const { heldMs } = holds;
    const wasHeld = heldMs !== heldBefore;
    heldBefore = heldMs;
    if (!wasHeld) return;
    for (const response of waiting) {
      const { headers, httpVersion } = response.req;
      if (response.headersSent || response.destroyed || httpVersion !== '1.1') continue;
      if (PYTHON.test(headers['user-agent'] ?? '')) response.writeContinue();
      else response.writeProcessing();
    }
  };
  // It does not start anew at each step of a debugger, or no client would ever get one.
  const unsubscribe = holds.subscribe(() => {
    timer ??= setInterval(send, intervalMs).unref();
  });
  return {
    /** The client waits for an answer. @returns a function to call before the answer is sent */
    add(response: ServerResponse): () => void {
      waiting.add(response);
      return () => void waiting.delete(response);
    },
    close(): void {
      unsubscribe();
      clearInterval(timer);
    },
  };
}
