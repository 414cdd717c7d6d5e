import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { History } from './history.ts';

/** The code that histories run. */
export interface Variant {
  /** The module whose export `pair` is simulated, below the root of the repository. */
  readonly pair: string;
  /** The name of the defect that is planted. */
  readonly defect: string | undefined;
  /** Whether api-handler uses DynamoDB's client of the AWS SDK. */
  readonly usesSdk: boolean;
}

/** The histories of a worker: the seeds `from`, `from + step` and so on, below `to`. */
export interface Share extends Variant {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** The results of many histories. */
export interface Exploration {
  readonly histories: number;
  readonly counts: Record<string, number>;
  /** Double executions that README allows, by their reasons. */
  readonly exceptions: Record<string, number>;
  /** The failed history with the lowest seed. */
  readonly failure: { readonly seed: number; readonly violations: History['violations'] } | undefined;
}

/**
 * Runs histories in as many threads as the machine has processors. Each thread ends with its first failure.
 * @param from the first seed
 */
export async function explore(
  from: number,
  histories: number,
  variant: Variant,
  workers = availableParallelism(),
): Promise<Exploration> {
  const shares = Array.from({ length: workers }, (_, index) => ({
    ...variant,
    from: from + index,
    to: from + histories,
    step: workers,
  }));
  return sumUp(await Promise.all(shares.map(runShare)));
}

async function runShare(share: Share): Promise<Exploration> {
  const { promise, resolve, reject } = Promise.withResolvers<Exploration>();
  const worker = new Worker(join(import.meta.dirname, 'worker.ts'), {
    workerData: share,
    // Most objects of a history soon become garbage.
    resourceLimits: { maxYoungGenerationSizeMb: 64 },
  });
  worker.on('message', resolve);
  worker.on('error', reject);
  worker.on('exit', () => reject(new Error('A thread of the simulation ended early.')));
  return promise;
}

/** Adds up the results of several histories or threads. */
export function sumUp(explorations: readonly Exploration[]): Exploration {
  const failures = explorations.flatMap(({ failure }) => failure ?? []);
  return {
    histories: explorations.reduce((sum, { histories }) => sum + histories, 0),
    counts: addAll(explorations.map(({ counts }) => counts)),
    exceptions: addAll(explorations.map(({ exceptions }) => exceptions)),
    failure: failures.toSorted((a, b) => a.seed - b.seed)[0],
  };
}

/** Adds numbers by their names. */
function addAll(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [name, value] of all.flatMap(Object.entries)) sums[name] = (sums[name] ?? 0) + value;
  return sums;
}
