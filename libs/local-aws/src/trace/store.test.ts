import type { TraceEvent } from './event.ts';
import { createTrace } from './store.ts';

function event(requestId: string, errorMessage = ''): TraceEvent {
  const request = { requestId, service: 'sts', operation: 'AssumeRole', status: 200, errorMessage };
  return { time: new Date(0), ...request, decisions: [], durationMs: 1 };
}
const large = 'x'.repeat(10_000);

test('it keeps the latest events, up to a number', () => {
  const trace = createTrace({ capacity: 2 });
  for (const id of ['a', 'b', 'c']) trace.record(event(id));
  expect(trace.events().map(({ requestId }) => requestId)).toEqual(['b', 'c']);
});

test('it keeps the latest events, up to a size, and says so once', () => {
  const reports: string[] = [];
  const trace = createTrace({ bytes: 35_000, report: (message) => reports.push(message) });
  for (let index = 0; index < 100; index += 1) trace.record(event(`r${index}`, large));
  expect(trace.events().map(({ requestId }) => requestId)).toEqual(['r97', 'r98', 'r99']);
  expect(reports).toEqual([expect.stringContaining('the oldest are no longer in the console')]);
  trace.record(event('huge', large.repeat(9)));
  expect(trace.events().map(({ requestId }) => requestId)).toEqual(['huge']);
});

test('a request is found by the IDs of its answer, and no client that chooses the ID of an earlier request hides that one', () => {
  const trace = createTrace();
  const answered = { ...event('b'), answeredIds: { requestId: 'a', extendedRequestId: 'b-extended=' } };
  for (const each of [event('a'), answered, event('c')]) trace.record(each);
  const found = ['a', 'b', 'b-extended=', 'd'].map((id) => trace.find(id)?.requestId);
  expect(found).toEqual(['a', 'b', 'b', undefined]);
});

test('a listener gets each event with its line, until it leaves', () => {
  const trace = createTrace();
  const lines: string[] = [];
  const leave = trace.subscribe(({ requestId }, line) =>
    lines.push(`${requestId} ${JSON.parse(line).requestId}`),
  );
  trace.record(event('a'));
  leave();
  trace.record(event('b'));
  expect(lines).toEqual(['a a']);
});
