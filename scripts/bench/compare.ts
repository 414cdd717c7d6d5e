import type { Palette } from '@cross-account-api/iam';
import type { Steps } from '../../libs/cli/src/steps.ts';
import { type Figure, figure, ratios, rounded, spreadOf, table } from '../lib/figures.ts';
import { startLocalAwsProcess } from '../lib/local-aws-process.ts';
import { deployCallBench } from './call-bench.ts';
import { bundleContenders, type Contender, contenders, installPeers } from './contenders.ts';
import { type Invocation, MEMORY_SIZES, priceOfMillion, timeAt } from './lambda-model.ts';

/** The measurements of a contender, in the order of the rounds. */
export interface Comparison {
  readonly contender: Contender;
  readonly zipBytes: number;
  readonly cold: readonly Invocation[];
  readonly warm: readonly Invocation[];
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
      cold: [] as Invocation[],
      warm: [] as Invocation[],
    }));
    for (let round = 1; round <= rounds; round += 1) {
      await steps.run(`Calls, round ${round} of ${rounds}`, async () => {
        for (let turn = 0; turn < COLD_PER_ROUND; turn += 1) {
          for (const { contender, cold } of measured) {
            await bench.makeCold(contender);
            const invocation = await bench.invoke(contender);
            if (invocation.initMs === 0) throw new Error(`${contender} did not start cold.`);
            cold.push(invocation);
          }
        }
        for (let turn = 0; turn < WARM_PER_ROUND; turn += 1) {
          for (const { contender, warm } of measured) warm.push(await bench.invoke(contender));
        }
      });
    }
    bench.close();
    return measured;
  } finally {
    await aws.close();
  }
}

type Phase = 'cold' | 'warm';

/** The times of one contender as they were measured, in ms. */
const measuredMs = (comparison: Comparison, phase: Phase) =>
  comparison[phase].map(({ initMs, durationMs }) => initMs + durationMs);

/** The times that the model gives one contender on Lambda, in ms. */
const modelledMs = (comparison: Comparison, phase: Phase, memoryMb: number) =>
  comparison[phase].map((invocation) => timeAt(invocation, memoryMb));

const SMALL_MB = 256;

/**
 * Compares with the targets. Times have no targets, because they double on a machine half as fast. Ratios of times from the same
 * rounds have targets. Without the caller of this project there is no figure.
 */
export function judgeComparisons(comparisons: readonly Comparison[]): Figure[] {
  const of = (name: Contender) => comparisons.find(({ contender }) => contender === name);
  const [ours, article, plain, floor] = [of('ours'), of('article'), of('aws4fetch'), of('floor')];
  if (ours === undefined) return [];
  const fastest = (phase: Phase) =>
    comparisons
      .filter((one) => one !== ours && one !== floor)
      .toSorted((a, b) => spreadOf(measuredMs(a, phase)).median - spreadOf(measuredMs(b, phase)).median)[0];
  const ratio = (
    name: string,
    other: Comparison | undefined,
    times: (comparison: Comparison) => readonly number[],
    atMost: number,
  ) =>
    other === undefined
      ? []
      : [figure(name, '×', ratios(times(ours), times(other)), { atMost }, other.contender)];
  const cold = (comparison: Comparison) => measuredMs(comparison, 'cold');
  const warm = (comparison: Comparison) => measuredMs(comparison, 'warm');
  const small = (comparison: Comparison) => modelledMs(comparison, 'cold', SMALL_MB);
  return [
    figure('zip file of the caller', 'KB', ours.zipBytes / 1_000, { atMost: 105 }),
    ...ratio("cold invocation ÷ the article's", article, cold, 0.35),
    ...ratio('cold invocation ÷ the fastest other', fastest('cold'), cold, 1.05),
    ...ratio('warm invocation ÷ the fastest other', fastest('warm'), warm, 1),
    ...ratio(`cold invocation at ${SMALL_MB} MB, model ÷ aws4fetch alone`, plain, small, 0.6),
  ];
}

const median = (values: readonly number[]) => spreadOf(values).median;

/** Renders the comparison: a table of medians as they were measured, and one of the model. */
export function renderComparison(comparisons: readonly Comparison[], palette: Palette): string[] {
  const name = ({ contender }: Comparison) => contenders[contender];
  const measured = comparisons.map((comparison) => [
    name(comparison),
    ...[
      comparison.zipBytes / 1_000,
      median(measuredMs(comparison, 'cold')),
      median(measuredMs(comparison, 'warm')),
    ].map((value) => rounded(value)),
  ]);
  const modelled = comparisons.map((comparison) => [
    name(comparison),
    ...MEMORY_SIZES.map((memoryMb) => rounded(median(modelledMs(comparison, 'cold', memoryMb)))),
  ]);
  const title = (text: string) => palette.faint(text);
  return [
    ...titled([['', 'zip KB', 'cold ms', 'warm ms'], ...measured], title),
    '',
    title('cold: init phase and first answer; warm: an invocation. Medians, on a whole CPU.'),
    '',
    ...titled([['', ...MEMORY_SIZES.map((size) => `${size} MB cold ms`)], ...modelled], title),
    '',
    title('A model of Lambda: the invocation has the CPU share of its memory. scripts/bench/README.md'),
    ...renderMemory(
      comparisons.find(({ contender }) => contender === 'ours'),
      title,
    ),
  ];
}

/** Renders what each size of memory means for the caller of this project, by the model. */
function renderMemory(ours: Comparison | undefined, title: (text: string) => string): string[] {
  if (ours === undefined) return [];
  const rows = MEMORY_SIZES.map((memoryMb) => {
    const times = (['cold', 'warm'] as const).map((phase) => median(modelledMs(ours, phase, memoryMb)));
    const prices = times.map((ms) => `$${priceOfMillion(ms, memoryMb).toFixed(2)}`);
    return [`${contenders.ours}, ${memoryMb} MB`, ...times.map((ms) => rounded(ms)), ...prices];
  });
  const head = ['', 'cold ms', 'warm ms', 'a million cold', 'a million warm'];
  return ['', ...titled([head, ...rows], title)];
}

function titled(rows: readonly (readonly string[])[], title: (text: string) => string): string[] {
  const [head = '', ...body] = table(rows);
  return [title(head), ...body];
}
