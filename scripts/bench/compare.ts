import { startLocalAwsProcess } from '../lib/local-aws-process.ts';
import type { Steps } from '../lib/steps.ts';
import { type CallBench, deployCallBench } from './call-bench.ts';
import { type Contender, installPeers, packageContenders } from './contenders.ts';
import { measureInit } from './init.ts';

/** Parallel callers whose throughput is measured. */
export const PARALLEL = [1, 10, 50] as const;

/** What was measured of a contender. Times in ms, sizes in bytes. */
export interface Comparison {
  readonly contender: Contender;
  readonly bundleBytes: number;
  readonly zipBytes: number;
  /** Loading the module in a process of its own, less an empty module. */
  readonly initMs: readonly number[];
  /** Init phase and first answer. */
  readonly coldMs: readonly number[];
  readonly warmMs: readonly number[];
  /** Answers a second, by the number of parallel callers. */
  readonly throughput: ReadonlyMap<number, readonly number[]>;
  /** STS calls for each execution environment, with 50 parallel invocations and then 50 more. */
  readonly stsCallsPerEnvironment: number;
  readonly peakMemoryMb: number;
}

/** How much is measured. */
export interface Effort {
  readonly rounds: number;
  readonly only: readonly Contender[];
}

const WARM_PER_ROUND = 20;
const COLD_PER_ROUND = 2;
const THROUGHPUT_MS = 1_000;

/**
 * Runs the contenders on one local AWS. In each round every contender has its turn, so that what else the machine does slows all
 * of them alike. Each answer is checked.
 */
export async function compareContenders({ rounds, only }: Effort, steps: Steps): Promise<Comparison[]> {
  await steps.run('Install the other contenders', installPeers);
  const bundles = await steps.run('Package', () => packageContenders(only));
  const init = await steps.run('Init', () => measureInit(bundles, rounds * 3));
  const assumed = new Map<string, number>();
  const aws = await startLocalAwsProcess<string>({
    script: `${import.meta.dirname}/observed-local-aws.ts`,
    onEvent: (principal) => assumed.set(principal, (assumed.get(principal) ?? 0) + 1),
  });
  try {
    const bench = await steps.run('Deploy', () => deployCallBench(aws, bundles));
    const cold = collector(only);
    const warm = collector(only);
    const memory = collector(only);
    for (let round = 1; round <= rounds; round += 1) {
      await steps.run(`Calls, round ${round} of ${rounds}`, async () => {
        for (let turn = 0; turn < COLD_PER_ROUND; turn += 1) {
          for (const contender of only) cold.add(contender, await coldCall(bench, contender));
        }
        for (let turn = 0; turn < WARM_PER_ROUND; turn += 1) {
          for (const contender of only) {
            const { durationMs, maxMemoryMb } = await bench.invoke(contender);
            warm.add(contender, durationMs);
            memory.add(contender, maxMemoryMb);
          }
        }
      });
    }
    const throughput = await steps.run('Parallel calls', () => measureThroughput(bench, only, rounds));
    const sts = await steps.run('STS calls', async () => {
      const calls = new Map<Contender, number>();
      for (const contender of only) {
        await bench.makeCold(contender);
        assumed.clear();
        for (let turn = 0; turn < 2; turn += 1) {
          await Promise.all(Array.from({ length: 50 }, () => bench.invoke(contender)));
        }
        // Resolves after all events so far were received.
        await aws.usage();
        const perEnvironment = [...assumed.values()];
        calls.set(
          contender,
          perEnvironment.reduce((sum, one) => sum + one, 0) / Math.max(1, perEnvironment.length),
        );
        await bench.makeCold(contender);
      }
      return calls;
    });
    bench.close();
    return only.map((contender) => {
      const bundle = bundles.get(contender);
      return {
        contender,
        bundleBytes: bundle?.code.length ?? 0,
        zipBytes: bundle?.zip.length ?? 0,
        initMs: init.get(contender) ?? [],
        coldMs: cold.of(contender),
        warmMs: warm.of(contender),
        throughput: throughput(contender),
        stsCallsPerEnvironment: sts.get(contender) ?? 0,
        peakMemoryMb: Math.max(...memory.of(contender)),
      };
    });
  } finally {
    await aws.close();
  }
}

async function coldCall(bench: CallBench, contender: Contender): Promise<number> {
  await bench.makeCold(contender);
  const { initMs, durationMs } = await bench.invoke(contender);
  if (initMs === undefined) throw new Error(`${contender} did not start cold.`);
  return initMs + durationMs;
}

async function measureThroughput(bench: CallBench, only: readonly Contender[], rounds: number) {
  const found = new Map(PARALLEL.map((parallel) => [parallel, collector(only)]));
  for (const [parallel, rates] of found) {
    for (let round = 0; round < Math.max(1, Math.floor(rounds / 3)); round += 1) {
      for (const contender of only) {
        // Starts the environments.
        await Promise.all(Array.from({ length: parallel }, () => bench.invoke(contender)));
        const start = performance.now();
        let answered = 0;
        await Promise.all(
          Array.from({ length: parallel }, async () => {
            for (; performance.now() - start < THROUGHPUT_MS; answered += 1) await bench.invoke(contender);
          }),
        );
        rates.add(contender, (answered / (performance.now() - start)) * 1_000);
        // Ends the environments, for those of the next contender to have the memory.
        await bench.makeCold(contender);
      }
    }
  }
  return (contender: Contender) =>
    new Map([...found].map(([parallel, rates]) => [parallel, rates.of(contender)]));
}

function collector(only: readonly Contender[]) {
  const values = new Map<Contender, number[]>(only.map((contender) => [contender, []]));
  const of = (contender: Contender): number[] => values.get(contender) ?? [];
  return { add: (contender: Contender, value: number) => of(contender).push(value), of };
}
