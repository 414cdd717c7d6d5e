import { isAsExpected, type Probe, type ProbeResult } from './probe.ts';
import type { Prober } from './prober.ts';
import { createPropagationRetry, type PropagationOptions } from './propagation.ts';

/** The options of a run of probes. */
export interface RunOptions {
  /** The longest time in seconds for which refused calls are repeated. Default 0. */
  readonly waitSeconds?: number;
  /** Receives each result as it comes. */
  readonly onResult?: ((result: ProbeResult) => void) | undefined;
  /** Receives each probe that is repeated. */
  readonly onWait?: PropagationOptions['onWait'] | undefined;
  /** Ends the run after the probe that is running. */
  readonly signal?: AbortSignal | undefined;
}

/** Runs probes, one after another. A call that is refused is repeated while AWS may still be spreading a change. */
export async function runProbes(
  probes: readonly Probe[],
  prober: Pick<Prober, 'observe'>,
  { waitSeconds = 0, onResult, onWait, signal }: RunOptions,
): Promise<readonly ProbeResult[]> {
  const observeUntilSpread = createPropagationRetry({
    seconds: waitSeconds,
    signal,
    ...(onWait && { onWait }),
  });
  const results: ProbeResult[] = [];
  for (const probe of probes) {
    if (signal?.aborted === true) break;
    const observed = await observeUntilSpread(probe, () => prober.observe(probe));
    const result = { probe, observed, pass: isAsExpected(probe.expected, observed) };
    results.push(result);
    onResult?.(result);
  }
  return results;
}
