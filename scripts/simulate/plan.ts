import { seededRandom } from '../lib/virtual-time.ts';

/** The events of a history. All of it follows from the seed; only latencies and jitter are random in addition. */
export interface Plan {
  readonly seed: number;
  /** Whether the API remembers keys when the history begins. */
  readonly remembersKeys: boolean;
  /** The number of invocations that an environment runs at the same time, as Lambda Managed Instances do. */
  readonly concurrency: 1 | 2;
  /** Whether environments of callers are started ahead, and frozen before their first invocation. */
  readonly provisioned: boolean;
  readonly calls: readonly PlannedCall[];
  readonly faults: readonly Fault[];
  readonly changes: readonly Change[];
}

/** What a call asks for. A pair that lacks a route of this kind uses another. */
export type Target =
  /** Stores a message. */
  | 'message'
  /** Stores a message, by another route of the same function. */
  | 'box'
  /** Stores a message that the path names: the request has no body. */
  | 'ping'
  /** Reads a message that the caller has stored. */
  | 'read'
  /** Says who called. */
  | 'whoami';

/** An invocation of a caller, which makes one call to the API. */
export interface PlannedCall {
  /** Milliseconds after the beginning. */
  readonly at: number;
  /** The number of the caller. Each has its own role. */
  readonly caller: 0 | 1;
  /** The message to send. Its number tells messages apart. */
  readonly message: number;
  readonly target: Target;
  /** The `Idempotency-Key` in the event. Without it, the caller sends the ID of its invocation. */
  readonly key?: string;
  /** Whether the caller sends no key at all. */
  readonly keyless: boolean;
  /** A query parameter. */
  readonly to?: string;
  /** Whether the message is so long that the table cannot store the response. */
  readonly isLarge: boolean;
  /** Lambda repeats an asynchronous invocation that failed. */
  readonly asynchronous: boolean;
  /** The invoker's own time-out in milliseconds. After it, the invoker repeats the synchronous invocation. */
  readonly invokerTimeoutMs?: number;
  /** Whether the handler makes another call, for which it does not wait. */
  readonly leavesCall: boolean;
  /** The working time of the API's function before and after the effect, in milliseconds. */
  readonly workMs: readonly [before: number, after: number];
  /** The number of times that the API's function fails before it succeeds. */
  readonly failures: number;
  /** Whether it then fails after the effect, rather than before it. */
  readonly failsLate: boolean;
}

/** The destination of requests. */
export type Link = 'sts' | 'api' | 'table';

/** A kind of requests: `table` and the operation for those to DynamoDB, with the table's purpose. */
export type Kind =
  | 'sts'
  | `api ${'GET' | 'keyed' | 'unkeyed'}`
  | `${'keys' | 'messages'} ${'GetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem'}`;

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
export type HostEffect =
  | { readonly type: 'kill' }
  | { readonly type: 'stall'; readonly ms: number }
  /** Stands still until a time before (or after) the end of its invocation's time. */
  | { readonly type: 'stall to deadline'; readonly leftMs: number };

/** A fault. Counts begin with 0. */
export type Fault =
  /** Requests of a kind, from the n-th on. */
  | {
      readonly on: 'message';
      readonly kind: Kind;
      readonly nth: number;
      readonly times: number;
      readonly effect: NetworkEffect;
    }
  /** All requests of a link for a while. */
  | {
      readonly on: 'link';
      readonly link: Link;
      readonly at: number;
      readonly forMs: number;
      readonly effect: NetworkEffect;
    }
  /** A step is an event in an environment, a reading of its clock or a request that it sends. They count from an invocation's start. */
  | {
      readonly on: 'step';
      readonly side: 'caller' | 'api';
      readonly invocation: number;
      readonly nth: number;
      readonly effect: HostEffect;
    }
  /** The clock of an environment, when it starts or resumes for the n-th time in the history. */
  | { readonly on: 'resume'; readonly nth: number; readonly clockMs: number };

