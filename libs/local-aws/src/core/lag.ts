import type { Clock } from './clock.ts';

interface Earlier<View> {
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly view: View | undefined;
}

/** Options of {@link Lag}. */
export interface LagOptions {
  readonly clock: Clock;
  /** The delay, in ms, until the current change becomes visible; `undefined`: it is visible at once. */
  readonly lagMs?: (() => number | undefined) | undefined;
}

/**
 * The state that authorization and the data plane see. AWS spreads a change within seconds: reads of the control plane show it at
 * once, but until it is spread, requests are decided on the state before it. A deleted resource is gone at once.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
 */
export class Lag<View> {
  readonly #clock: Clock;
  readonly #lagMs: () => number | undefined;
  readonly #earlier = new Map<string, readonly Earlier<View>[]>();

  constructor({ clock, lagMs = () => undefined }: LagOptions) {
    this.#clock = clock;
    this.#lagMs = lagMs;
  }

  /** Call this before each change. @param view takes a snapshot of the present state */
  changing(key: string, view: () => View | undefined): void {
    const ms = this.#lagMs();
    if (ms === undefined) return;
    this.#earlier.set(key, [...this.#pending(key), { until: this.#now() + ms, view: view() }]);
  }

  /** The visible state of a resource whose present state is `current`; `undefined` if it is not visible. */
  seen(key: string, current: View | undefined): View | undefined {
    if (this.#earlier.size === 0 || current === undefined) return current;
    const [first] = this.#pending(key);
    return first === undefined ? current : first.view;
  }

  #pending(key: string): readonly Earlier<View>[] {
    const pending = this.#earlier.get(key)?.filter(({ until }) => until > this.#now()) ?? [];
    if (pending.length === 0) this.#earlier.delete(key);
    return pending;
  }

  #now(): number {
    return this.#clock.now().getTime();
  }
}
