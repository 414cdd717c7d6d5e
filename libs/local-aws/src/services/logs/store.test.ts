import { systemClock } from '../../core/clock.ts';
import { LogStore } from './store.ts';

test('A group keeps the latest 5,000 lines of all its streams.', () => {
  const store = new LogStore(systemClock);
  const group = store.createGroup({ accountId: '111111111111', region: 'eu-west-1' }, '/aws/lambda/f');
  const written = 20_000;
  for (let line = 0; line < written; line++) {
    store.write(group, `stream ${line % 3}`, [{ timestamp: line, message: String(line) }]);
  }
  expect(group.events).toHaveLength(5_000);
  expect(group.events.map(({ timestamp }) => timestamp)).toEqual(
    group.events.map((_, index) => written - 5_000 + index),
  );
});
