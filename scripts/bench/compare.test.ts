import { type Comparison, judgeComparisons } from './compare.ts';
import type { Contender } from './contenders.ts';

/** Measurements of invocations that compute half of the time. */
function comparison(contender: Contender, coldMs: number[], warmMs: number[]): Comparison {
  const cold = coldMs.map((ms) => ({ initMs: ms / 2, durationMs: ms / 2, cpuMs: ms / 4 }));
  const warm = warmMs.map((ms) => ({ initMs: 0, durationMs: ms, cpuMs: ms / 2 }));
  return { contender, cold, warm, zipBytes: 100_000 };
}

/** The figures, and whether they met their targets. */
const met = (comparisons: readonly Comparison[]) =>
  Object.fromEntries(judgeComparisons(comparisons).map((figure) => [figure.name, figure.met]));

test('ours is compared with the article and with the fastest other, on a slow machine as on a fast one', () => {
  for (const slow of [1, 3]) {
    const ms = (values: number[]) => values.map((value) => value * slow);
    const floor = comparison('floor', ms([10]), ms([2]));
    const article = comparison('article', ms([200]), ms([9]));
    const smithy = comparison('smithy', ms([67]), ms([2.4]));
    expect(met([comparison('ours', ms([70]), ms([2.4])), article, smithy, floor])).toEqual({
      'zip file of the caller': true,
      "cold invocation ÷ the article's": true,
      'cold invocation ÷ the fastest other': true,
      'warm invocation ÷ the fastest other': true,
    });
    expect(met([comparison('ours', ms([71]), ms([2.5])), article, smithy, floor])).toEqual({
      'zip file of the caller': true,
      "cold invocation ÷ the article's": false,
      'cold invocation ÷ the fastest other': false,
      'warm invocation ÷ the fastest other': false,
    });
  }
});

test('at 256 MB, a caller that has computed in its init phase is far ahead of one that computes in its invocation', () => {
  const cold = (initMs: number, cpuMs: number) => [{ initMs, durationMs: 110 - initMs, cpuMs }];
  const warm = [{ initMs: 0, durationMs: 3, cpuMs: 2 }];
  const other: Comparison = { contender: 'aws4fetch', zipBytes: 4_000, cold: cold(40, 60), warm };
  const name = 'cold invocation at 256 MB, model ÷ aws4fetch alone';
  expect(met([{ contender: 'ours', zipBytes: 90_000, cold: cold(90, 15), warm }, other])[name]).toBe(true);
  expect(met([{ contender: 'ours', zipBytes: 90_000, cold: cold(50, 50), warm }, other])[name]).toBe(false);
});

test('ratios compare the same round: a round on a busy machine does not favour either side', () => {
  const ours = comparison('ours', [30, 300, 30], [1]);
  const figures = judgeComparisons([ours, comparison('article', [100, 1_000, 900], [1])]);
  expect(figures[1]).toMatchObject({ value: 0.3, met: true });
});

test('a contender that was left out is not compared', () => {
  expect(met([comparison('aws4fetch', [40], [1])])).toEqual({});
  expect(Object.keys(met([comparison('ours', [30], [1]), comparison('smithy', [40], [1])]))).not.toContain(
    "cold invocation ÷ the article's",
  );
});
