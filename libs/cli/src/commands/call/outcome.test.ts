import type { ContractOperation } from '../../project/contract.ts';
import { describeTime, outcomeOf } from './outcome.ts';

const measured = { invocationId: 'i', ms: 131.6, report: undefined };
const asked = { event: { operation: 'getSender' }, operation: { name: 'getSender' } as ContractOperation };

test('an answer was allowed, an error of the libraries for a refusal was denied, and of any other nothing is known', () => {
  expect(outcomeOf({ payload: { status: 200 } }, measured, asked)).toMatchObject({
    verdict: 'allowed',
    answer: { status: 200 },
  });
  const failed = (errorType: unknown) =>
    outcomeOf({ functionError: 'Unhandled', payload: { errorType, errorMessage: 'words' } }, measured, asked);
  expect(failed('AccessDenied')).toMatchObject({ verdict: 'denied', error: { message: 'words' } });
  expect(failed('AssumeRoleDenied')).toMatchObject({ verdict: 'denied' });
  expect(failed('RequestTimeout')).toMatchObject({ verdict: 'unknown', error: { type: 'RequestTimeout' } });
  expect(failed(undefined)).toMatchObject({ verdict: 'unknown', error: { type: 'Unhandled' } });
});

test('the answer to an event of the user says nothing of a decision, and can name records of a batch that failed', () => {
  const event = { Records: [{ messageId: 'a' }, { messageId: 'b' }] };
  expect(outcomeOf({ payload: 'done' }, measured, { event })).toMatchObject({
    verdict: 'unknown',
    answer: 'done',
  });
  const payload = { batchItemFailures: [{ itemIdentifier: 'b' }] };
  expect(outcomeOf({ payload }, measured, { event })).toMatchObject({
    answer: payload,
    failures: 'batchItemFailures names 1 of 2 records: b',
  });
});

test('the time says how long the function took, and its init phase', () => {
  expect(describeTime(measured)).toBe('132 ms');
  const report = { durationMs: 85.4, billedDurationMs: 86, memorySizeMb: 256, maxMemoryUsedMb: 90 };
  expect(describeTime({ ...measured, report })).toBe('132 ms, of which the function took 85 ms');
  expect(describeTime({ ...measured, report: { ...report, initDurationMs: 210 } })).toBe(
    '132 ms, of which the function took 85 ms after 210 ms of its init phase',
  );
});
