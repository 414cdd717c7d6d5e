import { createAssumedRole } from '@cross-account-api/assume-role';
import { createSignedFetch, type SignedFetchOptions } from '@cross-account-api/signed-fetch';
import { type Figure, figure } from '../lib/figures.ts';
import { installVirtualTime, type VirtualTime } from '../lib/virtual-time.ts';

/** What calls to an API made of it. */
export interface Load {
  readonly calls: number;
  /** The share of the calls that succeeded, in percent. */
  readonly succeededPercent: number;
  readonly requestsPerCall: number;
  /** The median time of a call, and that of the slowest, in ms. */
  readonly medianMs: number;
  readonly slowestMs: number;
}

const START = Date.UTC(2026, 0, 1);
const LATENCY_MS = 50;
const MINUTE_MS = 60_000;

/** The answer of an API to one request. @param ms since the beginning @param nth the request of all, from 0 on */
type Answer = (ms: number, nth: number) => Response;

/** A client under load, and its API. */
export interface LoadOptions {
  readonly calls: number;
  /** How many calls begin at the same time. The next ones begin when they have ended. Default: all */
  readonly parallel?: number;
  /** How many processes make them, each with its own client. Default: 1 */
  readonly processes?: number;
  readonly answer: Answer;
  readonly client?: Partial<SignedFetchOptions>;
  /** Has an `Idempotency-Key`. */
  readonly keyed?: boolean;
  /** The time of the invocation, in ms. Default: none */
  readonly invocationMs?: number;
}

/** Makes calls with signed-fetch itself, on a virtual clock. Two simulations with the same options have the same result. */
export async function simulateLoad({
  calls,
  parallel = calls,
  processes = 1,
  answer,
  client = {},
  keyed = false,
  invocationMs,
}: LoadOptions): Promise<Load> {
  return onVirtualTime(async (time) => {
    let requests = 0;
    const took: number[] = [];
    let succeeded = 0;
    const clients = Array.from({ length: processes }, () =>
      createSignedFetch({
        baseUrl: 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev',
        credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' },
        fetch: async () => {
          const nth = requests;
          requests += 1;
          await pause(LATENCY_MS / 2);
          const answered = answer(time.now() - START, nth);
          await pause(LATENCY_MS / 2);
          return answered;
        },
        ...client,
      }),
    );
    let begun = 0;
    const call = async (): Promise<void> => {
      for (let nth = begun; nth < calls; nth = begun) {
        begun += 1;
        const begunAt = time.now();
        const remaining = () => begunAt + (invocationMs ?? 0) - time.now();
        const bound = clients[nth % processes]?.bind(
          invocationMs === undefined ? {} : { remainingTimeInMillis: remaining },
        );
        const options = keyed ? { method: 'POST', idempotencyKey: `key-${nth}` } : {};
        const ok = await bound?.fetch('/', options).then(
          () => true,
          () => false,
        );
        if (ok === true) succeeded += 1;
        took.push(time.now() - begunAt);
      }
    };
    for (let one = 0; one < parallel; one += 1) time.at(START, () => void call());
    await time.runUntil(START + 600 * MINUTE_MS);
    took.sort((a, b) => a - b);
    return {
      calls: took.length,
      succeededPercent: (100 * succeeded) / calls,
      requestsPerCall: requests / calls,
      medianMs: took[Math.floor(took.length / 2)] ?? 0,
      slowestMs: took.at(-1) ?? 0,
    };
  });
}

/** An API that takes so many requests a second, and half as many at once (API Gateway's token bucket). It sends no Retry-After. */
export function throttledAt(perSecond: number): Answer {
  const most = perSecond / 2;
  let tokens = most;
  let filledAt = 0;
  return (ms) => {
    tokens = Math.min(most, tokens + ((ms - filledAt) / 1_000) * perSecond);
    filledAt = ms;
    if (tokens < 1) return new Response('{"message":"Too Many Requests"}', { status: 429 });
    tokens -= 1;
    return new Response('{}');
  };
}

/** An API that fails each request. */
export const failing: Answer = () => new Response('{"message":"Service Unavailable"}', { status: 503 });

/** An API whose function has 29 seconds, and executes a request in some of them. The first answer is lost. */
export function executingFor(executionMs: number): Answer {
  return (ms, nth) => {
    if (nth === 0) return new Response('{}', { status: 502 });
    if (ms >= executionMs) return new Response('{}');
    const type = 'urn:problem-type:cross-account-api:request-in-progress';
    return new Response(JSON.stringify({ type }), {
      status: 503,
      headers: {
        'content-type': 'application/problem+json',
        'retry-after': String(Math.ceil((30_000 - ms) / 1_000)),
      },
    });
  };
}

