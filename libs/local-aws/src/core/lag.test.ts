import { Lag } from './lag.ts';

function setUp() {
  const state = { now: 0, ms: undefined as number | undefined };
  const lag = new Lag<string>({ clock: { now: () => new Date(state.now) }, lagMs: () => state.ms });
  return { state, lag };
}

test('without a lag, a change is seen at once', () => {
  const { lag } = setUp();
  lag.changing('a', () => 'old');
  expect(lag.seen('a', 'new')).toBe('new');
});

test('with a lag, the state before a change is seen until its time has passed, whatever the lag is by then', () => {
  const { state, lag } = setUp();
  state.ms = 3_000;
  lag.changing('a', () => 'old');
  state.ms = undefined;
  state.now = 2_999;
  expect(lag.seen('a', 'new')).toBe('old');
  expect(lag.seen('b', 'other')).toBe('other');
  state.now = 3_000;
  expect(lag.seen('a', 'new')).toBe('new');
});

test('changes become visible one after another', () => {
  const { state, lag } = setUp();
  state.ms = 1_000;
  lag.changing('a', () => '1');
  state.now = 600;
  lag.changing('a', () => '2');
  const seen = [999, 1_000, 1_599, 1_600].map((now) => {
    state.now = now;
    return lag.seen('a', '3');
  });
  expect(seen).toEqual(['1', '2', '2', '3']);
});

test('a new resource is not visible until its lag has passed, and a deleted one is gone at once', () => {
  const { state, lag } = setUp();
  state.ms = 1_000;
  lag.changing('a', () => undefined);
  expect(lag.seen('a', 'new')).toBeUndefined();
  lag.changing('b', () => 'old');
  expect(lag.seen('b', undefined)).toBeUndefined();
});
