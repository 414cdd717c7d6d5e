import { randomBytes } from 'node:crypto';

/**
 * The X-Ray trace header for the integration: the caller's root if it sent one, else a new one.
 * @param received the caller's `X-Amzn-Trace-Id`
 * @param tracing whether the stage traces: then a request is sampled unless the caller decided against it
 * @returns `Root=1-<time>-<random>;Parent=<segment>;Sampled=<0|1>`
 * (https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader)
 */
export function traceContext(received: string | undefined, now: Date, tracing: boolean): string {
  const root = /(?:^|;\s?)Root=(1-[0-9a-f]{8}-[0-9a-f]{24})(?:;|$)/.exec(received ?? '')?.[1];
  const parent = /(?:^|;\s?)Parent=([0-9a-f]{16})(?:;|$)/.exec(received ?? '')?.[1];
  const sampled = /(?:^|;\s?)Sampled=([01])(?:;|$)/.exec(received ?? '')?.[1];
  const seconds = Math.floor(now.getTime() / 1000)
    .toString(16)
    .padStart(8, '0');
  return [
    `Root=${root ?? `1-${seconds}-${randomBytes(12).toString('hex')}`}`,
    `Parent=${tracing || parent === undefined ? randomBytes(8).toString('hex') : parent}`,
    `Sampled=${sampled ?? (tracing ? '1' : '0')}`,
  ].join(';');
}
