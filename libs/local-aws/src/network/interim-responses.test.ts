import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { pythonWith } from '../../test/python.testing.ts';
import { heldCall, ok, useHeldRequests } from './interim-responses.testing.ts';

const held = useHeldRequests();

test('fetch gets its answer, however many interim responses come before it', async () => {
  expect(await heldCall(held(), async (url) => (await fetch(url)).text())).toBe('answer');
});

test('curl gets its answer', async () => {
  const call = async (url: string) => (await promisify(execFile)('curl', ['--silent', url])).stdout;
  expect(await heldCall(held(), call)).toBe('answer');
});

const python = pythonWith(['urllib.request'], "a test of Python's HTTP client");
(python === undefined ? test.skip : test)('the HTTP client of Python gets its answer', async () => {
  const script = 'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode())';
  const call = async (url: string) =>
    (await promisify(execFile)(python ?? '', ['-c', script, url])).stdout.trim();
  expect(await heldCall(held(), call)).toBe('answer');
});

test('a client that has its answer, or that waits while nothing is held, gets no interim response', async () => {
  const statuses: number[] = [];
  const outgoing = request(`${held().listener.url}/`).end();
  outgoing.on('information', ({ statusCode }) => statuses.push(statusCode));
  const responded = once(outgoing, 'response');
  await held().received.promise;
  // A hold that has ended before it began.
  held().holds.begin()();
  await setTimeout(100);
  held().answer.resolve(ok);
  const [response] = await responded;
  response.resume();
  await once(response, 'end');
  expect(statuses.length).toBeLessThanOrEqual(1);
});
