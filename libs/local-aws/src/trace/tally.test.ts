import type { TraceRecord } from './record.ts';
import { Tally } from './tally.ts';

const call = (
  second: number,
  action: string,
  allowed = true,
  resource = 'arn:aws:s3:::files/a',
): TraceRecord => ({
  time: new Date(second * 1_000).toISOString(),
  requestId: `r${second}`,
  service: 's3',
  operation: 'GetObject',
  status: 200,
  durationMs: 1,
  decisions: [
    {
      principalArn: 'arn:aws:sts::111111111111:assumed-role/a/session',
      action,
      resource,
      allowed,
      context: { 'aws:PrincipalArn': 'arn:aws:iam::111111111111:role/a' },
      consulted: [],
      decidedBy: [],
    } as unknown as TraceRecord['decisions'][number],
  ],
});
const isoOf = (second: number) => new Date(second * 1_000).toISOString();
const counts = (tally: Tally<TraceRecord>) =>
  tally.report().calls.map(({ latest, times }) => [latest.requestId, times]);

test('calls with the same decisions are counted together, and refused ones apart', () => {
  const tally = new Tally<TraceRecord>();
  for (const each of [call(1, 's3:GetObject'), call(2, 's3:GetObject', false), call(3, 's3:GetObject')]) {
    tally.add(each);
  }
  expect(counts(tally)).toEqual([
    ['r2', 1],
    ['r3', 2],
  ]);
  expect(tally.report().since).toBe(isoOf(1));
});

test('the calls of a route are one kind, whatever the parameters of its path', () => {
  const tally = new Tally<TraceRecord>();
  for (let second = 0; second < 5; second += 1) {
    tally.add(
      call(second, 'execute-api:Invoke', true, `arn:aws:execute-api:us-east-1:1:a/s/GET/items/${second}`),
    );
  }
  expect(counts(tally)).toEqual([['r4', 5]]);
});

test('if there are too many kinds, the one of the longest ago goes, and the time since which all are counted says so', () => {
  const tally = new Tally<TraceRecord>(2);
  tally.add(call(1, 's3:GetObject'));
  tally.add(call(2, 's3:PutObject'));
  tally.add(call(3, 's3:GetObject'));
  tally.add(call(4, 's3:DeleteObject'));
  expect(counts(tally)).toEqual([
    ['r3', 2],
    ['r4', 1],
  ]);
  expect(tally.report().since).toBe(isoOf(2));
});

test('a call that is not counted moves that time, too', () => {
  const tally = new Tally<TraceRecord>();
  tally.add(call(1, 's3:GetObject'));
  tally.forgotten(call(5, 's3:GetObject'));
  expect(tally.report().since).toBe(isoOf(5));
});

test('a tally begins with the counts of another, and is empty once it is cleared', () => {
  const first = new Tally<TraceRecord>();
  first.add(call(1, 's3:GetObject'));
  first.add(call(2, 's3:GetObject'));
  const second = new Tally<TraceRecord>();
  second.addAll(first.report());
  second.add(call(3, 's3:GetObject'));
  expect(second.report()).toMatchObject({ since: isoOf(1), calls: [{ times: 3 }] });
  second.clear();
  expect(second.report()).toEqual({ calls: [] });
});
