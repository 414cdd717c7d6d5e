import { FaultInjector } from './fault-injector.ts';

const target = { accountId: '111111111111', functionName: 'api-messages' };

test('the fault of an invocation is kept for the request that caused it, once', () => {
  const faults = new FaultInjector({
    rules: [{ name: 'dead', times: 1, effect: { type: 'kill-function', when: 'after' } }],
  });
  expect(faults.nextForInvocation('request-1', target)).toEqual({ action: 'kill', when: 'after' });
  expect(faults.nextForInvocation('request-2', target)).toBeUndefined();
  expect(faults.take('request-1')).toEqual({ type: 'kill-function', when: 'after', rule: 'dead' });
  expect(faults.take('request-1')).toBeUndefined();
});

test('invocations that nobody asks about do not pile up', () => {
  const faults = new FaultInjector({ rules: [{ effect: { type: 'stall-function' } }] });
  for (let i = 0; i < 5_000; i++) faults.nextForInvocation(`request-${i}`, target);
  expect(faults.take('request-0')).toBeUndefined();
  expect(faults.take('request-4999')).toMatchObject({ type: 'stall-function' });
});

test('a plan that is put anew begins anew', () => {
  const plan = { rules: [{ times: 1, effect: { type: 'kill-function' } }] };
  const faults = new FaultInjector();
  for (let i = 0; i < 2; i++) {
    faults.set(plan);
    expect(faults.nextForInvocation('r', target)).toBeDefined();
    expect(faults.nextForInvocation('r', target)).toBeUndefined();
  }
});

test('the longest session is part of the plan', () => {
  const faults = new FaultInjector({ maxSessionSeconds: 20 });
  expect(faults.maxSessionSeconds).toBe(20);
  faults.clear();
  expect(faults.maxSessionSeconds).toBeUndefined();
});
