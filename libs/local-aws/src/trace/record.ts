import type { Allowed } from '@cross-account-api/iam';
import * as v from 'valibot';
import { redactTokens } from '../authentication/explanation.ts';
import type { AuthenticationFailure } from '../authentication/outcome.ts';
import { defined } from '../core/defined.ts';
import { parseJson } from '../core/parse-json.ts';
import type { TraceEvent } from './event.ts';

/** Why a request was not authenticated. Session tokens are redacted. */
export interface FailureRecord {
  readonly kind: AuthenticationFailure['kind'];
  /** AWS's message for this kind of failure. */
  readonly message?: string;
  readonly accessKeyId?: string;
  /** As the server computed it. Present for `signature-mismatch`, as is `stringToSign`. */
  readonly canonicalRequest?: string;
  readonly stringToSign?: string;
  /** The client's mistakes, and the canonical request that it signed. */
  readonly clientMistake?: { readonly mistakes: readonly string[]; readonly canonicalRequest: string };
  /** There were too many wrong signatures at once to look for the mistake in this one. */
  readonly mistakeNotSought?: true;
}

/** A {@link TraceEvent} as plain JSON without secrets: one line of `trace.jsonl`. */
export interface TraceRecord extends Omit<TraceEvent, 'time' | 'refusal' | 'clientMistake'> {
  /** ISO 8601. */
  readonly time: string;
  /** For `authorization` the reason is the last of `decisions`. */
  readonly refusal?:
    | { readonly step: 'authentication'; readonly failure: FailureRecord }
    | { readonly step: 'authorization' };
}

const text = v.string();
const time = v.pipe(text, v.isoTimestamp());
// As a record, it leaves out `__proto__`.
const context = v.record(text, v.union([text, v.array(text)]));
const toDate = v.transform((iso: string) => new Date(iso));
const issuedAt = v.exactOptional(v.pipe(time, toDate));

/** Tells a record of this version from other lines. Only this user can write the file, so the rest is not checked. */
const schema = v.looseObject({
  time,
  requestId: text,
  service: text,
  operation: text,
  status: v.number(),
  durationMs: v.number(),
  decisions: v.array(
    v.looseObject({
      principalArn: text,
      action: text,
      resource: text,
      allowed: v.boolean(),
      context,
      consulted: v.array(v.unknown()),
      request: v.exactOptional(v.looseObject({ principal: v.looseObject({ issuedAt }), context })),
    }),
  ),
});

/** The record of an event, with tokens redacted. Only denials keep policies: they would cost too much for each allowed request. */
export function recordOf({
  time,
  refusal,
  decisions,
  clientMistake,
  failure,
  ...rest
}: TraceEvent): TraceRecord {
  return defined({
    time: time.toISOString(),
    ...rest,
    failure: failure && { ...failure, errorMessage: redactTokens(failure.errorMessage) },
    decisions: decisions.map((each) => (each.allowed ? withoutPolicies(each) : { ...each })),
    refusal:
      refusal?.step === 'authentication'
        ? { step: refusal.step, failure: failureRecord(refusal.failure, clientMistake) }
        : refusal && { step: refusal.step },
  });
}

/** Reads a line of `trace.jsonl`; `undefined` if it is incomplete, or if another version wrote it. */
export function parseRecord(line: string): TraceRecord | undefined {
  const { success, output } = v.safeParse(schema, parseJson(line));
  return success ? (output as unknown as TraceRecord) : undefined;
}

/** Never reads `consulted`, whose getter would collect it. */
function withoutPolicies({ allowed, principalArn, action, resource, context, decidedBy }: Allowed): Allowed {
  return { allowed, principalArn, action, resource, context, decidedBy, consulted: [] };
}

function failureRecord(failure: AuthenticationFailure, mistake: TraceEvent['clientMistake']): FailureRecord {
  // All members of all kinds of failure.
  const { kind, message, accessKeyId, canonicalRequest, stringToSign }: FailureRecord = failure;
  return defined({
    kind,
    message: message && redactTokens(message),
    accessKeyId,
    canonicalRequest: canonicalRequest && redactTokens(canonicalRequest),
    stringToSign,
    clientMistake:
      mistake === undefined || mistake === 'not sought'
        ? undefined
        : { ...mistake, canonicalRequest: redactTokens(mistake.canonicalRequest) },
    mistakeNotSought: mistake === 'not sought' || undefined,
  });
}
