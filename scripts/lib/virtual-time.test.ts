import { installVirtualTime, type VirtualTime } from './virtual-time.ts';

let time: VirtualTime;
beforeEach(() => {
  time = installVirtualTime(1_000);
});
afterEach(() => time.uninstall());

test('work and timers run in the order of their times, and Date.now is the time of each', async () => {
  const ran: [string, number][] = [];
  const note = (name: string) => () => void ran.push([name, Date.now()]);
  time.at(3_000, note('third'));
  time.at(1_500, () => setTimeout(note('second'), 700));
  time.at(1_200, note('first'));
  time.at(9_000, note('never'));
  await time.runUntil(5_000);
  expect(ran).toEqual([
    ['first', 1_200],
    ['second', 2_200],
    ['third', 3_000],
  ]);
  expect(time.now()).toBe(5_000);
});

test('promises that a step resolves run before the clock goes on', async () => {
  const seen: number[] = [];
  time.at(2_000, async () => {
    await Promise.resolve();
    await Promise.resolve();
    seen.push(Date.now());
  });
  time.at(3_000, () => {});
  await time.runUntil(4_000);
  expect(seen).toEqual([2_000]);
});

test('a timer that was cleared does not run', async () => {
  const work = jest.fn();
  clearTimeout(setTimeout(work, 10));
  await time.runUntil(2_000);
  expect(work).not.toHaveBeenCalled();
});

test('thousands of events in any order run in order', async () => {
  const seen: number[] = [];
  for (let index = 0; index < 5_000; index += 1) {
    time.at(1_000 + ((index * 7_919) % 5_000), () => seen.push(Date.now()));
  }
  await time.runUntil(10_000);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(seen).toHaveLength(5_000);
});

test('random numbers are the same in each run, spread evenly, and random again afterwards', () => {
  const draw = () => Array.from({ length: 1_000 }, () => Math.random());
  const first = draw();
  time.uninstall();
  expect(draw()).not.toEqual(first);
  time = installVirtualTime(1_000);
  expect(draw()).toEqual(first);
  expect(new Set(first).size).toBe(1_000);
  expect(first.reduce((sum, one) => sum + one) / 1_000).toBeCloseTo(0.5, 1);
  expect(first.every((one) => one >= 0 && one < 1)).toBe(true);
});

test('a second one is refused while the first is installed, and the first goes on', async () => {
  expect(() => installVirtualTime(9_000)).toThrow('A virtual time is installed already. Remove it first.');
  expect(Date.now()).toBe(1_000);
  const ran = jest.fn();
  setTimeout(ran, 500);
  await time.runUntil(2_000);
  expect(ran).toHaveBeenCalledTimes(1);
  time.uninstall();
  time = installVirtualTime(9_000);
  expect(Date.now()).toBe(9_000);
});
