import { createPolicyReader } from '../aws/policy-reader.ts';
import { readContract } from '../deployed-pair/contract.ts';
import { findDeployedPair } from '../deployed-pair/deployed-pair.ts';
import { openStage } from '../deployed-pair/open-stage.ts';
import { TAKES_OPERATIONS, takesOperations } from '../project/caller-event.ts';
import type { AccessMode } from '../project/deploy-pair.ts';
import { forgetMessages } from './forget-messages.ts';
import { judge, type ProbeResult } from './probe.ts';
import { createProber } from './prober.ts';
import { probesOf } from './probes.ts';
import { createPropagationRetry, type PropagationOptions } from './propagation.ts';
import { apiAgent } from './send-signed.ts';

/** The options of a verification. */
export interface VerifyOptions {
  readonly stage: string;
  /** The folder of local AWS's state directory, for stage `local`. */
  readonly localAwsRoot: string;
  /** The process's own, which the AWS SDK reads; for stage `local` it is pointed at local AWS. */
  readonly environment: NodeJS.ProcessEnv;
  /** An event of the user for the caller function. `undefined`: none */
  readonly event?: unknown;
  /** Receives each result as it comes. */
  readonly onResult?: (result: ProbeResult) => void;
  /** Whether a POST without an example in the contract may be sent. Default: `false` */
  readonly allowWrite?: boolean | undefined;
  /** The longest time in seconds for which refused calls are repeated. Default 0. */
  readonly waitSeconds?: number;
  /** Receives each probe that is repeated. */
  readonly onWait?: PropagationOptions['onWait'];
  /** Ends the run after the probe that is running. */
  readonly signal?: AbortSignal;
}

/** The outcome of a stage's probes. */
export interface Verification {
  readonly stage: string;
  /** Whether it is on the real AWS. */
  readonly real: boolean;
  /** The access mode of the deployment. */
  readonly accessMode: AccessMode;
  /** Whether every probe got the expected answer. */
  readonly pass: boolean;
  readonly results: readonly ProbeResult[];
  readonly notes: readonly string[];
}

/**
 * Runs all probes against a deployed stage, one after another, and removes their traces.
 * @throws ExplainError if the stage is not deployed or cannot be read
 * @throws ContractError if the project has no contract that can be read
 */
export async function verifyStage(options: VerifyOptions): Promise<Verification> {
  const { stage, localAwsRoot, environment, onResult, signal } = options;
  await using stack = new AsyncDisposableStack();
  const open = await openStage(stage, localAwsRoot, environment, 'verify');
  stack.defer(() => open.close());
  const reader = createPolicyReader(open.accounts, stage);
  const deployed = await findDeployedPair(open, reader);
  const agent = await apiAgent(open);
  stack.defer(() => agent?.destroy());

  const prober = createProber({ open, deployed, reader }, agent);
  const observeUntilSpread = createPropagationRetry({
    seconds: options.waitSeconds ?? 0,
    signal,
    ...(options.onWait !== undefined && { onWait: options.onWait }),
  });
  const results: ProbeResult[] = [];
  const { organizationId: trustedOrganizationId, callers, routes } = open.settings;
  const operations = readContract().operations.filter(
    ({ method, path }) => routes?.includes(`${method} ${path}`) ?? true,
  );
  const furtherCallers = callers.map((caller) => ({
    ...caller,
    routes: caller.routes ?? deployed.pair.api.routes.map(({ method, path }) => `${method} ${path}`),
    invokeRoleArn: deployed.pair.invokeRoleArn?.replace(/[^/]+$/, caller.invokeRoleName),
  }));
  const { allowWrite, event } = options;
  const takesEvents = takesOperations();
  for (const probe of probesOf({
    ...deployed,
    operations,
    allowWrite,
    takesOperations: takesEvents,
    event,
    trustedOrganizationId,
    furtherCallers,
  })) {
    if (signal?.aborted === true) break;
    const observed = await observeUntilSpread(probe, () => prober.observe(probe));
    const result = { probe, observed, pass: judge(probe.expected, observed) };
    results.push(result);
    onResult?.(result);
  }
  const left = await forgetMessages(open, deployed, prober.sent);
  return {
    stage,
    real: open.real,
    accessMode: deployed.pair.invokeRoleArn === undefined ? 'resource-policy' : 'assume-role',
    pass: results.every(({ pass }) => pass),
    results,
    notes: [
      takesEvents || event !== undefined ? undefined : notCalled,
      left,
      open.real ? unreadPolicies : undefined,
    ].filter((note) => note !== undefined),
  };
}

const notCalled = `The call itself was not made: the function "caller" has no line "${TAKES_OPERATIONS}" in its serverless.yml, so its events are not known. Give one that may be sent: --event JSON.`;

const unreadPolicies =
  'The probes that evaluate policies do not see those of AWS Organizations and VPC endpoints, which can only deny more.';
