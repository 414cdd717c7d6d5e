import { setImmediate } from 'node:timers';

/** Runs code on a clock that does not wait. */
export interface VirtualTime<Host extends VirtualHost = VirtualHost> {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls a function at a time; `Date.now` and `setTimeout` in it use this clock. @param host the owner of the code */
  at(time: number, work: () => void, host?: Host): void;
  /** Runs an event later that a host did not admit. Until then, a timer can still be cleared. */
  postpone(event: VirtualEvent, time: number): void;
  /** The host whose code is running. */
  readonly host: Host | undefined;
  /** Runs everything until a time, in order, with the events that follow from it. */
  runUntil(end: number): Promise<void>;
  /** Restores `Date`, `Math.random`, `setTimeout` and `clearTimeout`. */
  uninstall(): void;
}

/** A machine whose code runs on virtual time. It may stand still while the time goes on. */
export interface VirtualHost {
  /** The true time at this point of its code, in milliseconds since the epoch: not before that of {@link VirtualTime}. */
  now(): number;
  /** The time of its own clock. */
  clock(): number;
  /** Whether it runs an event now. If not, it drops the event, or passes it to {@link VirtualTime.postpone}. */
  admit(event: VirtualEvent): boolean;
}

/** An event that is due at a time. */
export interface VirtualEvent {
  readonly time: number;
  readonly order: number;
}

interface Event<Host> extends VirtualEvent {
  readonly work: () => void;
  readonly host: Host | undefined;
}

let isInstalled = false;

/**
 * Replaces `Date`, `setTimeout` and `clearTimeout` of this process, and `Math.random` by a generator that returns the same
 * numbers each time: two runs of the same code do the same. Fake timers of test libraries are too slow for millions.
 * @param seed chooses the random numbers
 * @throws Error if a virtual time is installed already: its clock would become the "real" one of the second
 */
export function installVirtualTime<Host extends VirtualHost = VirtualHost>(
  start: number,
  seed = 1,
): VirtualTime<Host> {
  if (isInstalled) throw new Error('A virtual time is installed already. Remove it first.');
  isInstalled = true;
  const { setTimeout, clearTimeout, Date: RealDate } = globalThis;
  const { random: realRandom } = Math;
  const queue: Event<Host>[] = [];
  const cancelled = new Set<number>();
  let now = start;
  let order = 0;
  let current: Host | undefined;

  const add = (time: number, work: () => void, host: Host | undefined): number => {
    order += 1;
    push(queue, { time: Math.max(time, now), order, work, host });
    return order;
  };
  const takeNext = (end: number): Event<Host> | undefined => {
    for (let next = queue[0]; next !== undefined && next.time <= end; next = queue[0]) {
      pop(queue);
      if (!cancelled.delete(next.order)) return next;
    }
    return undefined;
  };
  globalThis.Date = class extends RealDate {
    static override now(): number {
      return current?.clock() ?? now;
    }

    static override [Symbol.hasInstance](value: unknown): boolean {
      return value instanceof RealDate;
    }

    constructor(...values: unknown[]) {
      super(...((values.length === 0 ? [Date.now()] : values) as [number]));
    }
  } as DateConstructor;
  Math.random = seededRandom(seed);
  globalThis.setTimeout = Object.assign(
    (work: (...values: unknown[]) => void, ms = 0, ...values: unknown[]) =>
      asTimer(
        add((current?.now() ?? now) + ms, () => work(...values), current),
        cancelled,
      ),
    { __promisify__: setTimeout.__promisify__ },
  ) as unknown as typeof setTimeout;
  globalThis.clearTimeout = (timer) => {
    if (timer !== undefined && timer !== null) cancelled.add(Number(timer));
  };
  return {
    now: () => now,
    at: (time, work, host) => void add(time, work, host),
    postpone: (event, time) => push(queue, { ...(event as Event<Host>), time: Math.max(time, now) }),
    get host() {
      return current;
    },
    runUntil(end) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      let left = 0;
      let isOver = false;
      const finish = () => {
        isOver = true;
        now = end;
        resolve();
      };
      const step = () => {
        if (isOver) return;
        current = undefined;
        try {
          const event = takeNext(end);
          if (event === undefined) return finish();
          now = event.time;
          if (event.host?.admit(event) !== false) {
            current = event.host;
            event.work();
          }
        } catch (error) {
          isOver = true;
          reject(error);
        }
        left -= 1;
        if (left === 0) schedule();
      };
      // After each immediate, Node runs all that it has resolved. A turn of the event loop for each would cost more than most events.
      const schedule = () => {
        left = 100;
        for (let index = 0; index < left; index += 1) setImmediate(queueMicrotask, step);
      };
      schedule();
      return promise;
    },
    uninstall() {
      isInstalled = false;
      Math.random = realRandom;
      Object.assign(globalThis, { setTimeout, clearTimeout, Date: RealDate });
    },
  };
}

/** The generator mulberry32: 2³² numbers from 0 to 1, without 1, that pass the usual tests of randomness. */
export function seededRandom(seed: number): () => number {
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

const isBefore = (a: VirtualEvent, b: VirtualEvent) =>
  a.time < b.time || (a.time === b.time && a.order < b.order);

/** Adds to a binary heap. */
function push<E extends VirtualEvent>(heap: E[], event: E): void {
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
function pop<E extends VirtualEvent>(heap: E[]): void {
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
