import type { Duplex } from 'node:stream';
import * as v from 'valibot';
import { parseJson } from '../../../core/parse-json.ts';

/** An invocation as the runtime receives it. */
export interface RuntimeInvocation {
  readonly requestId: string;
  readonly functionArn: string;
  /** Milliseconds since the epoch, by the machine's clock: the function compares it with its own `Date.now()`. */
  readonly deadlineMs: number;
  readonly traceId: string;
  readonly clientContext?: string;
  readonly payload: string;
}

/** Tells the runtime that a hold by a debugger begins or ends: see hold-timers.cjs. */
export interface HoldMessage {
  readonly held: boolean;
}

const answer = { id: v.string(), maxRssKb: v.number(), body: v.string() };
const messageSchema = v.variant('kind', [
  v.object({ kind: v.literal('ready'), id: v.literal('init'), maxRssKb: v.number() }),
  v.object({ kind: v.literal('response'), ...answer }),
  v.object({ kind: v.picklist(['error', 'crash']), ...answer, errorType: v.string() }),
]);

/**
 * A message from the runtime. `id` is the request ID of the invocation, or `init`; `body` is JSON; `maxRssKb` is the process's peak
 * memory. The runtime then waits for an invocation. After `crash`, an error that no handler caught, its process exits.
 */
export type RuntimeMessage = v.InferOutput<typeof messageSchema>;

/** The longest message, in UTF-16 units: the largest response, if JSON escapes each of its characters. */
const MAX_MESSAGE = 6 * 6_291_556;

/**
 * Connects to an execution environment's runtime by a pipe, with one JSON document a line. AWS uses an HTTP API; here, other users
 * and web pages could reach its port. The function's code can write to the pipe: an invalid message closes it and ends the runtime.
 * @returns the function that sends a message. It throws if the process has closed the pipe
 */
export function connectRuntime(
  pipe: Duplex,
  receive: (message: RuntimeMessage) => void,
): (message: RuntimeInvocation | HoldMessage) => void {
  let line = '';
  pipe.setEncoding('utf8').on('data', (chunk: string) => {
    const [end = '', ...next] = chunk.split('\n');
    line += end;
    for (const start of next) {
      const message = v.safeParse(messageSchema, parseJson(line));
      if (!message.success) {
        pipe.destroy();
        return;
      }
      receive(message.output);
      line = start;
    }
    if (line.length > MAX_MESSAGE) pipe.destroy();
  });
  // The process has ended. Its exit is reported separately.
  pipe.on('error', () => {});
  return (message) => {
    if (!pipe.writable)
      throw new Error(`The runtime cannot receive ${'held' in message ? 'a hold' : message.requestId}.`);
    pipe.write(`${JSON.stringify(message)}\n`);
  };
}
