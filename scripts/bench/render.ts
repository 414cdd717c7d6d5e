import type { Palette } from '@cross-account-api/iam';
import { type Comparison, PARALLEL } from './compare.ts';
import { contenders } from './contenders.ts';
import { percentile, rounded, spreadOf, table } from './figures.ts';
import type { Scale } from './scale.ts';
import type { Storm } from './storm.ts';
import type { Failure } from './turns.ts';

/** Renders the comparison: a table of medians, each with its ratio to ours. */
export function renderComparison(comparisons: readonly Comparison[], palette: Palette): string[] {
  const ours = comparisons.find(({ contender }) => contender === 'ours');
  const columns: readonly (readonly [string, (one: Comparison) => number])[] = [
    ['zip KB', ({ zipBytes }) => zipBytes / 1_000],
    ['init ms', ({ initMs }) => spreadOf(initMs).median],
    ['cold ms', ({ coldMs }) => spreadOf(coldMs).median],
    ['warm ms', ({ warmMs }) => spreadOf(warmMs).median],
    ['p99 ms', ({ warmMs }) => percentile(warmMs, 0.99)],
    ...PARALLEL.map(
      (parallel) =>
        [
          `${parallel}∥ /s`,
          ({ throughput }: Comparison) => spreadOf(throughput.get(parallel) ?? [0]).median,
        ] as const,
    ),
    ['STS', ({ stsCallsPerEnvironment }) => stsCallsPerEnvironment],
    ['MB', ({ peakMemoryMb }) => peakMemoryMb],
  ];
  const rows = comparisons.map((one) => [one.contender, ...columns.map(([, value]) => rounded(value(one)))]);
  const ratios = comparisons.map((one) => [
    '',
    ...columns.map(([, value]) => {
      const own = ours === undefined ? 0 : value(ours);
      return one === ours || own === 0 ? '' : `×${rounded(value(one) / own)}`;
    }),
  ]);
  const lines = table([
    ['', ...columns.map(([title]) => title)],
    ...rows.flatMap((row, at) => [row, ratios[at] ?? []]),
  ]);
  const [head = '', ...body] = lines;
  return [
    palette.faint(head),
    ...body
      .map((line, at) => (at % 2 === 0 ? line : palette.faint(line)))
      .filter((line) => line.trim() !== ''),
    '',
    ...comparisons.map(({ contender }) => palette.faint(`${contender.padEnd(10)} ${contenders[contender]}`)),
    palette.faint(
      'cold: init phase and first answer; warm: an invocation; n∥: answers a second to n parallel clients;',
    ),
    palette.faint('STS: calls per environment. Medians, and below each its ratio to ours.'),
  ];
}

/** Renders what local AWS costs by the number of functions. */
export function renderScale(scales: readonly Scale[], palette: Palette): string[] {
  const [head = '', ...rows] = table([
    ['functions, roles, routes', 'start ms', 'deployment ms', 'requests/s', 'in use MB'],
    ...scales.map(({ functions, startMs, deployMs, requestsPerSecond, usedMb }) => [
      String(functions),
      ...[startMs, deployMs, requestsPerSecond, usedMb].map((value) => rounded(value)),
    ]),
  ]);
  return [palette.faint(head), ...rows];
}

const BARS = ' ▁▂▃▄▅▆▇█';

/** Renders a simulation: the calls of each minute as bars, an hour to a line. */
export function renderStorm(storm: Storm, palette: Palette): string[] {
  const { environments, invocations, failed, expired, stsCalls, throttled, perMinute, peakPerSecond } = storm;
  const most = Math.max(...perMinute);
  const bar = (calls: number) =>
    calls === 0 ? ' ' : (BARS[Math.max(1, Math.round((calls / most) * 8))] ?? ' ');
  const hours = Array.from({ length: Math.ceil(perMinute.length / 60) }, (_, hour) =>
    perMinute
      .slice(hour * 60, hour * 60 + 60)
      .map(bar)
      .join(''),
  );
  return [
    palette.strong(`${environments.toLocaleString('en')} execution environments, ${hours.length} hours`),
    ...hours.map((bars, hour) => `  ${palette.faint(`hour ${hour + 1}`)} │${bars}│`),
    `  ${invocations.toLocaleString('en')} invocations, ${failed} failed, ${expired} with expired credentials`,
    `  ${stsCalls.toLocaleString('en')} STS calls, ${throttled} throttled; at most ${peakPerSecond.start} in a second at the start, ${peakPerSecond.later} later`,
  ];
}

/** Renders what could not be measured, and why. */
export function renderFailures(failures: readonly Failure[], { denied }: Palette): string[] {
  return failures.map(({ name, reason }) => `${denied('✘')} ${name} failed: ${reason}`);
}
