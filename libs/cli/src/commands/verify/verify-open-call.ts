import type { WalkableCall } from '../../call/call.ts';
import { type FoundCall, findCall } from '../../call/find-call.ts';
import type { OpenCall } from '../../call/open-call.ts';
import type { LeftOut } from '../../probes/operations.ts';
import type { Probe, ProbeResult } from '../../probes/probe.ts';
import { createProber, type Prober } from '../../probes/prober.ts';
import { type RunOptions, runProbes } from '../../probes/run-probes.ts';
import { apiAgent } from '../../probes/send-signed.ts';
import type { Evidence } from './evidence.ts';
import { notesOfChain } from './notes-of-chain.ts';

/** The options of a verification. */
export interface VerifyOptions extends RunOptions {
  /** The process's own, which the AWS SDK reads. */
  readonly environment: NodeJS.ProcessEnv;
}

/** A call to verify: options fill it in, or a stage. */
export interface CallToVerify {
  readonly call: WalkableCall;
  readonly open: OpenCall;
  /** The command that explains the call. */
  readonly explain: string;
  /** Chooses the probes, once the caller, the role and the API were looked for. */
  plan(found: FoundCall): Promise<VerificationPlan>;
}

/** The probes of a call, and what comes after them. */
export interface VerificationPlan {
  readonly probes: readonly Probe[];
  /** The operations of the contract that are not executed. Absent: the call has no contract. */
  readonly leftOut?: readonly LeftOut[];
  /** Removes what the probes have left, and says what they do not show. */
  conclude(run: ProbesRun): Promise<VerificationEnd>;
}

/** The probes of a call after they have run. */
export interface ProbesRun extends Pick<Prober, 'sent' | 'calls'> {
  readonly results: readonly ProbeResult[];
  /** For the API. */
  readonly agent: Awaited<ReturnType<typeof apiAgent>>;
}

/** What a plan concludes from its probes. */
export interface VerificationEnd {
  readonly notes: readonly string[];
  readonly evidence?: Evidence;
}

/** The outcome of the probes of a call. */
export interface Verification extends VerificationEnd, Pick<VerificationPlan, 'leftOut'> {
  /** Whether every probe got the expected answer. */
  readonly pass: boolean;
  readonly results: readonly ProbeResult[];
  /** The command that explains the call. */
  readonly explain: string;
}

/**
 * Verifies a call whose accounts are open, of a stage or of any API: finds it, plans its probes, runs them one after another, and
 * concludes.
 * @throws what the plan throws if the call cannot be probed
 * @throws ReadError if AWS cannot be reached
 */
export async function verifyOpenCall(
  { call, open, explain, plan }: CallToVerify,
  { environment, ...run }: VerifyOptions,
): Promise<Verification> {
  await using stack = new AsyncDisposableStack();
  const found = await findCall(call, open);
  const { probes, leftOut, conclude } = await plan(found);
  const agent = await apiAgent(open, environment);
  stack.defer(() => agent?.destroy());
  const prober = createProber({ call, open, found }, agent);
  const results = await runProbes(probes, prober, run);
  const { notes, ...gathered } = await conclude({ results, agent, ...prober });
  return {
    pass: results.every(({ pass }) => pass),
    results,
    explain,
    ...(leftOut !== undefined && { leftOut }),
    ...gathered,
    notes: [...notes, ...notesOfChain(prober.walked(), explain)],
  };
}
