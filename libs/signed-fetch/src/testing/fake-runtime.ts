import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import type { Runtime } from '../types.ts';

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

/** Time that stands still until a test moves it. For tests. */
export class FakeRuntime implements Runtime {
  #now = Date.parse('2026-11-24T12:00:00Z');
  #timers: Timer[] = [];
  /** What `random` gives. */
  chance = 0.5;

  now = (): number => this.#now;

  random = (): number => this.chance;

  sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const timer = { at: this.#now + ms, fire: resolve };
      this.#timers.push(timer);
      signal?.addEventListener('abort', () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
        resolve();
      });
    });

  /** The waits that are going on, in milliseconds from now. */
  get sleeping(): number[] {
    return this.#timers.map(({ at }) => at - this.#now).sort((a, b) => a - b);
  }

  /** Lets time pass in a process that runs: timers fire when they are due. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let due = this.#due(end); due !== undefined; due = this.#due(end)) {
      this.#now = Math.max(this.#now, due.at);
      this.#timers = this.#timers.filter((timer) => timer !== due);
      due.fire();
      await settle();
    }
    this.#now = end;
    await settle();
  }

  /** Lets time pass while the process is frozen: no timer fires. */
  freeze(ms: number): void {
    this.#now += ms;
  }

  #due(end: number): Timer | undefined {
    return this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }
}

/** Lets everything happen that needs no time to pass. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn += 1) await eventLoopTurn();
}
