import type { TraceRecord } from '../../trace/record.ts';
import { CallStore, listed, summaryOf } from './call-store.ts';
import { sequenceOf } from './sequence.ts';

function call(requestId: string, facts: Partial<TraceRecord> = {}): TraceRecord {
  return {
    time: '2026-01-01T00:00:00.000Z',
    requestId,
    accountId: '222222222222',
    principal: 'arn:aws:iam::222222222222:user/administrator',
    service: 'lambda',
    operation: 'Invoke',
    decisions: [],
    status: 200,
    durationMs: 1,
    ...facts,
  };
}

const everything = { accountId: '', service: '', outcome: '', management: false } as const;
const idsOf = (store: CallStore, filter: Parameters<typeof listed>[1] = everything) =>
  listed(store.roots, filter).map(({ event }) => event.requestId);

test('a call moves into the call that caused it when that is answered', () => {
  const store = new CallStore();
  store.add([call('inner', { parentRequestId: 'outer' })]);
  expect(idsOf(store)).toEqual(['inner']);
  store.add([call('outer')]);
  expect(idsOf(store)).toEqual(['outer']);
  expect(store.rootOf('inner')?.event.requestId).toBe('outer');
  store.add([call('late', { parentRequestId: 'outer', status: 403 })]);
  expect(store.find('outer')?.children.map(({ event }) => event.requestId)).toEqual(['inner', 'late']);
});

test('a write of an init phase that only opened a connection is not listed', () => {
  const store = new CallStore();
  const unmet = { status: 400, errorCode: 'ConditionalCheckFailedException' };
  const write = { service: 'dynamodb', operation: 'PutItem', ...unmet };
  store.add([call('opens', { ...write, phase: 'init' }), call('fails', write)]);
  expect(idsOf(store)).toEqual(['fails']);
});

test('a call is refused if one inside it was refused, even if it was answered itself', () => {
  const store = new CallStore();
  store.add([call('inner', { parentRequestId: 'outer', status: 403 }), call('outer')]);
  expect(summaryOf(store.roots[0]!)).toMatchObject({ outcome: 'refused', count: 2 });
});

test('a call inside that failed, and succeeded when it was tried again, is recovered', () => {
  const store = new CallStore();
  store.add([
    call('first', { parentRequestId: 'outer', service: 'sts', status: 503 }),
    call('second', { parentRequestId: 'outer', service: 'sts', time: '2026-01-01T00:00:01.000Z' }),
    call('outer'),
  ]);
  expect(summaryOf(store.roots[0]!).outcome).toBe('recovered');
});

test('an invocation whose function failed is a failed call', () => {
  const store = new CallStore();
  store.add([call('outer', { functionError: 'Unhandled' })]);
  expect(summaryOf(store.roots[0]!).outcome).toBe('failed');
});

test('filters choose by account, service and outcome, also of calls inside; deployment calls are left out', () => {
  const store = new CallStore();
  store.add([
    call('inner', { parentRequestId: 'outer', accountId: '111111111111', service: 'sts' }),
    call('outer'),
    call('other', { status: 500 }),
    call('deploy', { service: 'cloudformation', operation: 'CreateChangeSet' }),
  ]);
  expect(idsOf(store)).toEqual(['other', 'outer']);
  expect(idsOf(store, { ...everything, accountId: '111111111111' })).toEqual(['outer']);
  expect(idsOf(store, { ...everything, service: 'sts' })).toEqual(['outer']);
  expect(idsOf(store, { ...everything, outcome: 'failed' })).toEqual(['other']);
  expect(idsOf(store, { ...everything, management: true })).toEqual(['deploy', 'other', 'outer']);
});

test('a call that is received twice is kept once, and the oldest are dropped with what they caused', () => {
  const store = new CallStore(3);
  store.add([call('a-inner', { parentRequestId: 'a' }), call('a'), call('a'), call('b')]);
  expect(idsOf(store)).toEqual(['b', 'a']);
  store.add([call('c')]);
  expect(idsOf(store)).toEqual(['c', 'b']);
  expect(store.find('a-inner')).toBeUndefined();
});

test('calls that name each other as their cause do not hang the page', () => {
  const store = new CallStore();
  store.add([
    call('a', { parentRequestId: 'b' }),
    call('b', { parentRequestId: 'a' }),
    call('c', { parentRequestId: 'c' }),
  ]);
  expect(store.rootOf('a')).toBeDefined();
  expect(store.roots.length).toBeGreaterThan(0);
});

test('a step has its place in time, and goes from the account of its principal to that of its resource', () => {
  const store = new CallStore();
  store.add([
    call('assume', {
      parentRequestId: 'outer',
      time: '2026-01-01T00:00:00.040Z',
      durationMs: 5,
      principal: 'arn:aws:sts::222222222222:assumed-role/caller/caller',
      service: 'sts',
      operation: 'AssumeRole',
      decisions: [
        {
          principalArn: 'arn:aws:sts::222222222222:assumed-role/caller/caller',
          action: 'sts:AssumeRole',
          resource: 'arn:aws:iam::111111111111:role/invoke',
          context: { 'aws:ResourceAccount': '111111111111' },
          consulted: [],
          allowed: true,
          decidedBy: [],
        },
      ],
    }),
    call('outer', { durationMs: 100 }),
  ]);
  const { steps, totalMs } = sequenceOf(store.roots[0]!);
  expect(totalMs).toBe(100);
  expect(steps[1]).toMatchObject({
    title: 'sts AssumeRole',
    startMs: 40,
    durationMs: 5,
    depth: 1,
    fromAccount: '222222222222',
    toAccount: '111111111111',
  });
});

test('a filter for some calls lists only these', () => {
  const store = new CallStore();
  store.add([call('a'), call('b', { status: 403 }), call('c')]);
  const only = { title: 'refused', requestIds: new Set(['b']) };
  expect(idsOf(store, { ...everything, only })).toEqual(['b']);
});
