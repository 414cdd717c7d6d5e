import { parseTraceHeader } from '../../../core/trace-header.ts';
import type { FunctionLogging } from '../functions/settings.ts';

/** An entry of Lambda's own in a function's log, in both log formats. */
export interface PlatformEvent {
  /** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html */
  readonly text: string;
  /**
   * https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html. Absent for entries that JSON logs do not
   * have.
   */
  readonly json?: {
    readonly type: string;
    readonly record: { readonly status?: string; readonly [member: string]: unknown };
  };
}

/** The log line for an event, in the function's log format. Returns `undefined` if this format or log level omits the event. */
export function platformLine(
  { text, json }: PlatformEvent,
  { LogFormat, SystemLogLevel }: FunctionLogging,
  now: Date,
): string | undefined {
  if (LogFormat === 'Text') return text;
  if (json === undefined) return undefined;
  const { type, record } = json;
  const { status = 'success' } = record;
  if (SystemLogLevel === 'WARN' && status === 'success') return undefined;
  return JSON.stringify({ time: now.toISOString(), type: `platform.${type}`, record });
}

/** The first line of a cold start. */
export function initStart(runtimeVersion: string): PlatformEvent {
  return {
    text: `INIT_START Runtime Version: ${runtimeVersion}`,
    json: {
      type: 'initStart',
      record: { initializationType: 'on-demand', phase: 'init', runtimeVersion },
    },
  };
}

/** An init phase that failed. @param phase `invoke` if it ran as part of the invocation */
export function initReport(event: {
  readonly phase: 'init' | 'invoke';
  readonly durationMs: number;
  readonly status: 'error' | 'timeout';
  readonly errorType: string | undefined;
}): PlatformEvent {
  const { durationMs, ...facts } = event;
  return {
    text: `INIT_REPORT Init Duration: ${durationMs.toFixed(2)} ms\tPhase: ${facts.phase}\t${statusColumn(facts)}`,
    json: {
      type: 'initReport',
      record: {
        initializationType: 'on-demand',
        ...facts,
        metrics: { durationMs: rounded(durationMs) },
      },
    },
  };
}

/** The beginning of an invocation. */
export function start(requestId: string, version: string): PlatformEvent {
  return {
    text: `START RequestId: ${requestId} Version: ${version}`,
    json: { type: 'start', record: { requestId, version } },
  };
}

/** The REPORT of an invocation. */
export function report(event: {
  readonly requestId: string;
  readonly durationMs: number;
  readonly memorySizeMb: number;
  readonly maxMemoryUsedMb: number;
  /** Present for a cold start. */
  readonly initDurationMs: number | undefined;
  readonly status: 'success' | 'error' | 'timeout';
  readonly errorType: string | undefined;
  readonly traceHeader: string;
}): PlatformEvent {
  const { requestId, durationMs, memorySizeMb, maxMemoryUsedMb, initDurationMs, status, errorType } = event;
  // Since August 2025 the init phase is billed too.
  const billedMs = Math.max(1, Math.ceil(durationMs + (initDurationMs ?? 0)));
  const trace = parseTraceHeader(event.traceHeader);
  const isSampled = trace.sampled === '1';
  const columns = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${billedMs} ms`,
    `Memory Size: ${memorySizeMb} MB`,
    `Max Memory Used: ${maxMemoryUsedMb} MB`,
    ...(initDurationMs === undefined ? [] : [`Init Duration: ${initDurationMs.toFixed(2)} ms`]),
    ...(status === 'success' ? [] : [statusColumn(event)]),
    isSampled ? `\nXRAY TraceId: ${trace.root}\tSegmentId: ${trace.parent}\tSampled: true\t` : '',
  ];
  const metrics = {
    durationMs: rounded(durationMs),
    billedDurationMs: billedMs,
    memorySizeMB: memorySizeMb,
    maxMemoryUsedMB: maxMemoryUsedMb,
    initDurationMs: initDurationMs && rounded(initDurationMs),
  };
  const tracing = { spanId: trace.parent, type: 'X-Amzn-Trace-Id', value: event.traceHeader };
  return {
    text: columns.join('\t'),
    json: {
      type: 'report',
      record: { requestId, metrics, status, errorType, ...(isSampled && { tracing }) },
    },
  };
}

function statusColumn({
  status,
  errorType,
}: {
  readonly status: string;
  readonly errorType: string | undefined;
}) {
  return `Status: ${status}${errorType === undefined ? '' : `\tError Type: ${errorType}`}`;
}

function rounded(ms: number): number {
  return Number(ms.toFixed(2));
}
