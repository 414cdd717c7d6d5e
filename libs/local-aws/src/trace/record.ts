import type { Allowed, PolicyKind } from '@cross-account-api/iam';
import * as v from 'valibot';
import { redactTokens } from '../authentication/index.ts';
import type { AuthenticationFailure } from '../authentication/outcome.ts';
import { defined } from '../core/defined.ts';
import { parseJson } from '../core/parse-json.ts';
import type { Refusal } from '../pipeline/endpoint.ts';
import type { RecordedDecision, TraceEvent } from './event.ts';

const { array, exactOptional, literal, object, string } = v;

const failureKinds: Readonly<Record<AuthenticationFailure['kind'], true>> = {
  missing: true,
  incomplete: true,
  ambiguous: true,
  'unknown-key': true,
  'invalid-token': true,
  'expired-token': true,
  'not-current': true,
  'wrong-scope': true,
  'unsigned-header': true,
  'payload-mismatch': true,
  'signature-mismatch': true,
};

const policyKind = v.custom<PolicyKind>((value) => typeof value === 'string');
const effect = v.picklist(['Allow', 'Deny']);
const statement = { kind: policyKind, policy: string(), statement: string(), effect };
const mismatches = array(object({ element: string(), expected: string(), actual: string() }));
const context = v.record(string(), v.union([string(), array(string())]));
const question = {
  principalArn: string(),
  action: string(),
  resource: string(),
  context,
  consulted: array(
    object({
      kind: policyKind,
      policy: string(),
      version: exactOptional(string()),
      statements: array(
        object({
          statement: string(),
          effect,
          matches: v.boolean(),
          mismatches,
          source: v.record(string(), v.unknown()),
        }),
      ),
    }),
  ),
};
const policy = object({ name: string(), document: v.record(string(), v.unknown()) });
const tags = v.record(string(), string());
const holder = { accountId: string(), principalArn: string(), arn: string(), userId: string(), tags };
const principal = v.variant('type', [
  object({ type: literal('Service'), service: string() }),
  object({ type: literal('Root'), ...holder }),
  object({ type: literal('User'), userName: string(), ...holder }),
  object({
    type: literal('AssumedRole'),
    roleName: string(),
    roleId: string(),
    sessionName: string(),
    issuedAt: v.pipe(
      string(),
      v.isoTimestamp(),
      v.transform((text) => new Date(text)),
    ),
    sessionPolicies: array(policy),
    transitiveTagKeys: array(string()),
    sourceIdentity: exactOptional(string()),
    issuedTo: exactOptional(string()),
    sourceFunctionArn: exactOptional(string()),
    ...holder,
  }),
]);
/** What a denial was decided on, so that a remedy can be proven. */
const basis = {
  request: object({
    principal,
    ...{ action: string(), resource: string(), resourceAccountId: string(), context },
    resourcePolicy: v.optional(policy),
    takesNoPolicy: exactOptional(literal(true)),
  }),
  policies: object({
    identity: array(policy),
    boundary: v.optional(policy),
    serviceControl: array(array(policy)),
    resourceControl: array(policy),
  }),
};
const decidedBy = array(object(statement));
const decision: v.GenericSchema<unknown, RecordedDecision> = v.union([
  object({ ...question, allowed: literal(true), decidedBy }),
  object({ ...question, ...basis, allowed: literal(false), denial: literal('explicit'), decidedBy }),
  object({
    ...question,
    ...basis,
    allowed: literal(false),
    denial: literal('implicit'),
    missing: policyKind,
    nearest: exactOptional(object({ ...statement, mismatches })),
  }),
]);

const failure = object({
  kind: v.picklist(Object.keys(failureKinds) as AuthenticationFailure['kind'][]),
  /** AWS's message for this kind of failure. */
  message: exactOptional(string()),
  accessKeyId: exactOptional(string()),
  /** As the server computed it, session tokens redacted. Present for `signature-mismatch`, as is `stringToSign`. */
  canonicalRequest: exactOptional(string()),
  stringToSign: exactOptional(string()),
  /** What the client did wrong, and what it signed, session tokens redacted. */
  clientMistake: exactOptional(object({ mistakes: array(string()), canonicalRequest: string() })),
  /** There were too many wrong signatures at once to look for the mistake in this one. */
  mistakeNotSought: exactOptional(literal(true)),
});

