import type { Comparison } from './compare.ts';
import type { Contender } from './contenders.ts';
import type { FunctionName } from './packages.ts';
import { judge, type Measured } from './targets.ts';

function comparison(contender: Contender, coldMs: number[], warmMs: number[]): Comparison {
  return {
    ...{ contender, coldMs, warmMs },
    ...{ zipBytes: 0, initMs: [1], stsCallsPerEnvironment: 1, peakMemoryMb: 1, throughput: new Map() },
  };
}

/** The figures that have a target, and whether they met it. */
const met = (measured: Measured) =>
  Object.fromEntries(
    judge(measured)
      .filter(({ target }) => target !== undefined)
      .map((figure) => [figure.name, figure.met]),
  );

test('ours is compared with the article and with the fastest other, on a slow machine as on a fast one', () => {
  for (const slow of [1, 3]) {
    const ms = (values: number[]) => values.map((value) => value * slow);
    const floor = comparison('floor', ms([10]), ms([2]));
    const article = comparison('article', ms([200]), ms([9]));
    const smithy = comparison('smithy', ms([61]), ms([2.4]));
    expect(met({ comparisons: [comparison('ours', ms([70]), ms([2.4])), article, smithy, floor] })).toEqual({
      "cold invocation ÷ the article's": true,
      'cold invocation ÷ the fastest other': true,
      'warm invocation ÷ the fastest other': true,
      'STS calls per environment, parallel invocations': true,
    });
    expect(met({ comparisons: [comparison('ours', ms([71]), ms([2.5])), article, smithy, floor] })).toEqual({
      "cold invocation ÷ the article's": false,
      'cold invocation ÷ the fastest other': false,
      'warm invocation ÷ the fastest other': false,
      'STS calls per environment, parallel invocations': true,
    });
  }
});

test('ratios are those of the same round: a round in which the machine was busy does not count against one of both', () => {
  const ours = comparison('ours', [30, 300, 30], [1]);
  const [ratio] = judge({ comparisons: [ours, comparison('article', [100, 1_000, 900], [1])] });
  expect(ratio).toMatchObject({ value: 0.3, met: true });
});

test('of a contender that failed there is no comparison, and no ratio to it', () => {
  const comparisons = [comparison('ours', [30], [1]), comparison('aws4fetch', [40], [1])];
  expect(Object.keys(met({ comparisons }))).not.toContain("cold invocation ÷ the article's");
  expect(judge({})).toEqual([]);
  expect(judge({ comparisons: [comparison('smithy', [1], [1])] })).toEqual([]);
});

test('zip files have targets, and the init of the caller beside that of client-sts alone', () => {
  const functions = (callerKb: number, callerMs: number) =>
    new Map<FunctionName, { zipBytes: number; initMs: number[] }>([
      ['caller', { zipBytes: callerKb * 1_000, initMs: [callerMs] }],
      ['messages', { zipBytes: 120_000, initMs: [1_000] }],
      ['client-sts', { zipBytes: 1, initMs: [20] }],
    ]);
  expect(met({ functions: functions(105, 30) })).toEqual({
    'zip file of caller': true,
    'zip file of messages': true,
    'init of caller ÷ of client-sts': true,
  });
  expect(met({ functions: functions(106, 31) })).toEqual({
    'zip file of caller': false,
    'zip file of messages': true,
    'init of caller ÷ of client-sts': false,
  });
});

test('deployment time and memory may grow with the number of functions, but not faster', () => {
  const scale = (functions: number, deployMs: number) => ({
    ...{ functions, deployMs, startMs: 1, requestsPerSecond: 1, usedMb: 50 },
  });
  const [deployment] = judge({ scales: [scale(10, 100), scale(100, 1_001)] });
  expect(deployment).toMatchObject({ value: 10.01, met: false });
});

test('the storm is judged by its busiest minute, not by its busiest second', () => {
  const storm = {
    ...{ environments: 10, invocations: 100, failed: 0, expired: 0, stsCalls: 40, throttled: 0 },
    ...{ perMinute: [], peakPerSecond: { start: 100, later: 108 } },
  };
  expect(judge({ storms: [{ ...storm, busiestMinute: 82 }] }).every((figure) => figure.met)).toBe(true);
  expect(judge({ storms: [{ ...storm, busiestMinute: 101 }] }).map((figure) => figure.met)).toEqual([
    true,
    true,
    false,
  ]);
});
