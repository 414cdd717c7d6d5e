import { FaultPlanError, parseFaultPlan } from './plan.ts';

const throttle = { type: 'throttle' } as const;

test('a plan may leave out what has a default', () => {
  expect(parseFaultPlan({})).toEqual({ seed: 1, rules: [] });
  expect(parseFaultPlan({ rules: [{ effect: throttle }] })).toEqual({
    seed: 1,
    rules: [{ match: {}, effect: throttle }],
  });
});

test.each([
  ['a probability above 1', { rate: 3, effect: throttle }, 'rules[0].rate must be between 0 and 1, not 3'],
  [
    'a negative probability',
    { rate: -0.1, effect: throttle },
    'rules[0].rate must be between 0 and 1, not -0.1',
  ],
  [
    'a probability that is not a number',
    { rate: '0.1', effect: throttle },
    'rules[0].rate must be a number, not "0.1"',
  ],
  ['a fraction of a request', { every: 1.5, effect: throttle }, 'rules[0].every must be a whole number'],
  [
    'a rule with two frequencies',
    { rate: 0.1, every: 2, effect: throttle },
    'has both rate and every; keep one',
  ],
  ['a rule without an effect', {}, 'rules[0].effect is missing'],
  ['an unknown effect', { effect: { type: 'explode' } }, 'must have a type: error, throttle, delay'],
  ['an unknown key', { effect: throttle, ratio: 1 }, 'rules[0].ratio is not a known setting'],
  [
    'an unknown match',
    { match: { host: 'x' }, effect: throttle },
    'rules[0].match.host is not a known setting',
  ],
  [
    'an empty glob',
    { match: { service: '' }, effect: throttle },
    'match.service must have 1 to 200 characters',
  ],
  [
    'a name for an account',
    { match: { account: 'api' }, effect: throttle },
    'an account ID of twelve digits',
  ],
  [
    'an error that is a success',
    { effect: { type: 'error', status: 200, code: 'X' } },
    '400 to 599, not 200',
  ],
  [
    'an error code with a line break',
    { effect: { type: 'error', status: 500, code: 'a\r\nb' } },
    'effect.code must be an error code',
  ],
  [
    'a range from the higher to the lower number',
    { effect: { type: 'delay', ms: [20, 10] } },
    'effect.ms must be',
  ],
  [
    'a match of a service for a process',
    { match: { service: 'sts' }, effect: { type: 'kill-function' } },
    'its match may only have function and account',
  ],
  [
    'a match of a function for a request',
    { match: { function: 'x' }, effect: throttle },
    'which is only for kill-function and stall-function',
  ],
])('the error for %s names the place and the rule', (_name, rule, message) => {
  expect(() => parseFaultPlan({ rules: [rule] })).toThrow(FaultPlanError);
  expect(() => parseFaultPlan({ rules: [rule] })).toThrow(message);
});

test('the message has the name of the rule', () => {
  const rules = [{ effect: throttle }, { name: 'slow', rate: 2, effect: throttle }];
  expect(() => parseFaultPlan({ rules })).toThrow(
    'rules[1].rate (rule "slow") must be between 0 and 1, not 2',
  );
});

test.each([
  [null],
  [[]],
  ['plan'],
  [{ seed: -1 }],
  [{ seed: 2 ** 32 }],
  [{ maxSessionSeconds: 0 }],
  [{ rules: {} }],
])('%j is refused, as it is not a plan', (value) => {
  expect(() => parseFaultPlan(value)).toThrow(/^The fault plan is not valid: /);
});

test('keys with a meaning in JavaScript are unknown settings like any other', () => {
  const plan = JSON.parse('{"__proto__":{"rules":[]},"constructor":1}') as unknown;
  expect(() => parseFaultPlan(plan)).toThrow(FaultPlanError);
});
