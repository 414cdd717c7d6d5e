import type { LocalAws, TraceEvent } from '@cross-account-api/local-aws';
import type { StsUse, UsedSession } from './sts-use.ts';

/** The services whose requests faults strike. */
const SERVICES = new Set(['execute-api', 'sts', 'dynamodb']);

/** Collects from the trace what a run is judged by; the trace itself keeps the latest requests only. */
export class Observer {
  readonly invocationOf = new Map<string, string>();
  readonly requests = { total: 0, struck: 0 };
  /** By name, how many requests each rule has struck. */
  readonly struckBy = new Map<string, number>();
  /** The invocations whose own process a fault has ended or stalled. */
  readonly endedByFault = new Set<string>();
  readonly #calls: { environment: string; at: number }[] = [];
  readonly #sessions = new Map<string, UsedSession>();
  readonly #refusals = new Map<string, number>();
  readonly #directory: LocalAws['directory'];
  readonly stop: () => void;

  constructor({ trace, directory }: LocalAws) {
    this.#directory = directory;
    this.stop = trace.subscribe((event) => this.#observe(event));
  }

  /** How the callers have used STS. */
  get stsUse(): StsUse {
    return { calls: this.#calls, sessions: this.#sessions, refusals: this.#refusals };
  }

  #observe(event: TraceEvent): void {
    const { service, operation, requestId, parentRequestId, accessKeyId, faults = [] } = event;
    for (const { rule } of faults) this.struckBy.set(rule, (this.struckBy.get(rule) ?? 0) + 1);
    if (service === 'lambda' && operation === 'Invoke' && faults.length > 0) this.endedByFault.add(requestId);
    if (!SERVICES.has(service)) return;
    this.requests.total += 1;
    if (faults.length > 0) this.requests.struck += 1;
    const at = event.time.getTime();
    if (service === 'sts' && operation === 'AssumeRole' && accessKeyId !== undefined) {
      this.#calls.push({ environment: accessKeyId, at });
    }
    if (service !== 'execute-api') return;
    if (parentRequestId !== undefined) this.invocationOf.set(requestId, parentRequestId);
    if (accessKeyId !== undefined) this.#sessionUsed(accessKeyId, at);
    const refused = event.refusal?.step === 'authentication' ? event.refusal.failure : undefined;
    if (refused?.kind === 'expired-token' || refused?.kind === 'unknown-key') {
      this.#refusals.set(refused.accessKeyId, Math.min(this.#refusals.get(refused.accessKeyId) ?? at, at));
    }
  }

  #sessionUsed(accessKeyId: string, at: number): void {
    if (this.#sessions.has(accessKeyId)) return;
    const credential = this.#directory.findCredential(accessKeyId);
    const { principal, expiresAt } = credential ?? {};
    if (principal?.type !== 'AssumedRole' || principal.issuedTo === undefined || expiresAt === undefined)
      return;
    this.#sessions.set(accessKeyId, {
      environment: principal.issuedTo,
      issuedAt: principal.issuedAt.getTime(),
      expiresAt: expiresAt.getTime(),
      firstUse: at,
    });
  }
}
