import type { Palette } from '@cross-account-api/iam';
import type { Steps } from '../../libs/cli/src/steps.ts';
import { type Figure, figure, ratios, rounded, spreadOf, table } from '../lib/figures.ts';
import { startLocalAwsProcess } from '../lib/local-aws-process.ts';
import { deployCallBench } from './call-bench.ts';
import { bundleContenders, type Contender, contenders, installPeers } from './contenders.ts';

/** The measurements of a contender. Times in ms, in the order of the rounds; sizes in bytes. */
export interface Comparison {
  readonly contender: Contender;
  readonly zipBytes: number;
  /** Init phase and first answer. */
  readonly coldMs: readonly number[];
  readonly warmMs: readonly number[];
}

const WARM_PER_ROUND = 20;
const COLD_PER_ROUND = 4;

/**
 * Runs the contenders on one local AWS. Each round runs every contender, so other work of the machine slows all
 * of them alike. Each answer is checked.
 * @throws StepFailed that names a contender that fails
 */
export async function compareContenders(
  wanted: readonly Contender[],
  rounds: number,
  steps: Steps,
): Promise<readonly Comparison[]> {
  await steps.run('Install the other contenders', installPeers);
  const bundles = await steps.run('Bundle', () => bundleContenders(wanted));
  const aws = await startLocalAwsProcess();
  try {
    const bench = await steps.run('Deploy', () => deployCallBench(aws, bundles));
    const measured = [...bundles].map(([contender, { zip }]) => ({
      contender,
      zipBytes: zip.length,
      coldMs: [] as number[],
      warmMs: [] as number[],
    }));
    for (let round = 1; round <= rounds; round += 1) {
      await steps.run(`Calls, round ${round} of ${rounds}`, async () => {
        for (let turn = 0; turn < COLD_PER_ROUND; turn += 1) {
          for (const { contender, coldMs } of measured) {
            await bench.makeCold(contender);
            const { initMs, durationMs } = await bench.invoke(contender);
            if (initMs === undefined) throw new Error(`${contender} did not start cold.`);
            coldMs.push(initMs + durationMs);
          }
        }
        for (let turn = 0; turn < WARM_PER_ROUND; turn += 1) {
          for (const { contender, warmMs } of measured) {
            warmMs.push((await bench.invoke(contender)).durationMs);
          }
        }
      });
    }
    bench.close();
    return measured;
  } finally {
    await aws.close();
  }
}

/**
 * Compares with the targets. Times have no targets, because they double on a machine half as fast. Ratios of times from the same
 * rounds have targets. Without the caller of this project there is no figure.
 */
export function judgeComparisons(comparisons: readonly Comparison[]): Figure[] {
  const of = (name: Contender) => comparisons.find(({ contender }) => contender === name);
  const [ours, article, floor] = [of('ours'), of('article'), of('floor')];
  if (ours === undefined) return [];
  const fastest = (times: 'coldMs' | 'warmMs') =>
    comparisons
      .filter((one) => one !== ours && one !== floor)
      .toSorted((a, b) => spreadOf(a[times]).median - spreadOf(b[times]).median)[0];
  const ratio = (name: string, times: 'coldMs' | 'warmMs', other: Comparison | undefined, atMost: number) =>
    other === undefined
      ? []
      : [figure(name, '×', ratios(ours[times], other[times]), { atMost }, other.contender)];
  return [
    figure('zip file of the caller', 'KB', ours.zipBytes / 1_000, { atMost: 105 }),
    ...ratio("cold invocation ÷ the article's", 'coldMs', article, 0.35),
    ...ratio('cold invocation ÷ the fastest other', 'coldMs', fastest('coldMs'), 1.15),
    ...ratio('warm invocation ÷ the fastest other', 'warmMs', fastest('warmMs'), 1),
  ];
}

/** Renders the comparison: a table of medians. */
export function renderComparison(comparisons: readonly Comparison[], { faint }: Palette): string[] {
  const [head = '', ...rows] = table([
    ['', 'zip KB', 'cold ms', 'warm ms'],
    ...comparisons.map(({ contender, zipBytes, coldMs, warmMs }) => [
      contenders[contender],
      ...[zipBytes / 1_000, spreadOf(coldMs).median, spreadOf(warmMs).median].map((value) => rounded(value)),
    ]),
  ]);
  return [
    faint(head),
    ...rows,
    '',
    faint('cold: init phase and first answer; warm: an invocation. Medians.'),
  ];
}
