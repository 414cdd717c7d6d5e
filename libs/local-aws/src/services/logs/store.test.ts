import { systemClock } from '../../core/clock.ts';
import { LogStore } from './store.ts';

const scope = { accountId: '111111111111', region: 'eu-west-1' };
const line = (timestamp: number, length: number) => ({ timestamp, message: 'x'.repeat(length) });
const timesOf = ({ events }: { readonly events: readonly { readonly timestamp: number }[] }) =>
  events.map(({ timestamp }) => timestamp);

function createStore(mostBytes: number) {
  const reports: string[] = [];
  const store = new LogStore(systemClock, { mostBytes, report: (message) => reports.push(message) });
  const [one, other] = ['one', 'other'].map((name) => store.createGroup(scope, name));
  return { store, reports, one: one!, other: other! };
}

test('the oldest lines of all groups go when there are too many bytes, and one message says so', () => {
  const { store, reports, one, other } = createStore(100_000);
  store.write(one, 'first', [line(0, 1_000)]);
  store.write(other, 'quiet', [line(1, 1_000)]);
  for (let time = 2; time < 2_000; time += 1) store.write(one, `stream ${time % 3}`, [line(time, 1_000)]);
  const kept = timesOf(one);
  expect(kept.length).toBeGreaterThan(60);
  expect(kept.length).toBeLessThanOrEqual(80);
  expect(kept).toEqual(kept.map((_, index) => 2_000 - kept.length + index));
  expect(timesOf(other)).toEqual([]);
  expect(reports).toEqual([expect.stringContaining('so their oldest lines go from now on')]);
  // A stream goes with its last line.
  expect([...one.streams.keys()].sort()).toEqual(['stream 0', 'stream 1', 'stream 2']);
  expect(other.streams.size).toBe(0);
});

test('many short lines stay, more than 5,000 in a group', () => {
  const { store, reports, one } = createStore(10_000_000);
  for (let time = 0; time < 20_000; time += 1) store.write(one, 'a', [line(time, 10)]);
  expect(one.events).toHaveLength(20_000);
  expect(reports).toEqual([]);
});

test('the latest line stays, whatever its size', () => {
  const { store, one } = createStore(10_000);
  store.write(one, 'a', [line(0, 10), line(1, 1_000_000)]);
  expect(timesOf(one)).toEqual([1]);
});

test('a deleted group gives back its bytes', () => {
  const { store, reports, one, other } = createStore(10_000);
  store.write(one, 'a', [line(0, 6_000)]);
  store.deleteGroup(one);
  store.write(other, 'a', [line(1, 6_000)]);
  expect(timesOf(other)).toEqual([1]);
  expect(reports).toEqual([]);
});
