import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Samples of this process's heap. */
export interface HeapSampler {
  /** Bytes in use after a garbage collection, in the order taken. */
  readonly samples: readonly number[];
  stop(): void;
}

/** Samples the heap of this process, in which local AWS runs. @param intervalMs how often */
export function sampleHeap(intervalMs: number): HeapSampler {
  setFlagsFromString('--expose-gc');
  const collectGarbage: unknown = runInNewContext('gc');
  const samples: number[] = [];
  const timer = setInterval(() => {
    if (typeof collectGarbage === 'function') collectGarbage();
    samples.push(process.memoryUsage().heapUsed);
  }, intervalMs);
  timer.unref();
  return { samples, stop: () => clearInterval(timer) };
}
