import * as v from 'valibot';
import type { ConsultedPolicy, Decision, Mismatch, NearMiss, PolicyKind } from '../authorization/decision.ts';
import type { RecordedEvent, RecordedFailure } from './record.ts';

const kind: v.GenericSchema<unknown, PolicyKind> = v.picklist([
  'identity-based policy',
  'resource-based policy',
  'role trust policy',
  'session policy',
  'permissions boundary',
  'service control policy',
]);
const effect = v.picklist(['Allow', 'Deny']);
const reference = { kind, policy: v.string(), statement: v.string(), effect };
const mismatch: v.GenericSchema<unknown, Mismatch> = v.object({
  element: v.string(),
  expected: v.string(),
  actual: v.string(),
});

const nearest: v.GenericSchema<unknown, NearMiss> = v.object({
  ...reference,
  mismatches: v.array(mismatch),
});

const consulted: v.GenericSchema<unknown, ConsultedPolicy> = v.object({
  kind,
  policy: v.string(),
  version: v.exactOptional(v.string()),
  statements: v.array(
    v.object({
      statement: v.string(),
      effect,
      matches: v.boolean(),
      mismatches: v.array(mismatch),
      source: v.record(v.string(), v.unknown()),
    }),
  ),
});

const base = {
  principalArn: v.string(),
  action: v.string(),
  resource: v.string(),
  context: v.record(v.string(), v.union([v.string(), v.array(v.string())])),
  consulted: v.array(consulted),
};
const decidedBy = v.array(v.object(reference));

const decision: v.GenericSchema<unknown, Decision> = v.union([
  v.object({ ...base, allowed: v.literal(true), decidedBy }),
  v.object({ ...base, allowed: v.literal(false), denial: v.literal('explicit'), decidedBy }),
  v.object({
    ...base,
    allowed: v.literal(false),
    denial: v.literal('implicit'),
    missing: kind,
    nearest: v.exactOptional(nearest),
  }),
]);

const failure: v.GenericSchema<unknown, RecordedFailure> = v.object({
  kind: v.picklist([
    'missing',
    'incomplete',
    'ambiguous',
    'unknown-key',
    'invalid-token',
    'expired-token',
    'not-current',
    'wrong-scope',
    'unsigned-header',
    'payload-mismatch',
    'signature-mismatch',
  ]),
  message: v.exactOptional(v.string()),
  accessKeyId: v.exactOptional(v.string()),
  canonicalRequest: v.exactOptional(v.string()),
  stringToSign: v.exactOptional(v.string()),
  clientMistake: v.exactOptional(v.object({ mistakes: v.array(v.string()), canonicalRequest: v.string() })),
  mistakeNotSought: v.exactOptional(v.literal(true)),
});

const recordedEvent: v.GenericSchema<unknown, RecordedEvent> = v.object({
  time: v.pipe(v.string(), v.isoTimestamp()),
  requestId: v.string(),
  parentRequestId: v.exactOptional(v.string()),
  accountId: v.exactOptional(v.string()),
  principal: v.exactOptional(v.string()),
  accessKeyId: v.exactOptional(v.string()),
  service: v.string(),
  region: v.exactOptional(v.string()),
  operation: v.string(),
  decisions: v.array(decision),
  refusal: v.exactOptional(
    v.variant('step', [
      v.object({ step: v.literal('authentication'), failure }),
      v.object({ step: v.literal('authorization') }),
    ]),
  ),
  status: v.number(),
  errorCode: v.exactOptional(v.string()),
  errorMessage: v.exactOptional(v.string()),
  durationMs: v.number(),
});

/**
 * Reads a line of `trace.jsonl`.
 * @returns `undefined` for what is no such line: a line that is just being written, or one of another version
 */
export function parseRecordedEvent(line: string): RecordedEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const result = v.safeParse(recordedEvent, value);
  return result.success ? result.output : undefined;
}
