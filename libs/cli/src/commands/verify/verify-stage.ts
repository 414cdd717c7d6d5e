import { createPolicyReader, withoutControlPolicies } from '../../aws/policy-reader.ts';
import { executedOf, type LeftOut, readingOf } from '../../probes/operations.ts';
import { judge, type ProbeResult } from '../../probes/probe.ts';
import { createProber } from '../../probes/prober.ts';
import { probesOf } from '../../probes/probes.ts';
import { createPropagationRetry, type PropagationOptions } from '../../probes/propagation.ts';
import { apiAgent } from '../../probes/send-signed.ts';
import { TAKES_OPERATIONS, takesOperations } from '../../project/caller-event.ts';
import { readContract } from '../../project/contract.ts';
import type { AccessMode } from '../../project/deploy-pair.ts';
import { findDeployedPair } from '../../stage/deployed-pair.ts';
import { type OpenStage, openStage } from '../../stage/open-stage.ts';
import { unreadOrganization } from '../explain/help.ts';
import { type Evidence, gatherEvidence } from './evidence.ts';
import { forgetMessages } from './forget-messages.ts';
import { noteOfWrites } from './written.ts';

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
  /** Whether operations that may write, and those without an example in the contract, are executed. Default: in stage `local` only */
  readonly allowWrite?: boolean | undefined;
  /** Whether to gather what a report records beside the answers. Default: `false` */
  readonly gathersEvidence?: boolean;
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
  /** The operations of the contract that were not executed. */
  readonly leftOut: readonly LeftOut[];
  readonly evidence?: Evidence;
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
  const reader = createPolicyReader(open.accounts, stage, open.organization);
  const deployed = await findDeployedPair(open, reader);
  const agent = await apiAgent(open);
  stack.defer(() => agent?.destroy());

  const prober = createProber(
    { open, deployed, reader, onePolicyReader: withoutControlPolicies(reader) },
    agent,
  );
  const observeUntilSpread = createPropagationRetry({
    seconds: options.waitSeconds ?? 0,
    signal,
    ...(options.onWait !== undefined && { onWait: options.onWait }),
  });
  const results: ProbeResult[] = [];
  const { organizationId: trustedOrganizationId, callers, routes } = open.settings;
  const { declaredOpen = [] } = deployed.pair;
  // Probes would expect refusals of an open route.
  const operations = readContract().operations.filter(({ method, path }) => {
    const route = `${method} ${path}`;
    return !declaredOpen.includes(route) && (routes?.includes(route) ?? true);
  });
  const furtherCallers = callers.map((caller) => ({
    ...caller,
    routes: caller.routes ?? deployed.pair.api.routes.map(({ method, path }) => `${method} ${path}`),
    invokeRoleArn: deployed.pair.invokeRoleArn?.replace(/[^/]+$/, caller.invokeRoleName),
  }));
  const { event } = options;
  const executesAll = options.allowWrite ?? !open.real;
  const takesEvents = takesOperations();
  for (const probe of probesOf({
    ...deployed,
    operations,
    executesAll,
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
  const leftOut = takesEvents
    ? executedOf(operations, executesAll).leftOut
    : operations.map(({ method, path }) => ({
        route: `${method} ${path}`,
        reason: 'no event of it is known',
      }));
  const left = await forgetMessages(open, deployed, prober.sent);
  const { waitSeconds = 0 } = options;
  const [read] = readingOf(operations);
  const evidence =
    options.gathersEvidence === true && signal?.aborted !== true
      ? await gatherEvidence({
          open,
          deployed,
          agent,
          request: read?.request,
          calls: prober.calls,
          waitSeconds,
          signal,
        })
      : undefined;
  return {
    stage,
    real: open.real,
    accessMode: deployed.pair.invokeRoleArn === undefined ? 'resource-policy' : 'assume-role',
    pass: results.every(({ pass }) => pass),
    results,
    leftOut,
    ...(evidence !== undefined && { evidence }),
    notes: [
      takesEvents || event !== undefined ? undefined : notCalled,
      noteOfWrites(results),
      left,
      takesEvents ? noteOfLeftOut(leftOut) : undefined,
      openNote(declaredOpen),
      ...(open.real ? [unreadPolicies] : []),
      ...(await notesOnOrganizations(open)),
    ].filter((note) => note !== undefined),
  };
}

function noteOfLeftOut(leftOut: readonly LeftOut[]): string | undefined {
  if (leftOut.length === 0) return undefined;
  const routes = leftOut.map(({ route, reason }) => `${route} (${reason})`);
  return `Not executed: ${routes.join('; ')}. --allow-write executes all.`;
}

function openNote(routes: readonly string[]): string | undefined {
  return routes.length === 0
    ? undefined
    : `Anybody may call ${routes.join(', ')}: serverless.yml declares it with "open: true". It was not probed.`;
}

const notCalled = `The call itself was not made: the function "caller" has no line "${TAKES_OPERATIONS}" in its serverless.yml, so its events are not known. Give one that may be sent: --event JSON.`;

const unreadPolicies =
  'The probes that evaluate a single policy do not see those of AWS Organizations and VPC endpoints, which can only deny more. Those of the organizations decide on the probe of all steps.';

/** Whose AWS organization could not be read: no failure, as most accounts may not read theirs. */
async function notesOnOrganizations({ accounts, organization }: OpenStage): Promise<readonly string[]> {
  const notes = [...accounts.values()].map(async (account) =>
    unreadOrganization(account, await organization(account)),
  );
  return (await Promise.all(notes)).filter((note) => note !== undefined);
}
