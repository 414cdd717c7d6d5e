import { sharedRead } from './shared-read.ts';

function slowRead() {
  const runs: PromiseWithResolvers<number>[] = [];
  const read = sharedRead(() => {
    const run = Promise.withResolvers<number>();
    runs.push(run);
    return run.promise;
  });
  return { runs, read };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('calls during a run share one more run, which begins when the first has ended', async () => {
  const { runs, read } = slowRead();
  const first = read();
  const others = [read(), read(), read()];
  await turn();
  expect(runs).toHaveLength(1);
  runs[0]?.resolve(1);
  await turn();
  expect(runs).toHaveLength(2);
  runs[1]?.resolve(2);
  expect(await Promise.all([first, ...others])).toEqual([1, 2, 2, 2]);
});

test('a failed run fails its own call only, and a later call runs again', async () => {
  const { runs, read } = slowRead();
  const first = read();
  const second = read();
  runs[0]?.reject(new Error('gone'));
  await expect(first).rejects.toThrow('gone');
  await turn();
  runs[1]?.resolve(2);
  expect(await second).toBe(2);
  const third = read();
  runs[2]?.resolve(3);
  expect(await third).toBe(3);
});