/** A change of the stage, deployed as services/README.md says. */
export interface Change {
  readonly at: number;
  /** Between the deployments of the two services. */
  readonly gapMs: number;
  readonly setting: 'mark' | 'access mode' | 'base path' | 'external ID' | 'code';
  /** For a contract that loses the mark `idempotencyKey`: the service to deploy first. README says: the caller. Neither order executes a request twice. */
  readonly first: 'caller' | 'api';
}

const MINUTE = 60_000;

/** Makes the plan of a seed: at least ten calls of two callers, and faults aimed at what they send. */
export function makePlan(seed: number): Plan {
  const random = seededRandom(seed * 2 + 1);
  const below = (limit: number) => Math.floor(random() * limit);
  const between = (min: number, max: number) => min + below(max - min + 1);
  const one = <T>(values: readonly T[]): T => values[below(values.length)] as T;
  const chance = (share: number) => random() < share;

  const remembersKeys = chance(0.8);
  const calls: PlannedCall[] = [];
  const count = chance(0.8) ? 10 : between(11, 13);
  let at = 0;
  /** A pause after which credentials are about to expire, have just expired, or are due to be replaced. */
  const nearExpiry = () => between(52 * MINUTE, 62 * MINUTE);
  while (calls.length < count) {
    at += chance(0.5)
      ? below(800)
      : chance(0.88)
        ? between(800, 15_000)
        : chance(0.6)
          ? nearExpiry()
          : between(2, 70) * MINUTE;
    const earlier = calls.length > 1 && chance(0.3) ? one(calls) : undefined;
    const caller = calls.length < 2 ? (calls.length as 0 | 1) : (below(2) as 0 | 1);
    const keyless = chance(0.2);
    const fresh: PlannedCall = {
      at,
      caller,
      message: calls.length,
      target: chance(0.8)
        ? one(['message', 'message', 'box', 'ping'] as const)
        : one(['read', 'whoami'] as const),
      ...(!keyless && chance(0.6) ? { key: `key-${calls.length}` } : {}),
      keyless,
      ...(chance(0.3) ? { to: one(['alice', 'bob']) } : {}),
      isLarge: chance(0.015),
      asynchronous: chance(0.25),
      ...(chance(0.1) ? { invokerTimeoutMs: between(100, 6_000) } : {}),
      leavesCall: chance(0.1),
      workMs: chance(0.85) ? [below(300), below(100)] : [below(2_600), below(2_600)],
      failures: chance(0.12) ? between(1, 3) : 0,
      failsLate: chance(0.5),
    };
    const reused = earlier?.key;
    if (earlier === undefined || reused === undefined) calls.push(fresh);
    // The same request again, by this caller or the other one; or another request with the same key.
    else if (chance(0.65)) calls.push({ ...earlier, at });
    else if (chance(0.4)) calls.push({ ...earlier, at, caller: earlier.caller === 0 ? 1 : 0 });
    else if (chance(0.5))
      calls.push({ ...earlier, at, ...one([{ to: 'carol' }, { target: 'box' }] as const) });
    else calls.push({ ...fresh, target: 'message', key: reused, keyless: false });
  }

  const delay = () => (chance(0.6) ? below(2_000) : between(2_000, 12_000));
  const networkEffect = (): NetworkEffect =>
    one<() => NetworkEffect>([
      () => ({ type: one(['refuse', 'lose request', 'lose response'] as const) }),
      () => ({ type: one(['close before', 'close after', 'close after'] as const) }),
      () => ({ type: one(['delay request', 'delay response'] as const), ms: delay() }),
      () => ({ type: 'repeat', ms: below(3_000) }),
      () => ({ type: 'cut', share: random() }),
      () => ({ type: 'fail', status: one([500, 503] as const), carriedOut: chance(0.5) }),
      () => ({ type: one(['throttle', 'odd headers'] as const), variant: below(100) }),
      () => ({ type: one(['echo secrets', 'forget session', 'hold body'] as const) }),
    ])();
  /** The request is carried out, and its sender does not get the answer. */
  const lostAnswer = (): NetworkEffect =>
    one<() => NetworkEffect>([
      () => ({ type: one(['lose response', 'close after', 'close after', 'hold body'] as const) }),
      () => ({ type: 'delay response', ms: delay() }),
      () => ({ type: 'fail', status: one([500, 503] as const), carriedOut: true }),
      () => ({ type: 'cut', share: random() }),
    ])();
  const kinds: readonly Kind[] = [
    ...([
      'sts',
      'sts',
      'api GET',
      'api keyed',
      'api keyed',
      'api keyed',
      'api unkeyed',
      'api unkeyed',
    ] as const),
    ...(['keys PutItem', 'keys PutItem', 'keys UpdateItem', 'keys UpdateItem', 'keys DeleteItem'] as const),
    ...(['keys GetItem', 'messages PutItem', 'messages PutItem', 'messages GetItem'] as const),
  ];
  const faults: Fault[] = Array.from({ length: between(4, 7) }, () => {
    const kind = one(kinds);
    const isOfApi = /^(keys|messages)/.test(kind);
    return {
      on: 'message',
      kind,
      nth: below(kind === 'api keyed' || /PutItem|UpdateItem/.test(kind) ? 9 : 4),
      // The SDK tries four times. Twice that many lose a second write too.
      times: chance(0.7) ? 1 : isOfApi ? one([2, 3, 4, 8]) : between(2, 3),
      effect: chance(0.5) ? lostAnswer() : networkEffect(),
    };
  });
  if (chance(0.5)) {
    const link = one(['sts', 'sts', 'api', 'table', 'table'] as const);
    faults.push({
      on: 'link',
      link,
      at: chance(0.7) ? below(Math.min(at, MINUTE)) : below(at + 1),
      forMs: between(100, 8_000),
      // A slow STS.
      effect:
        link === 'sts' && chance(0.5) ? { type: 'delay response', ms: between(500, 5_000) } : networkEffect(),
    });
  }
  for (let rest = below(4); rest > 0; rest -= 1) {
    const side = one(['caller', 'api'] as const);
    const effect = one<() => HostEffect>([
      () => ({ type: 'kill' }),
      () => ({ type: 'stall', ms: between(10, 7_000) }),
      () => ({
        type: 'stall to deadline',
        leftMs: chance(0.5) ? between(-250, 50) : between(50, side === 'api' ? 2_600 : 4_000),
      }),
    ])();
    faults.push({ on: 'step', side, invocation: below(14), nth: below(chance(0.5) ? 12 : 50), effect });
  }
  for (let rest = below(3); rest > 0; rest -= 1) {
    const clockMs = between(-30, 30) * (chance(0.4) ? MINUTE : 10);
    faults.push({ on: 'resume', nth: below(12), clockMs });
  }

  const changes: Change[] = [];
  for (let rest = chance(0.4) ? between(1, 2) : 0; rest > 0; rest -= 1) {
    const gapMs = chance(0.5) ? between(0, 3_000) : between(20_000, 40_000);
    const [earlier] = changes;
    const setting = one(['mark', 'access mode', 'base path', 'external ID', 'code'] as const);
    changes.push({
      // One after another.
      at: earlier === undefined ? below(Math.min(at, 2 * MINUTE) + 1_000) : earlier.at + 2 * MINUTE,
      gapMs,
      // A stage without keys has none to give up.
      setting: setting === 'mark' && !remembersKeys ? 'base path' : setting,
      first: one(['caller', 'api'] as const),
    });
  }
  return {
    seed,
    remembersKeys,
    concurrency: chance(0.2) ? 2 : 1,
    provisioned: chance(0.25),
    calls,
    faults,
    changes,
  };
}
