import type { LocalAws, TraceEvent } from '@cross-account-api/local-aws';
import { serveLocalAws } from '../lib/serve-local-aws.ts';

/** The parts of a trace event that judge a run. One process sends them to the other. */
export interface ObservedEvent {
  readonly service: string;
  readonly operation: string;
  readonly requestId: string;
  readonly parentRequestId?: string | undefined;
  readonly accessKeyId?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly status: number;
  readonly faults: readonly { readonly type: string; readonly rule: string }[];
  /** The session that signed, if it is one of an assumed role. */
  readonly session?:
    | { readonly environment: string; readonly issuedAt: number; readonly expiresAt: number }
    | undefined;
  /** The access key that was refused as expired or unknown. */
  readonly refusedKey?: string | undefined;
}

/** The services whose requests faults strike, Lambda, which invokes callers, and IAM, which changes the invoke role. */
const SERVICES = new Set(['execute-api', 'sts', 'dynamodb', 'lambda', 'iam']);

await serveLocalAws((event, aws) => observe(event, aws.directory));

/** @returns `undefined` for an event that does not matter for a run */
function observe(event: TraceEvent, directory: LocalAws['directory']): ObservedEvent | undefined {
  const { service, operation, requestId, parentRequestId, accessKeyId, faults = [], refusal } = event;
  if (!SERVICES.has(service)) return undefined;
  const failure = refusal?.step === 'authentication' ? refusal.failure : undefined;
  const refused = failure?.kind === 'expired-token' || failure?.kind === 'unknown-key' ? failure : undefined;
  const session =
    service === 'execute-api' && accessKeyId !== undefined ? sessionOf(accessKeyId, directory) : undefined;
  return {
    service,
    operation,
    requestId,
    parentRequestId,
    accessKeyId,
    at: event.time.getTime(),
    status: event.status,
    faults: faults.map(({ type, rule }) => ({ type, rule })),
    session,
    refusedKey: refused?.accessKeyId,
  };
}

function sessionOf(accessKeyId: string, directory: LocalAws['directory']): ObservedEvent['session'] {
  const { principal, expiresAt } = directory.findCredential(accessKeyId) ?? {};
  if (principal?.type !== 'AssumedRole' || principal.issuedTo === undefined || expiresAt === undefined)
    return undefined;
  return {
    environment: principal.issuedTo,
    issuedAt: principal.issuedAt.getTime(),
    expiresAt: expiresAt.getTime(),
  };
}
