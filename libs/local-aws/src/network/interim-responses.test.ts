import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { pythonWith } from '../../test/python.testing.ts';
import { Holds } from '../core/holds.ts';
import type { AwsResponse } from '../core/request.ts';
import { listenForTests, type TestListener } from './listen.testing.ts';

let holds: Holds;
let listener: TestListener;
let answer: PromiseWithResolvers<AwsResponse>;
let received: PromiseWithResolvers<void>;
beforeEach(async () => {
  holds = new Holds();
  answer = Promise.withResolvers();
  received = Promise.withResolvers();
  listener = await listenForTests({
    holds,
    // Of the limits, this one alone differs.
    limits: { interimMs: 20 },
    answer() {
      received.resolve();
      return answer.promise;
    },
  });
});
afterEach(() => listener.close());

const ok = { status: 200, headers: {}, body: 'answer' };

/**
 * Sends a request and holds a function until the client has got several interim responses.
 * @param atLeastMs the shortest hold
 */
async function heldCall<Result>(call: (url: string) => Promise<Result>, atLeastMs = 0): Promise<Result> {
  const calling = call(`${listener.url}/`);
  await received.promise;
  const end = holds.begin();
  const observer = await observe();
  await setTimeout(atLeastMs);
  end();
  answer.resolve(ok);
  await observer.ended;
  return calling;
}

/** A client that sees three interim responses. All clients get theirs at the same time. */
async function observe() {
  const outgoing = request(`${listener.url}/`).end();
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

test('fetch gets its answer, however many interim responses come before it', async () => {
  expect(await heldCall(async (url) => (await fetch(url)).text())).toBe('answer');
});

test('curl gets its answer', async () => {
  const call = async (url: string) => (await promisify(execFile)('curl', ['--silent', url])).stdout;
  expect(await heldCall(call)).toBe('answer');
});

const python = pythonWith(['urllib.request'], "a test of Python's HTTP client");
(python === undefined ? test.skip : test)('the HTTP client of Python gets its answer', async () => {
  const script = 'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode())';
  const call = async (url: string) =>
    (await promisify(execFile)(python ?? '', ['-c', script, url])).stdout.trim();
  expect(await heldCall(call)).toBe('answer');
});

const boto3 = pythonWith(['boto3'], 'a test of boto3');
(boto3 === undefined ? test.skip : test)(
  'boto3 waits longer than its time-out, and does not repeat',
  async () => {
    const script = `
import boto3, sys
from botocore.config import Config
config = Config(read_timeout=4, retries={'max_attempts': 0})
keys = dict(region_name='us-east-1', aws_access_key_id='a', aws_secret_access_key='b')
client = boto3.client('lambda', endpoint_url=sys.argv[1].rstrip('/'), config=config, **keys)
print(client.invoke(FunctionName='hello')['Payload'].read().decode())`;
    const call = async (url: string) =>
      (await promisify(execFile)(boto3 ?? '', ['-c', script, url])).stdout.trim();
    expect(await heldCall(call, 6_000)).toBe('answer');
    // Its own, and the observer's.
    expect(listener.requests).toHaveLength(2);
  },
);

test('a client that has its answer, or that waits while nothing is held, gets no interim response', async () => {
  const statuses: number[] = [];
  const outgoing = request(`${listener.url}/`).end();
  outgoing.on('information', ({ statusCode }) => statuses.push(statusCode));
  const responded = once(outgoing, 'response');
  await received.promise;
  // A hold that has ended before it began.
  holds.begin()();
  await setTimeout(100);
  answer.resolve(ok);
  const [response] = await responded;
  response.resume();
  await once(response, 'end');
  expect(statuses.length).toBeLessThanOrEqual(1);
});
