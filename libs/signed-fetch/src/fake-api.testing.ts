import { setImmediate as eventLoopTurn } from 'node:timers/promises';

/** One request that the fake got. */
export interface SentRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string;
  readonly redirect: string | undefined;
  readonly signal: AbortSignal;
  /** When it was sent, in milliseconds since the epoch. */
  readonly at: number;
}

/** The fake's reply: a `Response`, an error to reject with, or no answer at all. */
export type Reply = Response | Error | 'silence';

/** A `fetch` that answers by a list. For tests. */
export class FakeApi {
  readonly requests: SentRequest[] = [];
  readonly #replies: (Reply | (() => Reply))[];

  /** @param replies one for each request, in order; the last one goes on for ever */
  constructor(...replies: (Reply | (() => Reply))[]) {
    this.#replies = replies;
  }

  fetch = async (url: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const signal = init.signal ?? new AbortController().signal;
    this.requests.push({
      url: String(url),
      method: init.method ?? 'GET',
      headers: new Headers(init.headers),
      body: init.body instanceof Uint8Array ? new TextDecoder().decode(init.body) : '',
      redirect: init.redirect,
      signal,
      at: Date.now(),
    });
    const next = this.#replies.length > 1 ? this.#replies.shift() : this.#replies[0];
    const reply = typeof next === 'function' ? next() : next;
    if (reply === undefined || reply === 'silence') {
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    }
    if (reply instanceof Error) throw reply;
    return reply.clone();
  };
}

/** The time at which tests begin. */
export const NOW = Date.parse('2026-11-24T12:00:00Z');

/** Stops the clock and the dice in each test of a file. Promises and the event loop go on. */
export function useFakeTime(): void {
  beforeEach(() => {
    jest.useFakeTimers({
      now: NOW,
      doNotFake: ['nextTick', 'setImmediate', 'clearImmediate', 'queueMicrotask', 'performance', 'hrtime'],
    });
    jest.spyOn(Math, 'random').mockReturnValue(0.5);
  });
  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });
}

/** Lets time pass. Timers fire when they are due, and their work is done. */
export async function advance(ms: number): Promise<void> {
  let reached = false;
  setTimeout(() => {
    reached = true;
  }, ms);
  await settle();
  // Without timers, the test has ended meanwhile.
  while (!reached && jest.getTimerCount() > 0) {
    jest.advanceTimersToNextTimer();
    await settle();
  }
}

/** Lets everything happen that needs no time to pass. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn += 1) await eventLoopTurn();
}

/** An answer of API Gateway. */
export function gatewayAnswer(
  status: number,
  body: unknown,
  { errorType, ...headers }: Readonly<Record<string, string>> = {},
): Response {
  return new Response(typeof body === 'string' ? body : JSON.stringify(body), {
    status,
    headers: {
      'content-type': 'application/json',
      'x-amzn-requestid': `request-${status}`,
      'x-amz-apigw-id': `extended-${status}=`,
      ...(errorType !== undefined && { 'x-amzn-errortype': errorType }),
      ...headers,
    },
  });
}

/** The error of Node's `fetch` if the network fails. */
export function networkError(
  code: string,
  message = 'it broke',
  details: Record<string, unknown> = {},
): Error {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code, ...details }) });
}
