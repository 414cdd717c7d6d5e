import type { TraceRecord } from './record.ts';

/** The parts of a call by which calls are alike. */
type Countable = Pick<TraceRecord, 'service' | 'operation' | 'probe' | 'parentRequestId' | 'decisions'> & {
  /** A date, or ISO 8601. */
  readonly time: Date | string;
};

/** Calls with the same decisions. */
export interface AlikeCalls<Call> {
  /** The latest, in place of all. */
  readonly latest: Call;
  readonly times: number;
}

/** The calls that are no longer kept one by one. */
export interface EarlierCalls<Call> {
  /** Each call since then is counted. ISO 8601. Absent: no call was forgotten. */
  readonly since?: string;
  /** Those that were made last are last. */
  readonly calls: readonly AlikeCalls<Call>[];
}

/** More kinds of calls are not counted: each holds a call in memory. */
const MOST_KINDS = 1_000;

/** A call with a larger record, in bytes, would fill the memory with others of its size. */
export const MOST_COUNTED_BYTES = 16_384;

/** Counts calls that are forgotten, by what was decided about them: who did what, and whether it was allowed. */
export class Tally<Call extends Countable> {
  readonly #mostKinds: number;
  readonly #kinds = new Map<string, AlikeCalls<Call>>();
  #since: number | undefined;

  /** @param mostKinds if there are more, those that were made the longest ago are forgotten, and {@link EarlierCalls.since} is later */
  constructor(mostKinds = MOST_KINDS) {
    this.#mostKinds = mostKinds;
  }

  /** Counts a call, in the order in which calls were answered. */
  add(call: Call, times = 1): void {
    const time = new Date(call.time).getTime();
    this.#since ??= time;
    if (call.decisions.length === 0) return;
    const key = kindOf(call);
    const known = this.#kinds.get(key)?.times ?? 0;
    // It moves to the end.
    this.#kinds.delete(key);
    this.#kinds.set(key, { latest: call, times: known + times });
    const [oldest] = this.#kinds;
    if (this.#kinds.size > this.#mostKinds && oldest !== undefined) {
      this.#kinds.delete(oldest[0]);
      this.forgotten(oldest[1].latest);
    }
  }

  /** Counts the calls of another tally. They were made before all others. */
  addAll({ since, calls }: EarlierCalls<Call>): void {
    if (since !== undefined) this.#since ??= Date.parse(since);
    for (const { latest, times } of calls) this.add(latest, times);
  }

  /** A call that is not counted: only calls after it are known to be. */
  forgotten({ time }: Pick<Countable, 'time'>): void {
    this.#since = Math.max(this.#since ?? 0, new Date(time).getTime());
  }

  report(): EarlierCalls<Call> {
    const since = this.#since === undefined ? {} : { since: new Date(this.#since).toISOString() };
    return { ...since, calls: [...this.#kinds.values()] };
  }

  clear(): void {
    this.#kinds.clear();
    this.#since = undefined;
  }
}

/** One text for all calls that are alike. A route stands for the paths of its parameters, and a role for its sessions. */
function kindOf({ service, operation, probe, parentRequestId, decisions }: Countable): string {
  return JSON.stringify([
    service,
    operation,
    probe === true,
    parentRequestId === undefined,
    ...decisions.map(({ principalArn, context, action, resource, allowed }) => [
      context['aws:PrincipalArn'] ?? principalArn,
      context['aws:SourceArn'],
      action,
      action === 'execute-api:Invoke' ? '' : resource,
      allowed,
    ]),
  ]);
}
