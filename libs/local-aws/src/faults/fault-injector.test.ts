import { FaultInjector } from './fault-injector.ts';

const target = { accountId: '111111111111', functionName: 'api-messages' };

test('A rule that strikes once injects its fault into one invocation.', () => {
  const faults = new FaultInjector({
    rules: [{ name: 'dead', times: 1, effect: { type: 'kill-function', when: 'after' } }],
  });
  expect(faults.nextForInvocation(target)).toEqual({ type: 'kill-function', when: 'after', rule: 'dead' });
  expect(faults.nextForInvocation(target)).toBeUndefined();
});

test('A plan that is set again begins again.', () => {
  const plan = { rules: [{ times: 1, effect: { type: 'kill-function' } }] };
  const faults = new FaultInjector();
  for (let i = 0; i < 2; i++) {
    faults.set(plan);
    expect(faults.nextForInvocation(target)).toBeDefined();
    expect(faults.nextForInvocation(target)).toBeUndefined();
  }
});

test('The plan limits the length of sessions until it is cleared.', () => {
  const faults = new FaultInjector({ maxSessionSeconds: 20 });
  expect(faults.maxSessionSeconds).toBe(20);
  faults.clear();
  expect(faults.maxSessionSeconds).toBeUndefined();
});
