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

/**
 * Runs probes, one after another. A call that is refused is repeated while AWS may still be spreading a change. A request that the handler
 * itself refuses is not sent twice with one key: nothing is executed, so nothing can be executed once.
 */
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
    if (isRepeated(probe) && refusedByHandler(results).some((one) => isOfOneOperation(one.probe, probe)))
      continue;
    const observed = await observeUntilSpread(probe, () => prober.observe(probe));
    const result = { probe, observed, pass: isAsExpected(probe.expected, observed) };
    results.push(result);
    onResult?.(result);
  }
  return results;
}

/** The calls of an operation's example that reached the handler, and that it refused. */
export function refusedByHandler(results: readonly ProbeResult[]): readonly ProbeResult[] {
  return results.filter(
    ({ probe, observed, pass }) => probe.request.kind === 'call' && pass && !observed.outcome.startsWith('2'),
  );
}

function isRepeated({ request }: Probe): boolean {
  return request.kind === 'call' && request.repeated === true;
}

function isOfOneOperation({ request: one }: Probe, { request: other }: Probe): boolean {
  return one.kind === 'call' && other.kind === 'call' && one.operation.name === other.operation.name;
}
