import { propertiesOf } from './properties.ts';
import { matches } from './text.ts';

/** The trace of a request, in the form of the W3C. An invalid value is not passed on. */
export interface TraceContext {
  readonly traceparent?: unknown;
  readonly tracestate?: unknown;
}

/** https://www.w3.org/TR/trace-context/#traceparent-header-field-values */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;

/** The W3C asks for 512 characters at least. */
const TRACESTATE = /^[!-~](?:[ -~\t]{0,510}[!-~])?$/;

/** OpenTelemetry's API registers its propagator here. It then writes the headers itself, with its own span as the parent. */
const OPEN_TELEMETRY = Symbol.for('opentelemetry.js.api.1');

/**
 * Reads the trace of the event that invoked the function: its headers, if it is a request by API Gateway, a function URL or a load balancer.
 */
export function traceContextOf(event: unknown): TraceContext {
  const headers = Object.entries(propertiesOf(propertiesOf(event).headers));
  return Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
}

/** The headers that pass a trace on. There are none if it is invalid, or if OpenTelemetry writes them. */
export function traceHeaders({ traceparent, tracestate }: TraceContext = {}): Record<string, string> {
  const { propagation } = propertiesOf(Reflect.get(globalThis, OPEN_TELEMETRY));
  if (propagation !== undefined || !matches(traceparent, TRACEPARENT)) return {};
  return { traceparent, ...(matches(tracestate, TRACESTATE) && { tracestate }) };
}
