import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordedEvent } from '@cross-account-api/local-aws/explain';
import { explainRecorded } from './explain-trace.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'recorded-'));
  await mkdir(join(root, '.local-aws'), { mode: 0o700 });
});
afterAll(() => rm(root, { recursive: true }));

function event(requestId: string, status: number, parentRequestId?: string): RecordedEvent {
  return {
    time: '2026-01-02T03:04:05.678Z',
    requestId,
    ...(parentRequestId === undefined ? {} : { parentRequestId }),
    service: 'sts',
    operation: 'AssumeRole',
    decisions: [],
    status,
    durationMs: 1,
  };
}

async function explain(events: readonly RecordedEvent[], wanted: Parameters<typeof explainRecorded>[1]) {
  const lines = events.map((each) => `${JSON.stringify(each)}\n`).join('');
  await writeFile(join(root, '.local-aws/trace.jsonl'), `${lines}{"time":"being writ`);
  return (await explainRecorded(root, wanted)).map((each) => each.event.requestId);
}

const trace = [
  event('refused-1', 403),
  event('passed-1', 200),
  event('inner', 403, 'api'),
  event('other', 403, 'elsewhere'),
  event('api', 500, 'invoke'),
  event('token', 200, 'invoke'),
  event('invoke', 200),
  event('failed', 404),
];

test.each([
  [{ last: 1 }, ['other']],
  [{ last: 2 }, ['inner', 'other']],
  [{ last: 9 }, ['refused-1', 'inner', 'other']],
  [{ requestId: 'passed-1' }, ['passed-1']],
  [{ requestId: 'refused-1' }, ['refused-1']],
  [{ requestId: 'invoke' }, ['inner', 'invoke']],
  [{ requestId: 'inv' }, []],
])('%j of a trace', async (wanted, requestIds) => {
  expect(await explain(trace, wanted)).toEqual(requestIds);
});

test('an empty trace', async () => {
  expect(await explain([], { last: 1 })).toEqual([]);
});

test('no trace at all', async () => {
  await expect(explainRecorded(join(root, 'nowhere'), { last: 1 })).rejects.toMatchObject({
    code: 'NO_LOCAL_AWS',
  });
});
