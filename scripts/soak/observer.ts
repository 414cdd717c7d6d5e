import type { ObservedEvent } from './observed-local-aws.ts';
import type { StsUse, UsedSession } from './sts-use.ts';

/** Collects the observations of a run from the trace. The trace itself only keeps the latest requests. */
export class Observer {
  readonly invocationOf = new Map<string, string>();
  readonly requests = { total: 0, struck: 0 };
  /** The number of requests that each rule has struck, by its name. */
  readonly struckBy = new Map<string, number>();
  /** The invocations whose process a fault has ended or stalled. */
  readonly endedByFault = new Set<string>();
  readonly #calls: { environment: string; at: number }[] = [];
  readonly #sessions = new Map<string, UsedSession>();
  readonly #refusals = new Map<string, number>();

  /** The callers' use of STS. */
  get stsUse(): StsUse {
    return { calls: this.#calls, sessions: this.#sessions, refusals: this.#refusals };
  }

  /** Takes the next event. */
  observe(event: ObservedEvent): void {
    const { service, operation, requestId, parentRequestId, accessKeyId, faults, at } = event;
    for (const { rule } of faults) this.struckBy.set(rule, (this.struckBy.get(rule) ?? 0) + 1);
    if (service === 'lambda') {
      if (operation === 'Invoke' && faults.length > 0) this.endedByFault.add(requestId);
      return;
    }
    // This request does not come from the services.
    if (service === 'iam') return;
    this.requests.total += 1;
    // A skewed clock does not harm a client that has adapted to it.
    if (faults.some(({ type }) => type !== 'skew' || event.status === 403)) this.requests.struck += 1;
    if (service === 'sts' && operation === 'AssumeRole' && accessKeyId !== undefined) {
      this.#calls.push({ environment: accessKeyId, at });
    }
    if (service !== 'execute-api') return;
    if (parentRequestId !== undefined) this.invocationOf.set(requestId, parentRequestId);
    if (accessKeyId !== undefined && event.session !== undefined) {
      const firstUse = Math.min(this.#sessions.get(accessKeyId)?.firstUse ?? at, at);
      // The lifetime as issued: a fault may have ended the session early.
      this.#sessions.set(accessKeyId, { ...event.session, ...this.#sessions.get(accessKeyId), firstUse });
    }
    if (event.refusedKey !== undefined) {
      this.#refusals.set(event.refusedKey, Math.min(this.#refusals.get(event.refusedKey) ?? at, at));
    }
  }
}
