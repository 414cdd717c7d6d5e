import { redactTokens } from '../authentication/index.ts';
import type { AuthenticationFailure } from '../authentication/outcome.ts';
import type { Decision } from '../authorization/decision.ts';
import type { Refusal } from '../pipeline/endpoint.ts';
import type { TraceEvent } from './store.ts';

/** Why a request was not authenticated, without anything that is secret. */
export interface RecordedFailure {
  readonly kind: AuthenticationFailure['kind'];
  /** AWS's sentence, where the kind has one. */
  readonly message?: string;
  readonly accessKeyId?: string;
  /** As the server computed it, session tokens redacted. Present for `signature-mismatch`. */
  readonly canonicalRequest?: string;
  readonly stringToSign?: string;
  /** What the client did, where that could be found out. */
  readonly clientMistake?: {
    readonly mistakes: readonly string[];
    /** What the client signed, session tokens redacted. */
    readonly canonicalRequest: string;
  };
  /** There were too many wrong signatures at once for looking into this one. */
  readonly mistakeNotSought?: true;
}

/** Why a request got no further; for `authorization` the reason is the last of the event's decisions. */
export type RecordedRefusal =
  | { readonly step: 'authentication'; readonly failure: RecordedFailure }
  | { readonly step: 'authorization' };

/** One request, as a line of `trace.jsonl` has it: plain data, without secrets. */
export interface RecordedEvent extends Omit<TraceEvent, 'time' | 'refusal' | 'clientMistake'> {
  /** ISO 8601. */
  readonly time: string;
  readonly refusal?: RecordedRefusal;
}

/**
 * An event as it is written to `trace.jsonl`: one `JSON.stringify` away from its line. Session tokens are redacted. The
 * policies that were consulted are kept for denials alone: working them out for every request that was let through would
 * cost more than the request.
 * @example
 * trace.subscribe((event) => file.write(`${JSON.stringify(recordOf(event))}\n`));
 */
export function recordOf(event: TraceEvent): RecordedEvent {
  const { time, refusal, decisions, clientMistake, ...rest } = event;
  return {
    time: time.toISOString(),
    ...rest,
    decisions: decisions.map(recordDecision),
    ...(refusal === undefined ? {} : { refusal: recordRefusal(refusal, clientMistake) }),
  };
}

function recordDecision(decision: Decision): Decision {
  return decision.allowed ? { ...withoutConsulted(decision), consulted: [] } : { ...decision };
}

/** A copy that does not read `consulted`, which would work it out. */
function withoutConsulted<T extends Decision>(decision: T): Omit<T, 'consulted'> {
  const copy: Partial<Record<keyof T, unknown>> = {};
  for (const key of Object.keys(decision) as (keyof T)[]) {
    if (key !== 'consulted') copy[key] = decision[key];
  }
  return copy as Omit<T, 'consulted'>;
}

function recordRefusal(refusal: Refusal, mistake: TraceEvent['clientMistake']): RecordedRefusal {
  if (refusal.step === 'authorization') return { step: 'authorization' };
  const { failure } = refusal;
  return {
    step: 'authentication',
    failure: {
      kind: failure.kind,
      ...('message' in failure ? { message: redactTokens(failure.message) } : {}),
      ...('accessKeyId' in failure ? { accessKeyId: failure.accessKeyId } : {}),
      ...(failure.kind === 'signature-mismatch'
        ? { canonicalRequest: redactTokens(failure.canonicalRequest), stringToSign: failure.stringToSign }
        : {}),
      ...recordMistake(mistake),
    },
  };
}

function recordMistake(
  mistake: TraceEvent['clientMistake'],
): Pick<RecordedFailure, 'clientMistake' | 'mistakeNotSought'> {
  if (mistake === undefined) return {};
  if (mistake === 'not sought') return { mistakeNotSought: true };
  const { mistakes, clientCanonicalRequest } = mistake;
  return { clientMistake: { mistakes, canonicalRequest: redactTokens(clientCanonicalRequest) } };
}
