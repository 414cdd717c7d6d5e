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
  /** Why the environment was lost: the error's message, and its type where AWS adds it. */
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
 * The log line for an event, in the function's log format. `undefined` if the format or its system log level has none. Text: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html; JSON:
 * https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html.
 */
export function platformLine(event: PlatformEvent, logging: FunctionLogging, now: Date): string | undefined {
  return logging.format === 'JSON' ? jsonLine(event, logging.systemLevel, now) : textLine(event);
}

function textLine(event: PlatformEvent): string {
  switch (event.type) {
    case 'initStart':
      return `INIT_START Runtime Version: ${event.runtimeVersion}`;
    case 'initReport':
      return `INIT_REPORT Init Duration: ${ms(event.durationMs)} ms\tPhase: ${event.phase}\tStatus: ${event.status}${errorTypeColumn(event.errorType)}`;
    case 'start':
      return `START RequestId: ${event.requestId} Version: ${event.version}`;
    case 'fault':
      return event.text;
    case 'end':
      return `END RequestId: ${event.requestId}`;
    case 'report': {
      const columns = [
        `REPORT RequestId: ${event.requestId}`,
        `Duration: ${ms(event.durationMs)} ms`,
        `Billed Duration: ${billedMs(event)} ms`,
        `Memory Size: ${event.memorySizeMb} MB`,
        `Max Memory Used: ${event.maxMemoryUsedMb} MB`,
        ...(event.initDurationMs === undefined ? [] : [`Init Duration: ${ms(event.initDurationMs)} ms`]),
        ...(event.status === 'success' ? [] : [`Status: ${event.status}${errorTypeColumn(event.errorType)}`]),
      ];
      const trace = parseTrace(event.traceId);
      const xray = trace.sampled
        ? `\nXRAY TraceId: ${trace.root}\tSegmentId: ${trace.parent}\tSampled: true\t`
        : '';
      return `${columns.join('\t')}\t${xray}`;
    }
  }
}

function errorTypeColumn(errorType: string | undefined): string {
  return errorType === undefined ? '' : `\tError Type: ${errorType}`;
}

function jsonLine(event: PlatformEvent, level: string, now: Date): string | undefined {
  const failed = 'status' in event && event.status !== 'success';
  if (event.type === 'end' || event.type === 'fault') return undefined;
  if (level === 'WARN' && !failed) return undefined;
  return JSON.stringify({
    time: now.toISOString(),
    type: `platform.${event.type}`,
    record: jsonRecord(event),
  });
}

function jsonRecord(event: Exclude<PlatformEvent, { type: 'end' | 'fault' }>): object {
  switch (event.type) {
    case 'initStart':
      return { initializationType: 'on-demand', phase: 'init', runtimeVersion: event.runtimeVersion };
    case 'initReport':
      return {
        initializationType: 'on-demand',
        phase: event.phase,
        status: event.status,
        errorType: event.errorType,
        metrics: { durationMs: Number(ms(event.durationMs)) },
      };
    case 'start':
      return { requestId: event.requestId, version: event.version };
    case 'report': {
      const trace = parseTrace(event.traceId);
      return {
        requestId: event.requestId,
        metrics: {
          durationMs: Number(ms(event.durationMs)),
          billedDurationMs: billedMs(event),
          memorySizeMB: event.memorySizeMb,
          maxMemoryUsedMB: event.maxMemoryUsedMb,
          initDurationMs: event.initDurationMs === undefined ? undefined : Number(ms(event.initDurationMs)),
        },
        status: event.status,
        errorType: event.errorType,
        tracing: trace.sampled
          ? { spanId: trace.parent, type: 'X-Amzn-Trace-Id', value: event.traceId }
          : undefined,
      };
    }
  }
}

function ms(duration: number): string {
  return duration.toFixed(2);
}

/** Since August 2025 the init phase is billed too. */
function billedMs(report: InvocationReport): number {
  return Math.max(1, Math.ceil(report.durationMs + (report.initDurationMs ?? 0)));
}

function parseTrace(header: string): { root: string; parent: string; sampled: boolean } {
  const part = (name: string) => new RegExp(`(?:^|;)${name}=([^;]*)`).exec(header)?.[1] ?? '';
  return { root: part('Root'), parent: part('Parent'), sampled: part('Sampled') === '1' };
}
