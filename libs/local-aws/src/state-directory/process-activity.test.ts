import { activityOf, hasWorked, parsePs, parseStat } from './process-activity.ts';

test('the activity of this process grows while it works', () => {
  const before = activityOf(process.pid);
  expect(before).toMatchObject({ isStopped: false });
  const end = process.cpuUsage().user + 400_000;
  while (process.cpuUsage().user < end);
  expect(hasWorked(before, activityOf(process.pid))).toBe(true);
  expect(hasWorked(before, before)).toBe(false);
});

test('a process that does not exist has none', () => {
  expect(activityOf(2 ** 30)).toBeUndefined();
  expect(hasWorked(undefined, { cpuSeconds: 9, isStopped: false })).toBe(false);
});

test.each([
  ['42 (node) S 1 42 42 0 -1 4194560 5000 0 0 0 150 25 0 0 20 0 11 0 12345 0', 1.75, false],
  ['42 (a) T) (b) T 1 42 42 0 -1 4194560 5000 0 0 0 100 0 0 0 20 0 11 0 12345 0', 1, true],
])('reads %s', (text, cpuSeconds, isStopped) => {
  expect(parseStat(text)).toEqual({ cpuSeconds, isStopped });
});

// Lines of `ps` on macOS, as https://ss64.com/mac/ps.html describes them.
test.each([
  ['S+     0:01.23\n', 1.23, false],
  ['T      1:02:03.50\n', 3_723.5, true],
  ['Rs   12:00.00', 720, false],
])('reads %j', (text, cpuSeconds, isStopped) => {
  expect(parsePs(text)).toEqual({ cpuSeconds, isStopped });
});

test.each(['', 'ps: error', '42 (node'])('does not read %j', (text) => {
  expect(parsePs(text)).toBeUndefined();
  expect(parseStat(text)).toBeUndefined();
});
