import type { Clock } from './clock.ts';

interface Earlier<View> {
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly view: View | undefined;
}

/** How changes become visible. */
export interface LagOptions {
  readonly clock: Clock;
  /** By how many milliseconds the change that is being made becomes visible later; `undefined`: at once. */
  readonly lagMs?: (() => number | undefined) | undefined;
}

/**
 * What authorization and the data plane see of things that change. AWS spreads a change within seconds: reads of the control plane
 * show it at once, and until it is spread, requests are decided on the state before it. What is deleted is gone at once.
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

  /** Must be called before each change. @param view the present state, which later changes must not change */
  changing(key: string, view: () => View | undefined): void {
    const ms = this.#lagMs();
    if (ms === undefined) return;
    this.#earlier.set(key, [...this.#pending(key), { until: this.#now() + ms, view: view() }]);
  }

  /** What is seen now of something whose present state is `current`; `undefined`: nothing. */
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
