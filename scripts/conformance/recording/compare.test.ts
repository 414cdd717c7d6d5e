import { compareRecordings, sortDifferences } from './compare.ts';
import type { Exchange } from './exchange.ts';
import { assemble, type ConformanceRecording, formatRecording } from './recording.ts';

const about = { version: '0.1.0', answeredBy: 'AWS', date: '2026-12-02', findings: [] } as const;
const redaction = { key: 'k', vocabulary: new Set<string>(), known: [] };

function exchange(status: number, body: Exchange['answer']['body'], more: Partial<Exchange> = {}): Exchange {
  return {
    step: 'verify',
    service: 'iam',
    operation: 'GetRole',
    request: { path: '/' },
    answer: { status, ...(body !== undefined && { body }) },
    times: 1,
    ...more,
  };
}

const recording = (...exchanges: readonly Exchange[]): ConformanceRecording => ({
  format: 1,
  ...about,
  exchanges,
});
const denied = (message: string) => exchange(403, { Error: { Code: 'AccessDenied', Message: message } });

test('names, values, order and the number of requests are no differences', () => {
  const one = recording(denied('User ‹value 1› may not'), exchange(200, { Role: { Arn: 'a' } }));
  const other = recording(
    exchange(200, { Role: { Arn: 'b' } }),
    denied('User ‹value 7› may not'),
    denied('User ‹value 8› may not'),
  );
  expect(compareRecordings(one, other)).toEqual([]);
});

test('another message, another code, a missing member and an invented one are differences, each with its side', () => {
  const aws = recording(denied('said by AWS'), exchange(200, { Role: { Arn: 'a', Path: '/' } }));
  const local = recording(denied('said by another'), exchange(200, { Role: { Arn: 'a', Made: 'up' } }));
  expect(compareRecordings(aws, local).map(({ what, only }) => [what, only])).toEqual([
    ['403 AccessDenied: said by AWS', 'recording'],
    ['Role.Path', 'recording'],
    ['403 AccessDenied: said by another', 'local AWS'],
    ['Role.Made', 'local AWS'],
  ]);
});

test('an operation that local AWS was never asked is a difference; a step that one of both left out is none', () => {
  const aws = recording(exchange(200, {}, { operation: 'GetUser' }), exchange(200, {}, { step: 'repair' }));
  expect(compareRecordings(aws, recording(exchange(200, {})))).toMatchObject([
    { operation: 'GetUser', what: '200', only: 'recording', steps: ['verify'] },
    { operation: 'GetRole', what: '200', only: 'local AWS' },
  ]);
});

test('which states of a stack a command saw in one step is no difference; that it never saw one is', () => {
  const events = (step: string, status: number) =>
    exchange(status, status === 200 ? { Events: ['e'] } : undefined, {
      step,
      operation: 'DescribeStackEvents',
    });
  const role = (step: string) => exchange(200, {}, { step });
  const both = [role('deploy'), role('remove')];
  const one = recording(...both, events('deploy', 200), events('remove', 400));
  const other = recording(...both, events('deploy', 400), events('remove', 200));
  const third = recording(...both, events('deploy', 200));
  expect(compareRecordings(one, other)).toEqual([]);
  expect(compareRecordings(one, third)).toMatchObject([{ what: '400 ', steps: ['all steps'] }]);
});

test('that a service was busy is no difference', () => {
  const busy = [exchange(400, { Error: { Code: 'Throttling' } }), exchange(429, undefined)];
  expect(compareRecordings(recording(exchange(200, {}), ...busy), recording(exchange(200, {})))).toEqual([]);
});

test('a known difference is told apart with its reason, and one that is gone is named', () => {
  const found = compareRecordings(recording(denied('a')), recording(denied('b')));
  const base = { service: 'iam', operation: 'GetRole' } as const;
  const known = [
    { ...base, what: '403 AccessDenied: a', only: 'recording', reason: 'why' },
    { ...base, what: 'Role.Gone', only: 'local AWS', reason: 'was so' },
  ] as const;
  const { unknown, explained, outdated } = sortDifferences(found, known);
  expect(unknown.map(({ what }) => what)).toEqual(['403 AccessDenied: b']);
  expect(explained).toMatchObject([{ what: '403 AccessDenied: a', reason: 'why' }]);
  expect(outdated).toMatchObject([{ what: 'Role.Gone' }]);
});

test('a recording is put together from lines: repetitions become one, half a line of a killed process is left out, and its text is JSON', () => {
  const hash = 'ab'.repeat(8);
  const line = JSON.stringify(
    exchange(200, { Role: { Arn: `arn:aws:iam::‹account:${hash}›:role/‹value:${hash}›` } }),
  );
  const made = assemble(
    [line, line, line.slice(0, 30)],
    { ...about, findings: [{ step: 'verify', text: 'secret-thing 403' }] },
    redaction,
  );
  expect(made.exchanges).toMatchObject([
    { times: 2, answer: { body: { Role: { Arn: 'arn:aws:iam::‹account 1›:role/‹value 2›' } } } },
  ]);
  expect(JSON.stringify(made)).not.toContain('secret-thing');
  expect(JSON.parse(formatRecording(made))).toEqual(made);
});
