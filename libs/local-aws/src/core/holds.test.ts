import { Holds } from './holds.ts';

beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] }));
afterEach(() => jest.useRealTimers());

test('a timer fires in time if nothing is held', () => {
  const fired = jest.fn();
  new Holds().setTimeout(fired, 1_000);
  jest.advanceTimersByTime(999);
  expect(fired).not.toHaveBeenCalled();
  jest.advanceTimersByTime(1);
  expect(fired).toHaveBeenCalledTimes(1);
});

test('the time of a hold does not count, however long it is', () => {
  const holds = new Holds();
  const fired = jest.fn();
  holds.setTimeout(fired, 1_000);
  jest.advanceTimersByTime(400);
  const end = holds.begin();
  jest.advanceTimersByTime(600_000);
  end();
  jest.advanceTimersByTime(590);
  expect(fired).not.toHaveBeenCalled();
  jest.advanceTimersByTime(70);
  expect(fired).toHaveBeenCalledTimes(1);
  expect(holds.heldMs).toBe(600_000);
});

test('a timer that starts during a hold has all of its time after it', () => {
  const holds = new Holds();
  const end = holds.begin();
  jest.advanceTimersByTime(5_000);
  const fired = jest.fn();
  holds.setTimeout(fired, 1_000);
  jest.advanceTimersByTime(5_000);
  end();
  jest.advanceTimersByTime(940);
  expect(fired).not.toHaveBeenCalled();
  jest.advanceTimersByTime(120);
  expect(fired).toHaveBeenCalledTimes(1);
});

test('holds that overlap are one, which ends with the last', () => {
  const holds = new Holds();
  const told: boolean[] = [];
  holds.subscribe((isHeld) => told.push(isHeld));
  const endFirst = holds.begin();
  jest.advanceTimersByTime(100);
  const endSecond = holds.begin();
  jest.advanceTimersByTime(100);
  endFirst();
  endFirst();
  expect(holds.isHeld).toBe(true);
  jest.advanceTimersByTime(100);
  endSecond();
  expect(holds.isHeld).toBe(false);
  expect(holds.heldMs).toBe(300);
  expect(told).toEqual([true, false]);
});

test('a timer that is cancelled during a hold never fires', () => {
  const holds = new Holds();
  const fired = jest.fn();
  const cancel = holds.setTimeout(fired, 100);
  const end = holds.begin();
  jest.advanceTimersByTime(1_000);
  cancel();
  end();
  jest.advanceTimersByTime(1_000);
  expect(fired).not.toHaveBeenCalled();
});
