import { Session } from 'node:inspector/promises';
import { setFlagsFromString } from 'node:v8';

/** What some work did, whatever the speed of the machine. */
export interface Steps<Result> {
  readonly result: Result;
  /** How often V8 entered a function or a block of the project's code. */
  readonly steps: number;
}

/** Runs work, and counts its steps with V8's precise coverage. Work of built-in functions is not counted. */
export async function countSteps<Result>(work: () => Result | Promise<Result>): Promise<Steps<Result>> {
  // Optimized code loses counts, and when code is optimized depends on the machine.
  for (const tier of ['opt', 'maglev']) setFlagsFromString(`--no-${tier}`);
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    await session.post('Profiler.takePreciseCoverage');
    const result = await work();
    const { result: scripts } = await session.post('Profiler.takePreciseCoverage');
    const own = scripts.filter(({ url }) => /\/libs\/[^/]+\/src\//.test(url) && !url.includes('.testing.'));
    const counts = own.flatMap(({ functions }) =>
      functions.flatMap(({ ranges }) => ranges.map(({ count }) => count)),
    );
    return { result, steps: counts.reduce((sum, count) => sum + count, 0) };
  } finally {
    session.disconnect();
    for (const tier of ['opt', 'maglev']) setFlagsFromString(`--${tier}`);
  }
}

/** More than a line needs: sorting takes n log n steps, and the smaller work has a constant part. */
const MOST_GROWTH = 2.2;

/**
 * Asserts that work grows no faster than its input: for twice the input, at most 2.2 times the steps.
 * @param prepare makes the work for an input of a size. Its own steps are not counted
 */
export async function expectLinear(
  n: number,
  prepare: (size: number) => (() => unknown) | Promise<() => unknown>,
): Promise<void> {
  // Code that runs once, such as the initialization of a module, must not count for the smaller one.
  await (await prepare(2))();
  const { steps: once } = await countSteps(await prepare(n));
  const { steps: twice } = await countSteps(await prepare(2 * n));
  expect(once).toBeGreaterThan(0);
  expect(twice / once).toBeLessThanOrEqual(MOST_GROWTH);
}