/** What an outage of STS made of execution environments that start. */
export interface Starts {
  readonly environments: number;
  readonly failed: number;
  readonly stsRequests: number;
  /** The time until there were credentials, in ms: of half of the environments, and of 95 in 100. */
  readonly medianMs: number;
  readonly p95Ms: number;
}

/**
 * Starts environments with assume-role itself while STS fails. Each has 20 seconds.
 * @param outageMs STS fails until then; afterwards it answers 600 requests a second
 */
export async function simulateStarts(environments: number, outageMs: number): Promise<Starts> {
  return onVirtualTime(async (time) => {
    let stsRequests = 0;
    let failed = 0;
    const took: number[] = [];
    const perSecond = new Map<number, number>();
    const assumeRole = async () => {
      stsRequests += 1;
      await pause(60);
      const second = Math.floor((time.now() - START) / 1_000);
      const nth = (perSecond.get(second) ?? 0) + 1;
      perSecond.set(second, nth);
      if (time.now() - START < outageMs || nth > 600) {
        const name = nth > 600 ? 'ThrottlingException' : 'ServiceUnavailable';
        throw Object.assign(new Error('Try later'), { name, $metadata: { httpStatusCode: 503 } });
      }
      const Expiration = new Date(time.now() + 3_600_000);
      return {
        Credentials: {
          AccessKeyId: `ASIA${stsRequests}`,
          SecretAccessKey: 's',
          SessionToken: 't',
          Expiration,
        },
      };
    };
    const start = async () => {
      const begunAt = time.now();
      const role = createAssumedRole({
        logger: { warn: () => {} },
        roleArn: 'arn:aws:iam::111111111111:role/invoke',
        sessionName: 'outage',
        client: { assumeRole },
      });
      const invocation = role.beginInvocation(20_000);
      await invocation.role.getCredentials().catch(() => {
        failed += 1;
      });
      took.push(time.now() - begunAt);
      await invocation.end({ finish: false });
    };
    for (let index = 0; index < environments; index += 1) {
      // As fast as Lambda starts them: 1,000 every 10 seconds.
      time.at(START + index * 10, () => void start());
    }
    await time.runUntil(START + environments * 10 + MINUTE_MS);
    took.sort((a, b) => a - b);
    const at = (share: number) => took[Math.floor(took.length * share)] ?? 0;
    return { environments, failed, stsRequests, medianMs: at(0.5), p95Ms: at(0.95) };
  });
}

/** Runs all simulations, and compares them with their targets. */
export async function judgeOutages(): Promise<Figure[]> {
  const burst = await simulateLoad({ calls: 300, answer: throttledAt(100) });
  const down = await simulateLoad({ calls: 1_000, parallel: 10, answer: failing });
  const polled = await simulateLoad({
    calls: 1,
    answer: executingFor(9_000),
    keyed: true,
    invocationMs: 29_000,
  });
  const starts = await simulateStarts(10_000, 50_000);
  const against = '300 calls at once, 100 a second allowed';
  return [
    figure(`succeeded, ${against}`, '%', burst.succeededPercent, { atLeast: 99 }),
    figure(`requests of a call, ${against}`, '', burst.requestsPerCall),
    figure('requests of a call to an API that fails each, 1,000 calls', '', down.requestsPerCall, {
      atMost: 1.05,
    }),
    figure('time of a call whose request takes 9 s, if its answer is lost', 'ms', polled.slowestMs, {
      atMost: 11_000,
    }),
    figure(
      'STS requests of a start, 10,000 starts, half of them in an outage',
      '',
      starts.stsRequests / 10_000,
    ),
    figure('time until credentials, 95 of 100 of these starts', 'ms', starts.p95Ms),
    figure('starts that failed', '', starts.failed),
  ];
}

async function onVirtualTime<T>(work: (time: VirtualTime) => Promise<T>): Promise<T> {
  const { setImmediate } = globalThis;
  const time = installVirtualTime(START);
  // The client lets the event loop turn before it sends.
  globalThis.setImmediate = ((next: () => void) => time.at(time.now(), next)) as typeof setImmediate;
  try {
    return await work(time);
  } finally {
    globalThis.setImmediate = setImmediate;
    time.uninstall();
  }
}

const pause = (ms: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, ms);
  });
