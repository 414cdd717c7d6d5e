import { seededRandom } from '../lib/virtual-time.ts';

/** The events of a history. All of it follows from the seed; only latencies and jitter are random in addition. */
export interface Plan {
  readonly seed: number;
  readonly calls: readonly Call[];
  readonly faults: readonly Fault[];
  readonly changes: readonly Change[];
}

/** An invocation of a caller, which makes one call to the API. */
export interface Call {
  /** Milliseconds after the beginning. */
  readonly at: number;
  /** The number of the caller. Each has its own role. */
  readonly caller: 0 | 1;
  /** The message to send. Calls of one caller with the same message and key are the same request. */
  readonly message: number;
  /** `POST` has an effect; `GET` has none, and no key. */
  readonly method: 'POST' | 'GET';
  /** The `Idempotency-Key` in the event. Without it, the caller sends the ID of its invocation. */
  readonly key?: string;
  /** Lambda repeats an asynchronous invocation that failed. */
  readonly asynchronous: boolean;
  /** The working time of the API's function before and after the effect, in milliseconds. */
  readonly workMs: readonly [before: number, after: number];
  /** The number of times that the API's function fails before it succeeds. */
  readonly failures: number;
}

/** The destination of requests. */
export type Link = 'sts' | 'api' | 'table';

/** The effect of the network or a service on one request. */
export type NetworkEffect =
  | {
      readonly type:
        | 'refuse'
        | 'lose request'
        | 'lose response'
        | 'close before'
        | 'close after'
        | 'hold body';
    }
  | { readonly type: 'delay request' | 'delay response' | 'repeat'; readonly ms: number }
  | { readonly type: 'cut'; readonly share: number }
  | { readonly type: 'fail'; readonly status: 500 | 503; readonly carriedOut: boolean }
  | { readonly type: 'throttle'; readonly variant: number }
  | { readonly type: 'odd headers'; readonly variant: number }
  | { readonly type: 'echo secrets' }
  | { readonly type: 'forget session' };

/** The effect on an environment. */
export type HostEffect = { readonly type: 'kill' } | { readonly type: 'stall'; readonly ms: number };

/** A fault. Counts begin with 0. */
export type Fault =
  | { readonly on: 'message'; readonly nth: number; readonly effect: NetworkEffect }
  /** All requests of a link for a while. */
  | {
      readonly on: 'link';
      readonly link: Link;
      readonly at: number;
      readonly forMs: number;
      readonly effect: NetworkEffect;
    }
  /** A step is an event in an environment, a reading of its clock or a request that it sends. */
  | { readonly on: 'step'; readonly nth: number; readonly effect: HostEffect }
  /** The clock of an environment, when it starts or resumes for the n-th time in the history. */
  | { readonly on: 'resume'; readonly nth: number; readonly clockMs: number };

/** A change of the stage, deployed as services/README.md says. */
export interface Change {
  readonly at: number;
  /** Between the deployments of the two services. */
  readonly gapMs: number;
  readonly setting: 'idempotency' | 'access mode' | 'base path' | 'external ID' | 'code';
  /** For `idempotency: false`: the service to deploy first. README says: the caller. Neither order executes a request twice. */
  readonly first: 'caller' | 'api';
}

const MINUTE = 60_000;

/** Makes the plan of a seed: at least ten calls of two callers, and at least three faults. */
export function makePlan(seed: number): Plan {
  const random = seededRandom(seed * 2 + 1);
  const below = (limit: number) => Math.floor(random() * limit);
  const between = (min: number, max: number) => min + below(max - min + 1);
  const one = <T>(values: readonly T[]): T => values[below(values.length)] as T;
  const chance = (share: number) => random() < share;

  const calls: Call[] = [];
  const count = chance(0.8) ? 10 : between(11, 13);
  let at = 0;
  while (calls.length < count) {
    at += chance(0.5) ? below(800) : chance(0.95) ? between(800, 15_000) : between(20, 70) * MINUTE;
    const earlier = calls.length > 0 && chance(0.25) ? one(calls) : undefined;
    const caller = calls.length < 2 ? (calls.length as 0 | 1) : (below(2) as 0 | 1);
    const fresh: Call = {
      at,
      caller,
      message: calls.length,
      method: chance(0.85) ? 'POST' : 'GET',
      ...(chance(0.5) ? { key: `key-${calls.length}` } : {}),
      asynchronous: chance(0.25),
      workMs: chance(0.85) ? [below(300), below(100)] : [below(2_600), below(2_600)],
      failures: chance(0.1) ? between(1, 3) : 0,
    };
    const reused = earlier?.key;
    if (earlier === undefined || reused === undefined) calls.push(fresh);
    // The same request again; another caller's request; or another request with the same key.
    else if (chance(0.8)) calls.push({ ...earlier, at });
    else calls.push({ ...fresh, method: 'POST', key: reused });
  }

  const networkEffect = (): NetworkEffect => {
    const ms = chance(0.6) ? below(2_000) : between(2_000, 12_000);
    return one<() => NetworkEffect>([
      () => ({ type: one(['refuse', 'lose request', 'lose response'] as const) }),
      () => ({ type: one(['close before', 'close after', 'close after'] as const) }),
      () => ({ type: one(['delay request', 'delay response'] as const), ms }),
      () => ({ type: 'repeat', ms: below(3_000) }),
      () => ({ type: 'cut', share: random() }),
      () => ({ type: 'fail', status: one([500, 503] as const), carriedOut: chance(0.5) }),
      () => ({ type: one(['throttle', 'odd headers'] as const), variant: below(100) }),
      () => ({ type: one(['echo secrets', 'forget session', 'hold body'] as const) }),
    ])();
  };
  // Every history sends the first 18 messages, so three faults strike.
  const struck = new Set<number>();
  while (struck.size < 3) struck.add(below(18));
  for (let rest = below(4); rest > 0; rest -= 1) struck.add(below(60));
  const faults: Fault[] = Array.from(struck, (nth) => ({ on: 'message', nth, effect: networkEffect() }));
  if (chance(0.5)) {
    faults.push({
      on: 'link',
      link: one(['sts', 'api', 'table', 'table'] as const),
      at: below(Math.min(at, MINUTE)),
      forMs: between(100, 8_000),
      effect: networkEffect(),
    });
  }
  for (let rest = below(3); rest > 0; rest -= 1) {
    const effect: HostEffect = chance(0.35) ? { type: 'kill' } : { type: 'stall', ms: between(10, 7_000) };
    faults.push({ on: 'step', nth: below(1_500), effect });
  }
  for (let rest = below(3); rest > 0; rest -= 1) {
    const clockMs = between(-30, 30) * (chance(0.3) ? MINUTE : 10);
    faults.push({ on: 'resume', nth: below(12), clockMs });
  }

  const changes: Change[] = [];
  for (let rest = chance(0.5) ? between(1, 2) : 0; rest > 0; rest -= 1) {
    const gapMs = chance(0.5) ? between(0, 3_000) : between(20_000, 40_000);
    const [earlier] = changes;
    changes.push({
      // One after another.
      at: earlier === undefined ? below(Math.min(at, 2 * MINUTE) + 1_000) : earlier.at + 2 * MINUTE,
      gapMs,
      setting: one(['idempotency', 'access mode', 'base path', 'external ID', 'code'] as const),
      first: one(['caller', 'api'] as const),
    });
  }
  return { seed, calls, faults, changes };
}
