import { systemClock } from '../../core/clock.ts';
import { createLogStore } from './store.ts';

test('a group keeps the latest lines of all its streams, however many are written', () => {
  const store = createLogStore(systemClock);
  const group = store.createGroup({ accountId: '111111111111', region: 'eu-west-1' }, '/aws/lambda/f');
  const streams = ['a', 'b', 'c'].map((name) => store.createStream(group, name));
  const written = 20_000;
  for (let line = 0; line < written; line++) {
    store.append(streams[line % 3]!, [{ timestamp: line, message: String(line) }]);
  }
  const kept = streams
    .flatMap(({ events }) => events.map(({ timestamp }) => timestamp))
    .sort((a, b) => a - b);
  expect(kept.length).toBeGreaterThanOrEqual(5_000);
  expect(kept.length).toBeLessThan(6_000);
  expect(kept).toEqual(kept.map((_, index) => written - kept.length + index));
});
