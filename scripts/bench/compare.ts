import type { Palette } from '@cross-account-api/command-line/text';
import type { Steps } from '../../libs/cli/src/steps.ts';
import { type Figure, figure, ratios, rounded, spreadOf, table } from '../lib/figures.ts';
import { startLocalAwsProcess } from '../lib/local-aws-process.ts';
import {
  bundleContenders,
  type ComparedCaller,
  type Contender,
  contenders,
  deployCallers,
  deployHandlers,
  installPeers,
  isHandler,
} from './contenders.ts';
import type { FunctionBench } from './function-bench.ts';
import { MEMORY_SIZES, type MeasuredInvocation, priceOfMillion, timeAt } from './lambda-model.ts';

/** The measurements of a contender, in the order of the rounds. */
export interface Comparison {
  readonly contender: Contender;
  readonly zipBytes: number;
  readonly cold: readonly MeasuredInvocation[];
  readonly warm: readonly MeasuredInvocation[];
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
  const bundles = await steps.run('Bundle', bundleContenders);
  const handlers = wanted.filter(isHandler);
  const callers = wanted.filter((name): name is ComparedCaller => !isHandler(name));
  const aws = await startLocalAwsProcess();
  try {
    const measured = await steps.run('Deploy', async () => [
      ...prepare(callers, await deployCallers(aws, bundles, callers)),
      ...prepare(handlers, await deployHandlers(aws, bundles, handlers)),
    ]);
    for (let round = 1; round <= rounds; round += 1) {
      await steps.run(`Calls, round ${round} of ${rounds}`, async () => {
        for (let turn = 0; turn < COLD_PER_ROUND; turn += 1) {
          for (const { contender, cold, makeCold, invoke } of measured) {
            await makeCold();
            const invocation = await invoke();
            if (invocation.initMs === 0) throw new Error(`${contender} did not start cold.`);
            cold.push(invocation);
          }
        }
        for (let turn = 0; turn < WARM_PER_ROUND; turn += 1) {
          for (const { warm, invoke } of measured) warm.push(await invoke());
        }
      });
    }
    for (const { close } of measured) close();
    return measured.map(({ contender, zipBytes, cold, warm }) => ({ contender, zipBytes, cold, warm }));
  } finally {
    await aws.close();
  }
}

/** The contenders of a group, with room for their measurements. */
function prepare<Name extends Contender>(
  names: readonly Name[],
  { zipBytes, invoke, makeCold, close }: FunctionBench<Name>,
) {
  return names.map((contender) => ({
    contender,
    zipBytes: zipBytes(contender),
    cold: [] as MeasuredInvocation[],
    warm: [] as MeasuredInvocation[],
    invoke: () => invoke(contender),
    makeCold: () => makeCold(contender),
    close,
  }));
}

type Phase = 'cold' | 'warm';

/** The times of one contender as they were measured, in ms. */
const measuredMs = (comparison: Comparison, phase: Phase) =>
  comparison[phase].map(({ initMs, durationMs }) => initMs + durationMs);

/** The times that the model gives one contender on Lambda, in ms. */
const modelledMs = (comparison: Comparison, phase: Phase, memoryMb: number) =>
  comparison[phase].map((invocation) => timeAt(invocation, memoryMb));

const [SMALL_MB, , WHOLE_CPU_MB] = MEMORY_SIZES;

/** What the README claims of a cold invocation: by the model, at most this share of the other's time. A test compares both. */
export const CLAIMS: readonly {
  readonly of: Contender;
  readonly other: Contender;
  readonly memoryMb: number;
  readonly atMost: number;
}[] = [
  { of: 'ours', other: 'article', memoryMb: WHOLE_CPU_MB, atMost: 0.35 },
  { of: 'ours', other: 'aws4fetch-init', memoryMb: SMALL_MB, atMost: 1.15 },
  { of: 'ours', other: 'aws4fetch-init', memoryMb: WHOLE_CPU_MB, atMost: 1.1 },
  { of: 'ours', other: 'sts-init', memoryMb: SMALL_MB, atMost: 0.7 },
  { of: 'ours', other: 'sts-init', memoryMb: WHOLE_CPU_MB, atMost: 0.85 },
  { of: 'post', other: 'post-by-hand', memoryMb: SMALL_MB, atMost: 1.1 },
  { of: 'post', other: 'post-by-hand', memoryMb: WHOLE_CPU_MB, atMost: 1 },
];

/**
 * Compares with the claims of the README. Times have no targets, because they double on a machine half as fast. Ratios of times from the same
 * rounds have targets. Without both contenders of a claim there is no figure.
 */
export function judgeComparisons(comparisons: readonly Comparison[]): Figure[] {
  const find = (name: Contender) => comparisons.find(({ contender }) => contender === name);
  const ours = find('ours');
  return [
    ...(ours === undefined
      ? []
      : [figure('zip file of the caller', 'KB', ours.zipBytes / 1_000, { atMost: 105 })]),
    ...CLAIMS.flatMap(({ of, other, memoryMb, atMost }) => {
      const [one, another] = [find(of), find(other)];
      if (one === undefined || another === undefined) return [];
      const values = ratios(modelledMs(one, 'cold', memoryMb), modelledMs(another, 'cold', memoryMb));
      const name = `${contenders[of]} ÷ ${contenders[other]}, cold, ${memoryMb} MB`;
      return [figure(name, '×', values, { atMost })];
    }),
  ];
}

const median = (values: readonly number[]) => spreadOf(values).median;

/** Renders the comparison: a table of what was measured, and one of the model. Each figure is a median. */
export function renderComparison(comparisons: readonly Comparison[], palette: Palette): string[] {
  const name = ({ contender }: Comparison) => contenders[contender];
  const measured = comparisons.map((comparison) => {
    const { cold, zipBytes } = comparison;
    return [
      name(comparison),
      ...[
        zipBytes / 1_000,
        median(measuredMs(comparison, 'cold')),
        median(measuredMs(comparison, 'warm')),
        median(cold.map(({ initCpuMs }) => initCpuMs)),
        median(cold.map(({ cpuMs }) => cpuMs)),
        median(cold.map(({ roundTrips }) => roundTrips)),
      ].map((value) => rounded(value)),
    ];
  });
  const modelled = comparisons.map((comparison) => [
    name(comparison),
    ...MEMORY_SIZES.map((memoryMb) => rounded(median(modelledMs(comparison, 'cold', memoryMb)))),
  ]);
  const title = (text: string) => palette.faint(text);
  const head = ['', 'zip KB', 'cold ms', 'warm ms', 'CPU init ms', 'CPU invocation ms', 'round trips'];
  return [
    ...titled([head, ...measured], title),
    '',
    title(
      `As measured, on a whole CPU. cold: init phase and first answer, with its CPU times and round trips; warm: an invocation. Medians of ${comparisons[0]?.cold.length ?? 0} cold and ${comparisons[0]?.warm.length ?? 0} warm invocations by turns.`,
    ),
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

/** The price of a million warm invocations with the memory that the services have, by the model, in dollars. */
export const priceOfMillionWarm = (comparison: Comparison): number =>
  priceOfMillion(median(modelledMs(comparison, 'warm', SMALL_MB)), SMALL_MB);

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
