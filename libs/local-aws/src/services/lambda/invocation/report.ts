import { parseTraceHeader } from '../../../core/trace-header.ts';

/*
 * The lines of Lambda in a function's log (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html).
 */

interface Ending {
  readonly status: 'success' | 'error' | 'timeout';
  readonly errorType: string | undefined;
}

/** An init phase that failed. */
export function initReport(durationMs: number, ending: Ending): string {
  return `INIT_REPORT Init Duration: ${durationMs.toFixed(2)} ms\tPhase: init\t${statusColumn(ending)}`;
}

/** The REPORT of an invocation. */
export function report(
  event: Ending & {
    readonly requestId: string;
    readonly durationMs: number;
    readonly memorySizeMb: number;
    readonly maxMemoryUsedMb: number;
    /** Present for a cold start. */
    readonly initDurationMs: number | undefined;
    readonly traceHeader: string;
  },
): string {
  const { durationMs, initDurationMs } = event;
  // Since August 2025 the init phase is billed too.
  const billedMs = Math.max(1, Math.ceil(durationMs + (initDurationMs ?? 0)));
  const { root, parent, sampled } = parseTraceHeader(event.traceHeader);
  return [
    `REPORT RequestId: ${event.requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${billedMs} ms`,
    `Memory Size: ${event.memorySizeMb} MB`,
    `Max Memory Used: ${event.maxMemoryUsedMb} MB`,
    ...(initDurationMs === undefined ? [] : [`Init Duration: ${initDurationMs.toFixed(2)} ms`]),
    ...(event.status === 'success' ? [] : [statusColumn(event)]),
    sampled === '1' ? `\nXRAY TraceId: ${root}\tSegmentId: ${parent}\tSampled: true\t` : '',
  ].join('\t');
}

function statusColumn({ status, errorType }: Ending): string {
  return `Status: ${status}${errorType === undefined ? '' : `\tError Type: ${errorType}`}`;
}
