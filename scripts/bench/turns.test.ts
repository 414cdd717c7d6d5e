import { setTimeout } from 'node:timers/promises';
import { atOnce, takeTurns } from './turns.ts';

const contenders = () =>
  (['ours', 'article', 'axios'] as const).map((name) => [name, [] as number[]] as const);

test('a contender that fails has no further turns and is named with its reason; the others go on', async () => {
  const giveUp = jest.fn().mockRejectedValue(new Error('Is not there.'));
  const { each, running, failures } = takeTurns(contenders(), giveUp);
  for (let round = 1; round <= 3; round += 1) {
    await each(async (name, into) => {
      if (name === 'article' && round === 2) throw new Error('Task timed out after 20.00 seconds');
      into.push(round);
    });
  }
  expect([...running]).toEqual([
    ['ours', [1, 2, 3]],
    ['axios', [1, 2, 3]],
  ]);
  expect(failures).toEqual([{ name: 'article', reason: 'Task timed out after 20.00 seconds' }]);
  expect(giveUp.mock.calls).toEqual([['article']]);
});

test('if one of several at once fails, the others are waited for', async () => {
  let running = 0;
  const work = async () => {
    running += 1;
    const number = running;
    await setTimeout(number * 5);
    running -= 1;
    if (number === 1) throw new Error('the first');
  };
  await expect(atOnce(3, work)).rejects.toThrow('the first');
  expect(running).toBe(0);
});
