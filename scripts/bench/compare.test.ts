import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLAIMS, type Comparison, judgeComparisons } from './compare.ts';
import { type Contender, contenders } from './contenders.ts';

/** Measurements of cold invocations that compute in the init phase and in the invocation, in ms. */
function comparison(contender: Contender, ...cold: (readonly [number, number])[]): Comparison {
  return {
    contender,
    cold: cold.map(([initCpuMs, cpuMs]) => ({ initMs: 0, durationMs: 0, initCpuMs, cpuMs, roundTrips: 0 })),
    warm: [],
    zipBytes: 100_000,
  };
}

/** The figures, and whether they met their targets. */
const met = (comparisons: readonly Comparison[]) =>
  Object.fromEntries(judgeComparisons(comparisons).map((figure) => [figure.name, figure.met]));

test('ours is compared with the smallest client at both ends, on a slow machine as on a fast one', () => {
  const other = 'this project ÷ aws4fetch alone, STS in init, cold';
  for (const slow of [1, 3]) {
    const peer = comparison('aws4fetch-init', [100 * slow, 10 * slow]);
    const judged = (initMs: number, cpuMs: number) =>
      met([comparison('ours', [initMs * slow, cpuMs * slow]), peer]);
    expect(judged(105, 11)).toEqual({
      'zip file of the caller': true,
      [`${other}, 256 MB`]: true,
      [`${other}, 1769 MB`]: true,
    });
    // Computing in the invocation is slowed sevenfold at 256 MB.
    expect(judged(90, 20)).toMatchObject({ [`${other}, 256 MB`]: false, [`${other}, 1769 MB`]: true });
    expect(judged(118, 8)).toMatchObject({ [`${other}, 256 MB`]: true, [`${other}, 1769 MB`]: false });
  }
});

test("the API's handler is compared with the one that is written by hand", () => {
  const byHand = comparison('post-by-hand', [120, 6]);
  expect(Object.values(met([comparison('post', [110, 8]), byHand]))).toEqual([true, true]);
  // Computing in the invocation is slowed sevenfold at 256 MB.
  expect(Object.values(met([comparison('post', [82, 36]), byHand]))).toEqual([false, true]);
  expect(Object.values(met([comparison('post', [125, 6]), byHand]))).toEqual([true, false]);
});

test('ratios compare the same round: a round on a busy machine does not favour either side', () => {
  const ours = comparison('ours', [30, 0], [300, 0], [30, 0]);
  const figures = judgeComparisons([ours, comparison('article', [100, 0], [1_000, 0], [900, 0])]);
  expect(figures[1]).toMatchObject({ value: 0.3, met: true });
});

test('a contender that was left out is not compared', () => {
  expect(met([comparison('aws4fetch', [40, 1])])).toEqual({});
  expect(Object.keys(met([comparison('ours', [30, 1]), comparison('smithy', [40, 1])]))).toEqual([
    'zip file of the caller',
  ]);
});

test("the targets are the README's claims, no looser", () => {
  const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
  const claimed = readme.split('\n').flatMap((line) => {
    const [, title = '', ...cells] = line.split('|').map((cell) => cell.trim());
    const sizes = [256, 1_769];
    return title.includes(' ÷ ')
      ? cells.flatMap((cell, index) => {
          const [, most] = /^at most ([\d.]+) /.exec(cell) ?? [];
          return most === undefined ? [] : [`${title}, ${sizes[index]} MB: ${most}`];
        })
      : [];
  });
  const judged = CLAIMS.map(
    ({ of, other, memoryMb, atMost }) =>
      `${contenders[of]} ÷ ${contenders[other]}, ${memoryMb} MB: ${atMost}`,
  );
  expect(claimed.sort()).toEqual(judged.sort());
});