const traceRecord = object({
  /** ISO 8601. */
  time: v.pipe(string(), v.isoTimestamp()),
  requestId: string(),
  parentRequestId: exactOptional(string()),
  accountId: exactOptional(string()),
  principal: exactOptional(string()),
  accessKeyId: exactOptional(string()),
  service: string(),
  region: exactOptional(string()),
  operation: string(),
  decisions: array(decision),
  /** For `authorization` the reason is the last of `decisions`. */
  refusal: exactOptional(
    v.variant('step', [
      object({ step: literal('authentication'), failure }),
      object({ step: literal('authorization') }),
    ]),
  ),
  status: v.number(),
  errorCode: exactOptional(string()),
  errorMessage: exactOptional(string()),
  functionError: exactOptional(string()),
  durationMs: v.number(),
  faults: exactOptional(array(v.looseObject({ type: string(), rule: string() }))),
  softened: exactOptional(v.boolean()),
  probe: exactOptional(v.boolean()),
});

/** Why a request was not authenticated. */
export type FailureRecord = v.InferOutput<typeof failure>;

/** A {@link TraceEvent} as plain JSON without secrets: one line of `trace.jsonl`. */
export type TraceRecord = v.InferOutput<typeof traceRecord>;

/**
 * The record of an event, with tokens redacted. Only denials keep the policies: for an allowed request they would cost too
 * much.
 */
export function recordOf({
  time,
  refusal,
  decisions,
  clientMistake,
  faults,
  ...rest
}: TraceEvent): TraceRecord {
  return defined({
    time: time.toISOString(),
    ...rest,
    decisions: decisions.map((each) => (each.allowed ? withoutPolicies(each) : { ...each })),
    refusal: refusal && recordRefusal(refusal, clientMistake),
    faults: faults?.map((fault) => ({ ...fault })),
  });
}

/** Reads a line of `trace.jsonl`; `undefined` if it is incomplete, or if another version wrote it. */
export function parseRecord(line: string): TraceRecord | undefined {
  const result = v.safeParse(traceRecord, parseJson(line));
  return result.success ? result.output : undefined;
}

/** Never reads `consulted`, whose getter would collect it. */
function withoutPolicies({ allowed, principalArn, action, resource, context, decidedBy }: Allowed): Allowed {
  return { allowed, principalArn, action, resource, context, decidedBy, consulted: [] };
}

function recordRefusal(refusal: Refusal, mistake: TraceEvent['clientMistake']): TraceRecord['refusal'] {
  if (refusal.step === 'authorization') return { step: 'authorization' };
  const { kind, ...facts }: FailureFacts = refusal.failure;
  return {
    step: 'authentication',
    failure: defined({
      kind,
      message: facts.message && redactTokens(facts.message),
      accessKeyId: facts.accessKeyId,
      canonicalRequest: facts.canonicalRequest && redactTokens(facts.canonicalRequest),
      stringToSign: facts.stringToSign,
      ...recordMistake(mistake),
    }),
  };
}

/** Every kind of failure, with the members of all. */
type FailureFacts = Pick<
  FailureRecord,
  'kind' | 'message' | 'accessKeyId' | 'canonicalRequest' | 'stringToSign'
>;

function recordMistake(
  mistake: TraceEvent['clientMistake'],
): Pick<FailureRecord, 'clientMistake' | 'mistakeNotSought'> {
  if (mistake === undefined) return {};
  if (mistake === 'not sought') return { mistakeNotSought: true };
  const { mistakes, canonicalRequest } = mistake;
  return { clientMistake: { mistakes: [...mistakes], canonicalRequest: redactTokens(canonicalRequest) } };
}
