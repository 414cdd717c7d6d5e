import type { Comparison } from './compare.ts';
import type { Contender } from './contenders.ts';
import { judgeTargets } from './targets.ts';

function comparison(contender: Contender, coldMs: number, warmMs: number): Comparison {
  return {
    contender,
    ...{ bundleBytes: 0, zipBytes: 0, initMs: [1], stsCallsPerEnvironment: 1, peakMemoryMb: 1 },
    coldMs: [coldMs],
    warmMs: [warmMs],
    throughput: new Map(),
  };
}

const met = (comparisons: readonly Comparison[]) =>
  Object.fromEntries(judgeTargets({ comparisons }).map((target) => [target.name, target.met]));

test('ours must be as fast as the fastest other, and 0.6 of the article', () => {
  const floor = comparison('floor', 10, 2);
  const article = comparison('article', 100, 9);
  expect(met([comparison('ours', 60, 2.4), article, floor])).toEqual({
    "cold invocation ÷ the article's": true,
    'cold invocation ÷ the fastest other': true,
    'warm invocation ÷ the fastest other': true,
    'warm invocation over the floor': true,
    'STS calls per environment, 50 parallel invocations': true,
  });
  expect(met([comparison('ours', 61, 2.5), article, comparison('smithy', 50, 2.4), floor])).toEqual({
    "cold invocation ÷ the article's": false,
    'cold invocation ÷ the fastest other': false,
    'warm invocation ÷ the fastest other': false,
    'warm invocation over the floor': false,
    'STS calls per environment, 50 parallel invocations': true,
  });
});

test('a part that was not measured has no targets', () => {
  expect(judgeTargets({})).toEqual([]);
  expect(judgeTargets({ comparisons: [comparison('smithy', 1, 1)] })).toEqual([]);
});

test('deployment time and memory may grow with the number of functions, but not faster', () => {
  const scale = (functions: number, deployMs: number) => ({
    ...{ functions, deployMs, startMs: 1, requestsPerSecond: 1, usedMb: 50 },
  });
  const [deployment] = judgeTargets({ scales: [scale(10, 100), scale(100, 1_001)] });
  expect(deployment).toMatchObject({ value: 10.01, met: false });
});
