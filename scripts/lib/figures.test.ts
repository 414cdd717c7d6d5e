import { figure, ratios, renderFigures, spreadOf } from './figures.ts';

const plain = (text: string) => text;
const palette = { allowed: plain, denied: plain, strong: plain, faint: plain };

test('a spread has the median, also of an even number of values, and the values around it', () => {
  expect(spreadOf([3, 1, 2])).toEqual({ median: 2, p5: 1, p95: 3 });
  expect(spreadOf([4, 1])).toEqual({ median: 2.5, p5: 1, p95: 4 });
  expect(() => spreadOf([])).toThrow('Nothing was measured.');
});

test.each([
  [{ below: 15 }, 15, false],
  [{ below: 15 }, 14.9, true],
  [{ atMost: 15 }, 15, true],
  [{ atLeast: 20 }, 19, false],
  [{ atLeast: 20 }, 20, true],
  [{ exactly: 1 }, 1, true],
  [{ exactly: 1 }, 0.9, false],
])('whether the target %j is met by %d: %s', (target, value, met) => {
  expect(figure('x', 'ms', value, target).met).toBe(met);
});

test('the table marks the figures that missed their target', () => {
  const lines = renderFigures(
    [
      figure('quick', 'ms', [1, 2, 3], { below: 5 }),
      figure('big', 'MB', 200, { below: 150 }, 'too big'),
      figure('peer', 'µs', 7),
      figure('failed', '', 0, { exactly: 0 }),
      figure('close', '×', 1.003, { atMost: 1 }),
    ],
    palette,
  );
  expect(lines.slice(1).map((line) => line.replace(/ +/g, ' '))).toEqual([
    '✔ quick 2 ms < 5 1 … 3',
    '✘ big 200 MB < 150 too big',
    ' peer 7 µs',
    '✔ failed 0 = 0',
    '✘ close 1.003 × ≤ 1',
  ]);
});

test('a ratio is that of each round', () => {
  expect(ratios([1, 6], [2, 3])).toEqual([0.5, 2]);
});
