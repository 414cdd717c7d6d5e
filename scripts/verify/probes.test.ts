import { anonymize, anonymizeOutcome } from './anonymize.ts';
import { describeExpectation } from './probe.ts';
import { probesOf } from './probes.ts';
import { hostileTarget, identifying } from './test-results.testing.ts';

const names = (target = hostileTarget) => probesOf(target).map(({ name }) => name);

test('each probe has a name of its own, and neither names nor expectations name the deployment', () => {
  expect(new Set(names()).size).toBe(names().length);
  for (const { group, name, expected } of probesOf(hostileTarget)) {
    const text = [group, name, describeExpectation(expected)].join(' ');
    for (const secret of identifying) expect(text).not.toContain(secret);
  }
});

test('what is expected survives in a report, so that it can be compared', () => {
  for (const { expected } of probesOf(hostileTarget)) {
    expect(anonymizeOutcome(expected.outcome)).toBe(expected.outcome);
    expect(anonymize(expected.words ?? '')).toBe(expected.words ?? '');
  }
});

test('a stage without idempotency has no probe of repeated messages', () => {
  const without = names({ ...hostileTarget, idempotencyTable: undefined });
  expect(names().filter((name) => !without.includes(name))).toEqual(['POST /messages twice with one key']);
});

test('a stage that trusts no organization has no probe of another one', () => {
  const without = names({ ...hostileTarget, trustedOrganizationId: undefined });
  expect(names().filter((name) => !without.includes(name))).toEqual(['account B in another organization']);
});

test('a pair in one account has no probes of what only another account may not do', () => {
  const { pair } = hostileTarget;
  const caller = { ...pair.caller, arn: pair.caller.arn.replace('210987654321', '123456789012') };
  const without = names({ ...hostileTarget, pair: { ...pair, caller } });
  expect(names().filter((name) => !without.includes(name))).toEqual([
    'account B’s profile signs itself',
    'function of POST /messages, invoked',
    'function of GET /whoami, invoked',
  ]);
});

test('of each two callers, neither may be the other, and none may call the routes of others', () => {
  const further = names().filter((name) => /^caller \d/.test(name));
  expect(further).toEqual(
    expect.arrayContaining([
      ...['caller 1 as caller 2', 'caller 3 as caller 2', 'caller 2 as caller 1'],
      ...['caller 1 as caller 3', 'caller 2 as caller 3', 'caller 3 as caller 1'],
      ...['caller 2, route of others (1)', 'caller 3, route of others (1)'],
    ]),
  );
  expect(names({ ...hostileTarget, furtherCallers: [] })).toEqual(
    names().filter((name) => !further.includes(name)),
  );
});
