import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { Holds } from '../core/holds.ts';
import type { AwsResponse } from '../core/request.ts';
import { listenForTests, type TestListener } from './listen.testing.ts';

/** The answer of each test's listener. */
export const ok = { status: 200, headers: {}, body: 'answer' };

/** What a test of a request that is held has. */
export interface HeldRequests {
  readonly holds: Holds;
  readonly listener: TestListener;
  readonly answer: PromiseWithResolvers<AwsResponse>;
  /** Is resolved when the first request has come. */
  readonly received: PromiseWithResolvers<void>;
}

/** Starts a listener for each test, which answers when the test says so. @returns what the current test has */
export function useHeldRequests(): () => HeldRequests {
  let current: HeldRequests;
  beforeEach(async () => {
    const holds = new Holds();
    const answer = Promise.withResolvers<AwsResponse>();
    const received = Promise.withResolvers<void>();
    const listener = await listenForTests({
      holds,
      // Of the limits, this one alone differs.
      limits: { interimMs: 20 },
      answer() {
        received.resolve();
        return answer.promise;
      },
    });
    current = { holds, listener, answer, received };
  });
  afterEach(() => current.listener.close());
  return () => current;
}

/**
 * Sends a request and holds a function until the client has got several interim responses.
 * @param atLeastMs the shortest hold
 */
export async function heldCall<Result>(
  { holds, listener, answer, received }: HeldRequests,
  call: (url: string) => Promise<Result>,
  atLeastMs = 0,
): Promise<Result> {
  const calling = call(`${listener.url}/`);
  await received.promise;
  const end = holds.begin();
  const observer = await observe(listener.url);
  await setTimeout(atLeastMs);
  end();
  answer.resolve(ok);
  await observer.ended;
  return calling;
}

/** A client that sees three interim responses. All clients get theirs at the same time. */
async function observe(url: string) {
  const outgoing = request(`${url}/`).end();
  let seen = 0;
  const enough = Promise.withResolvers<void>();
  outgoing.on('information', ({ statusCode }) => {
    expect(statusCode).toBe(102);
    seen += 1;
    if (seen === 3) enough.resolve();
  });
  const ended = once(outgoing, 'response').then(([response]) => response.resume());
  await enough.promise;
  return { ended };
}
