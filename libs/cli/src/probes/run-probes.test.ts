import type { Probe } from './probe.ts';
import { runProbes } from './run-probes.ts';
import { hostileTarget } from './test-results.testing.ts';

const probe = (name: string, outcome = '2xx'): Probe => ({
  group: 'The call',
  name,
  credentials: 'the caller',
  request: { kind: 'send', request: { method: 'GET', path: '/' } },
  expected: { outcome },
});

test('probes run one after another, and each result is told as it comes', async () => {
  const told: string[] = [];
  const results = await runProbes(
    [probe('allowed'), probe('attack', '403')],
    { observe: async () => ({ outcome: '200', message: '' }) },
    { onResult: (result) => told.push(`${result.probe.name}: ${result.pass}`) },
  );
  expect(told).toEqual(['allowed: true', 'attack: false']);
  expect(results.map(({ pass }) => pass)).toEqual([true, false]);
});

test('after an interruption, no further probe begins', async () => {
  const stop = new AbortController();
  const observed: string[] = [];
  const results = await runProbes(
    [probe('first'), probe('second')],
    {
      observe: async ({ name }) => {
        observed.push(name);
        stop.abort();
        return { outcome: '200', message: '' };
      },
    },
    { signal: stop.signal },
  );
  expect(observed).toEqual(['first']);
  expect(results).toHaveLength(1);
});

test.each([
  ['412', ['call']],
  ['201', ['call', 'twice']],
  ['500', ['call', 'twice']],
])(
  'after the answer %s to the example of an operation, the probes that were run are %j',
  async (outcome, run) => {
    const [write] = hostileTarget.operations;
    const call = (name: string, repeated?: true): Probe => ({
      ...probe(name, '2xx or 412'),
      request: { kind: 'call', operation: write!, ...(repeated && { repeated }) },
    });
    const observe = async () => ({ outcome, message: '' });
    const results = await runProbes([call('call'), call('twice', true)], { observe }, {});
    expect(results.map((result) => result.probe.name)).toEqual(run);
  },
);
