import { AwsError } from '../../../core/errors.ts';
import { createBackgroundInvocations } from './background.ts';
import type { InvocationResult } from './result.ts';

const answer = {
  payload: Buffer.from('{}'),
  requestId: 'id',
  executedVersion: '$LATEST',
  logTail: Buffer.alloc(0),
  traceHeader: '',
};
const ok: InvocationResult = { kind: 'ok', ...answer };
const failed: InvocationResult = { kind: 'function-error', ...answer };
const refused = (kind: 'throttled' | 'failed' | 'recursive' | 'not-found'): InvocationResult => ({
  kind,
  requestId: 'id',
  error: new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429),
});
const throttled = refused('throttled');

describe('asynchronous invocations', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const run = (...results: InvocationResult[]) => {
    const invocations = createBackgroundInvocations([60_000, 120_000]);
    const attempt = jest.fn(async () => results.shift() ?? ok);
    invocations.accept(attempt);
    return { invocations, attempt };
  };

  test('an event that fails runs again after one minute, and once more after two', async () => {
    const { attempt } = run(failed, failed, failed);
    await jest.advanceTimersByTimeAsync(59_999);
    expect(attempt).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(attempt).toHaveBeenCalledTimes(2);
    await jest.advanceTimersByTimeAsync(120_000);
    expect(attempt).toHaveBeenCalledTimes(3);
    await jest.advanceTimersByTimeAsync(3_600_000);
    expect(attempt).toHaveBeenCalledTimes(3);
  });

  test('a throttled event waits longer each time, and does not count as failed', async () => {
    const { attempt } = run(throttled, throttled, failed, ok);
    await jest.advanceTimersByTimeAsync(1_000 + 2_000);
    expect(attempt).toHaveBeenCalledTimes(3);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(attempt).toHaveBeenCalledTimes(4);
  });

  test('an event whose environment could not start is not lost: it waits like a throttled one', async () => {
    const { attempt } = run(refused('failed'), refused('failed'), ok);
    await jest.advanceTimersByTimeAsync(1_000 + 2_000);
    expect(attempt).toHaveBeenCalledTimes(3);
    await jest.advanceTimersByTimeAsync(3_600_000);
    expect(attempt).toHaveBeenCalledTimes(3);
  });

  test.each(['recursive', 'not-found'] as const)('an event that is %s is not tried again', async (kind) => {
    const { attempt } = run(refused(kind));
    await jest.advanceTimersByTimeAsync(3_600_000);
    expect(attempt).toHaveBeenCalledTimes(1);
  });

  test('events that wait are dropped when the server closes', async () => {
    const { invocations, attempt } = run(failed);
    await invocations.settled();
    invocations.close();
    await jest.advanceTimersByTimeAsync(3_600_000);
    expect(attempt).toHaveBeenCalledTimes(1);
    invocations.accept(attempt);
    expect(attempt).toHaveBeenCalledTimes(1);
  });
});
