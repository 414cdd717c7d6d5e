/** Runs code on a clock that does not wait. */
export interface VirtualTime {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls a function at a time; `Date.now` and `setTimeout` in it are the clock's own. */
  at(time: number, work: () => void): void;
  /** Runs everything until a time, in order, and what it causes. */
  runUntil(end: number): Promise<void>;
  /** Gives `Date.now`, `Math.random`, `setTimeout` and `clearTimeout` back. */
  uninstall(): void;
}

interface Event {
  readonly time: number;
  readonly order: number;
  readonly work: () => void;
}

/**
 * Replaces `Date.now`, `setTimeout` and `clearTimeout` of this process, and `Math.random` by a generator that returns the same
 * numbers each time: two runs of the same code do the same. Fake timers of test libraries are too slow for millions.
 */
export function installVirtualTime(start: number): VirtualTime {
  const { setTimeout, clearTimeout } = globalThis;
  const { now: realNow } = Date;
  const { random: realRandom } = Math;
  const queue: Event[] = [];
  const cancelled = new Set<number>();
  let now = start;
  let order = 0;

  const add = (time: number, work: () => void): number => {
    order += 1;
    push(queue, { time: Math.max(time, now), order, work });
    return order;
  };
  Date.now = () => now;
  Math.random = seededRandom(1);
  globalThis.setTimeout = Object.assign(
    (work: (...values: unknown[]) => void, ms = 0, ...values: unknown[]) =>
      asTimer(
        add(now + ms, () => work(...values)),
        cancelled,
      ),
    { __promisify__: setTimeout.__promisify__ },
  ) as unknown as typeof setTimeout;
  globalThis.clearTimeout = (timer) => {
    if (timer !== undefined && timer !== null) cancelled.add(Number(timer));
  };
  return {
    now: () => now,
    at: (time, work) => void add(time, work),
    async runUntil(end) {
      for (let next = queue[0]; next !== undefined && next.time <= end; next = queue[0]) {
        pop(queue);
        if (cancelled.delete(next.order)) continue;
        now = next.time;
        next.work();
        // What it has resolved runs before the clock goes on.
        await new Promise<void>((resolve) => {
          setImmediate(resolve);
        });
      }
      now = end;
    },
    uninstall() {
      Date.now = realNow;
      Math.random = realRandom;
      Object.assign(globalThis, { setTimeout, clearTimeout });
    },
  };
}

/** The generator mulberry32: 2³² numbers from 0 to 1, without 1, that pass the usual tests of randomness. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function asTimer(id: number, cancelled: Set<number>): object {
  const timer = {
    unref: () => timer,
    ref: () => timer,
    [Symbol.toPrimitive]: () => id,
    close: () => cancelled.add(id),
  };
  return timer;
}

const isBefore = (a: Event, b: Event) => a.time < b.time || (a.time === b.time && a.order < b.order);

/** Adds to a binary heap. */
function push(heap: Event[], event: Event): void {
  let index = heap.length;
  while (index > 0) {
    const above = (index - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || isBefore(parent, event)) break;
    heap[index] = parent;
    index = above;
  }
  heap[index] = event;
}

/** Removes the first of a binary heap. */
function pop(heap: Event[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let index = 0;
  for (;;) {
    let below = 2 * index + 1;
    const [left, right] = [heap[below], heap[below + 1]];
    if (left === undefined) break;
    let child = left;
    if (right !== undefined && isBefore(right, left)) {
      child = right;
      below += 1;
    }
    if (isBefore(last, child)) break;
    heap[index] = child;
    index = below;
  }
  heap[index] = last;
}
