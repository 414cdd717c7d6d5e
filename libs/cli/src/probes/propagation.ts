import { setTimeout as sleep } from 'node:timers/promises';
import { isAsExpected, type Observation, type Probe } from './probe.ts';

/** The options for repeating refused probes. */
export interface PropagationOptions {
  /** The longest time in seconds, for all probes together. */
  readonly seconds: number;
  /** Receives a refused probe before it is repeated, and the longest time in seconds; once for each probe. */
  readonly onWait?: (probe: Probe, observed: Observation, seconds: number) => void;
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
  /** Default: by the machine's clock. */
  readonly wait?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

/** Milliseconds between two attempts. */
const FIRST_MS = 500;
const LONGEST_MS = 4_000;

/**
 * Returns a function that observes a probe, and repeats it while AWS may still be spreading a change. After a deployment, IAM
 * and API Gateway take seconds to do so.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
 */
export function createPropagationRetry({ seconds, onWait, signal, wait = waitFor }: PropagationOptions) {
  let leftMs = seconds * 1_000;
  return async (probe: Probe, observe: () => Promise<Observation>): Promise<Observation> => {
    let observed = await observe();
    for (
      let pauseMs = FIRST_MS;
      mayBeTooEarly(probe, observed);
      pauseMs = Math.min(pauseMs * 2, LONGEST_MS)
    ) {
      if (leftMs <= 0 || signal?.aborted === true) break;
      if (pauseMs === FIRST_MS) onWait?.(probe, observed, Math.ceil(leftMs / 1_000));
      await wait(Math.min(pauseMs, leftMs), signal);
      leftMs -= pauseMs;
      observed = await observe();
    }
    return observed;
  };
}

/**
 * Whether a request that must succeed was refused, so nothing was executed. An attack is never repeated: that it got through
 * once is the result.
 */
export function mayBeTooEarly({ request, expected }: Probe, observed: Observation): boolean {
  const mustSucceed = /^2xx( or |$)/.test(expected.outcome);
  if (!mustSucceed || (request.kind !== 'call' && request.kind !== 'send')) return false;
  // API Gateway's own 500: it may not invoke the function, which would answer 502 if it failed.
  const refused = /^(403( |$)|AssumeRoleDenied$|500 InternalServerErrorException$)/.test(observed.outcome);
  return refused && !isAsExpected(expected, observed);
}

async function waitFor(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}
