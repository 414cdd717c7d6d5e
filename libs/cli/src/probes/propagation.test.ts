import type { Expectation, Observation, Probe, ProbeRequest } from './probe.ts';
import { createPropagationRetry, mayBeTooEarly } from './propagation.ts';

const call: ProbeRequest = { kind: 'send', request: { method: 'GET', path: '/orders' } };
const probe = (expected: Expectation, request: ProbeRequest = call): Probe => ({
  group: 'The call',
  name: 'GET /orders',
  credentials: 'caller function',
  request,
  expected,
});
const positive = probe({ outcome: '2xx or 404' });
const refused: Observation = { outcome: 'AssumeRoleDenied', message: 'STS does not let a assume b.' };
const success: Observation = { outcome: '200', message: '' };

/** Observes these answers one after another; the last one again and again. */
function setUp(answers: readonly Observation[], seconds = 60) {
  const waits: number[] = [];
  const told: string[] = [];
  let observations = 0;
  const observeUntilSpread = createPropagationRetry({
    seconds,
    onWait: ({ name }, { outcome }, left) => told.push(`${name}: ${outcome}, ${left} s`),
    wait: async (ms) => void waits.push(ms),
  });
  const observe = async () => {
    observations += 1;
    return answers[Math.min(observations, answers.length) - 1]!;
  };
  return { observeUntilSpread, observe, waits, told, observations: () => observations };
}

test('a refused call is repeated until it succeeds, and this is told once', async () => {
  const { observeUntilSpread, observe, told, waits } = setUp([refused, refused, refused, success]);
  expect(await observeUntilSpread(positive, observe)).toBe(success);
  expect(told).toEqual(['GET /orders: AssumeRoleDenied, 60 s']);
  expect(waits).toEqual([500, 1_000, 2_000]);
});

test('a call that stays refused is repeated for so long, in all probes together', async () => {
  const { observeUntilSpread, observe, waits, observations } = setUp([refused], 10);
  expect(await observeUntilSpread(positive, observe)).toBe(refused);
  expect(waits.reduce((sum, ms) => sum + ms, 0)).toBe(10_000);
  const before = observations();
  await observeUntilSpread(positive, observe);
  expect(observations()).toBe(before + 1);
});

test('with 0 seconds, nothing is repeated', async () => {
  const { observeUntilSpread, observe, observations, told } = setUp([refused], 0);
  expect(await observeUntilSpread(positive, observe)).toBe(refused);
  expect({ observations: observations(), told }).toEqual({ observations: 1, told: [] });
});

test('Ctrl-C ends the waiting', async () => {
  const { observe, observations } = setUp([refused]);
  const observeUntilSpread = createPropagationRetry({ seconds: 60, signal: AbortSignal.abort() });
  await observeUntilSpread(positive, observe);
  expect(observations()).toBe(1);
});

test('an attack that got through is not repeated', async () => {
  const { observeUntilSpread, observe, observations } = setUp([success, refused]);
  const attack = probe({ outcome: '403 MissingAuthenticationTokenException' });
  expect(await observeUntilSpread(attack, observe)).toBe(success);
  expect(observations()).toBe(1);
});

test.each<[string, Probe, string, boolean]>([
  ['STS refuses', positive, 'AssumeRoleDenied', true],
  ['the API refuses', positive, '403 AccessDeniedException', true],
  ['the stage is not there yet', positive, '403 ForbiddenException', true],
  ['API Gateway may not invoke the function', positive, '500 InternalServerErrorException', true],
  ['the function fails, which may have executed the request', positive, '502', false],
  ['another identity was seen', positive, 'another identity', false],
  ['the request was executed twice', positive, 'executed twice', false],
  ['the API’s own 404 is expected', positive, '404', false],
  ['an attack is refused in other words', probe({ outcome: '403 AccessDenied' }), '403', false],
  [
    'policies are evaluated, which are read and not asked',
    probe({ outcome: 'allowed' }, { kind: 'chain' }),
    'denied',
    false,
  ],
])('when %s, it may be too early: %#', (_what, of, outcome, expected) => {
  expect(mayBeTooEarly(of, { outcome, message: '' })).toBe(expected);
});
