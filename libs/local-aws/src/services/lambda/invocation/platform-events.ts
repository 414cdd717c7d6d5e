import { parseTraceHeader } from '../../../core/trace-header.ts';
import type { FunctionLogging } from '../functions/settings.ts';

/** Lambda's own entries in a function's log. */
export type PlatformEvent =
  | { readonly type: 'initStart'; readonly runtimeVersion: string }
  | {
      readonly type: 'initReport';
      readonly phase: 'init' | 'invoke';
      readonly durationMs: number;
      readonly status: 'error' | 'timeout';
      readonly errorType: string | undefined;
    }
  | { readonly type: 'start'; readonly requestId: string; readonly version: string }
  /** Why the environment was lost: the error's message, and its type if AWS adds it. */
  | { readonly type: 'fault'; readonly text: string }
  | { readonly type: 'end'; readonly requestId: string }
  | InvocationReport;

/** The REPORT of an invocation. */
export interface InvocationReport {
  readonly type: 'report';
  readonly requestId: string;
  readonly durationMs: number;
  readonly memorySizeMb: number;
  readonly maxMemoryUsedMb: number;
  /** Present for a cold start. */
  readonly initDurationMs: number | undefined;
  readonly status: 'success' | 'error' | 'timeout';
  readonly errorType: string | undefined;
  readonly traceId: string;
}

/**
 * The log line for an event, in the function's log format. `undefined` if the format or its system log level has none.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html for `Text`
 * @see https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html for `JSON`
 */
export function platformLine(event: PlatformEvent, logging: FunctionLogging, now: Date): string | undefined {
  const { text, record } = describeEvent(event);
  if (logging.LogFormat === 'Text') return text;
  const hasFailed = 'status' in event && event.status !== 'success';
  if (record === undefined || (logging.SystemLogLevel === 'WARN' && !hasFailed)) return undefined;
  return JSON.stringify({ time: now.toISOString(), type: `platform.${event.type}`, record });
}

/** Both forms of an event. JSON logs have no record for some. */
function describeEvent(event: PlatformEvent): { readonly text: string; readonly record?: object } {
  switch (event.type) {
    case 'initStart': {
      const { runtimeVersion } = event;
      return {
        text: `INIT_START Runtime Version: ${runtimeVersion}`,
        record: { initializationType: 'on-demand', phase: 'init', runtimeVersion },
      };
    }
    case 'initReport': {
      const { phase, durationMs, status, errorType } = event;
      return {
        text: `INIT_REPORT Init Duration: ${durationMs.toFixed(2)} ms\tPhase: ${phase}\tStatus: ${status}${errorTypeColumn(errorType)}`,
        record: {
          initializationType: 'on-demand',
          phase,
          status,
          errorType,
          metrics: { durationMs: rounded(durationMs) },
        },
      };
    }
    case 'start': {
      const { requestId, version } = event;
      return {
        text: `START RequestId: ${requestId} Version: ${version}`,
        record: { requestId, version },
      };
    }
    case 'fault':
      return { text: event.text };
    case 'end':
      return { text: `END RequestId: ${event.requestId}` };
    case 'report':
      return describeReport(event);
  }
}

function describeReport(event: InvocationReport) {
  const { requestId, durationMs, memorySizeMb, maxMemoryUsedMb, initDurationMs, status, errorType } = event;
  const trace = parseTraceHeader(event.traceId);
  const isSampled = trace.sampled === '1';
  const columns = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${billedMs(event)} ms`,
    `Memory Size: ${memorySizeMb} MB`,
    `Max Memory Used: ${maxMemoryUsedMb} MB`,
    ...(initDurationMs === undefined ? [] : [`Init Duration: ${initDurationMs.toFixed(2)} ms`]),
    ...(status === 'success' ? [] : [`Status: ${status}${errorTypeColumn(errorType)}`]),
    isSampled ? `\nXRAY TraceId: ${trace.root}\tSegmentId: ${trace.parent}\tSampled: true\t` : '',
  ];
  return {
    text: columns.join('\t'),
    record: {
      requestId,
      metrics: {
        durationMs: rounded(durationMs),
        billedDurationMs: billedMs(event),
        memorySizeMB: memorySizeMb,
        maxMemoryUsedMB: maxMemoryUsedMb,
        initDurationMs: initDurationMs === undefined ? undefined : rounded(initDurationMs),
      },
      status,
      errorType,
      tracing: isSampled
        ? { spanId: trace.parent, type: 'X-Amzn-Trace-Id', value: event.traceId }
        : undefined,
    },
  };
}

function errorTypeColumn(errorType: string | undefined): string {
  return errorType === undefined ? '' : `\tError Type: ${errorType}`;
}

function rounded(ms: number): number {
  return Number(ms.toFixed(2));
}

/** Since August 2025 the init phase is billed too. */
function billedMs(report: InvocationReport): number {
  return Math.max(1, Math.ceil(report.durationMs + (report.initDurationMs ?? 0)));
}
