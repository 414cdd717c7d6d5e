import type { Steps } from '../../libs/cli/src/steps.ts';
import { startLocalAwsProcess } from '../lib/local-aws-process.ts';
import { type CallBench, deployCallBench } from './call-bench.ts';
import { bundleContender, type Contender, installPeers } from './contenders.ts';
import { measureInit } from './init.ts';
import type { Bundle } from './packages.ts';
import { atOnce, type Failure, takeTurns } from './turns.ts';

/** Parallel callers whose throughput is measured. */
export const PARALLEL = [1, 10, 50] as const;

/** What was measured of a contender. Times in ms, sizes in bytes. */
export interface Comparison {
  readonly contender: Contender;
  readonly zipBytes: number;
  /** Loading the module in a process of its own, less an empty module. */
  readonly initMs: readonly number[];
  /** Init phase and first answer. */
  readonly coldMs: readonly number[];
  readonly warmMs: readonly number[];
  /** Answers a second, by the number of parallel callers. */
  readonly throughput: ReadonlyMap<number, readonly number[]>;
  /** STS calls of an execution environment in about two invocations, on average. */
  readonly stsCallsPerEnvironment: number;
  readonly peakMemoryMb: number;
}

/** How much is measured. */
export interface Effort {
  readonly rounds: number;
  readonly only: readonly Contender[];
}

const WARM_PER_ROUND = 20;
const COLD_PER_ROUND = 4;
const THROUGHPUT_MS = 1_000;

/**
 * How many execution environments start at once to count their calls to STS. If 50 start on two busy cores, a request to STS takes
 * longer than the client waits, and is repeated. The figure would then judge the machine.
 */
const ENVIRONMENTS = 10;

/** What is collected of a contender while it takes its turns. */
interface Collected {
  readonly coldMs: number[];
  readonly warmMs: number[];
  readonly throughput: Map<number, number[]>;
  stsCallsPerEnvironment: number;
  peakMemoryMb: number;
}

/**
 * Runs the contenders on one local AWS. In each round every contender has its turn, so that what else the machine does slows all
 * of them alike. Each answer is checked. A contender that fails has no figures, and the others go on.
 */
export async function compareContenders(
  { rounds, only }: Effort,
  steps: Steps,
): Promise<{ comparisons: readonly Comparison[]; failures: readonly Failure[] }> {
  await steps.run('Install the other contenders', installPeers);
  const bundles = new Map<Contender, Bundle>();
  await steps.run('Bundle', async () => {
    for (const contender of only) bundles.set(contender, await bundleContender(contender));
  });
  const init = await steps.run('Init', () => measureInit(bundles, rounds * 3));
  const assumed = new Map<string, number>();
  const aws = await startLocalAwsProcess<string>({
    script: `${import.meta.dirname}/observed-local-aws.ts`,
    onEvent: (principal) => assumed.set(principal, (assumed.get(principal) ?? 0) + 1),
  });
  try {
    const bench = await steps.run('Deploy', () => deployCallBench(aws, bundles));
    const { each, running, failures } = takeTurns(
      only.map((contender) => [contender, nothing()] as const),
      (contender) => bench.makeCold(contender),
    );
    for (let round = 1; round <= rounds; round += 1) {
      await steps.run(`Calls, round ${round} of ${rounds}`, async () => {
        for (let turn = 0; turn < COLD_PER_ROUND; turn += 1) {
          await each(async (contender, { coldMs }) => void coldMs.push(await coldCall(bench, contender)));
        }
        for (let turn = 0; turn < WARM_PER_ROUND; turn += 1) {
          await each(async (contender, into) => {
            const { durationMs, maxMemoryMb } = await bench.invoke(contender);
            into.warmMs.push(durationMs);
            into.peakMemoryMb = Math.max(into.peakMemoryMb, maxMemoryMb);
          });
        }
      });
    }
    await steps.run('Parallel calls', async () => {
      for (const parallel of PARALLEL) {
        for (let round = 0; round < Math.max(1, Math.floor(rounds / 3)); round += 1) {
          await each(async (contender, { throughput }) => {
            throughput.get(parallel)?.push(await measureThroughput(bench, contender, parallel));
          });
        }
      }
    });
    await steps.run('STS calls', () =>
      each(async (contender, into) => {
        await bench.makeCold(contender);
        assumed.clear();
        for (let turn = 0; turn < 2; turn += 1) await atOnce(ENVIRONMENTS, () => bench.invoke(contender));
        // Resolves after all events so far were received.
        await aws.usage();
        const calls = [...assumed.values()].reduce((sum, one) => sum + one, 0);
        into.stsCallsPerEnvironment = calls / Math.max(1, assumed.size);
        await bench.makeCold(contender);
      }),
    );
    bench.close();
    const comparisons = [...running].map(([contender, measured]) => ({
      contender,
      zipBytes: bundles.get(contender)?.zip.length ?? 0,
      initMs: init.get(contender) ?? [],
      ...measured,
    }));
    return { comparisons, failures };
  } finally {
    await aws.close();
  }
}

function nothing(): Collected {
  const throughput = new Map(PARALLEL.map((parallel) => [parallel as number, []]));
  return { coldMs: [], warmMs: [], throughput, stsCallsPerEnvironment: 0, peakMemoryMb: 0 };
}

async function coldCall(bench: CallBench, contender: Contender): Promise<number> {
  await bench.makeCold(contender);
  const { initMs, durationMs } = await bench.invoke(contender);
  if (initMs === undefined) throw new Error('It did not start cold.');
  return initMs + durationMs;
}

/** @returns answers a second */
async function measureThroughput(bench: CallBench, contender: Contender, parallel: number): Promise<number> {
  // Starts the environments.
  await atOnce(parallel, () => bench.invoke(contender));
  const start = performance.now();
  let answered = 0;
  await atOnce(parallel, async () => {
    for (; performance.now() - start < THROUGHPUT_MS; answered += 1) await bench.invoke(contender);
  });
  const rate = (answered / (performance.now() - start)) * 1_000;
  // Ends the environments, for those of the next contender to have the memory.
  await bench.makeCold(contender);
  return rate;
}
