import { routeName } from '@cross-account-api/iam/explanation';
import { ReadError, requireRead } from '../../aws/read-error.ts';
import { type FoundCall, findCall } from '../../call/find-call.ts';
import type { CallerFunction, Pair } from '../../call/pair.ts';
import { callWith } from '../../call-of.ts';
import { executedOf, type LeftOut, readingOf } from '../../probes/operations.ts';
import type { ProbeResult } from '../../probes/probe.ts';
import { createProber } from '../../probes/prober.ts';
import { probesOfStage } from '../../probes/probes-of-stage.ts';
import { type RunOptions, refusedByHandler, runProbes } from '../../probes/run-probes.ts';
import { apiAgent } from '../../probes/send-signed.ts';
import { TAKES_OPERATIONS, takesOperations } from '../../project/caller-event.ts';
import { readContract } from '../../project/contract.ts';
import type { AccessMode } from '../../project/deploy-pair.ts';
import { noteOfOtherCalls } from '../../stage/call-choice.ts';
import { sessionNameOf } from '../../stage/further-caller.ts';
import { openStage } from '../../stage/open-stage.ts';
import { resolveStage } from '../../stage/resolve-stage.ts';
import { type Evidence, gatherEvidence } from './evidence.ts';
import { forgetMessages } from './forget-messages.ts';
import { notesOfChain } from './notes-of-chain.ts';
import { noteOfWrites } from './written.ts';

/** The options of a verification. */
export interface VerifyOptions extends RunOptions {
  readonly stage: string;
  /** The folder of local AWS's state directory, for stage `local`. */
  readonly localAwsRoot: string;
  /** The process's own, which the AWS SDK reads; for stage `local` it is pointed at local AWS. */
  readonly environment: NodeJS.ProcessEnv;
  /** An event of the user for the caller function. `undefined`: none */
  readonly event?: unknown;
  /** Whether operations that may write, and those without an example in the contract, are executed. Default: in stage `local` only */
  readonly allowWrite?: boolean | undefined;
  /** Whether to gather what a report records beside the answers. Default: `false` */
  readonly gathersEvidence?: boolean;
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
 * @throws ReadError if the stage is not deployed or cannot be read
 * @throws ContractError if the project has no contract that can be read
 */
export async function verifyStage(options: VerifyOptions): Promise<Verification> {
  const { stage, localAwsRoot, environment, event, signal, waitSeconds = 0 } = options;
  await using stack = new AsyncDisposableStack();
  const open = await openStage(stage, localAwsRoot, environment, 'verify');
  stack.defer(() => open.close());
  const { call, choice, idempotencyTable } = await resolveStage(open);
  const found = await findCall(call, open);
  const { apiUnread, servedUnread } = found.pair ?? {};
  requireRead([found.callerUnread, apiUnread, servedUnread], 'verify', stage);
  const pair = requirePair(found, stage);
  const agent = await apiAgent(open, environment);
  stack.defer(() => agent?.destroy());

  const { organizationId: trustedOrganizationId, callers, routes } = open.settings;
  const { declaredOpen = [] } = pair;
  // Probes would expect refusals of an open route.
  const operations = readContract().operations.filter(({ method, path }) => {
    const route = `${method} ${path}`;
    return !declaredOpen.includes(route) && (routes?.includes(route) ?? true);
  });
  const furtherCallers = callers.map((caller) => ({
    ...caller,
    routes: caller.routes ?? pair.api.routes.map(routeName),
    invokeRoleArn: pair.invokeRoleArn?.replace(/[^/]+$/, caller.invokeRoleName),
    sessionName: sessionNameOf(stage, caller.name),
    trustedOrganizationId,
  }));
  const executesAll = options.allowWrite ?? !open.real;
  const takesEvents = takesOperations();
  const prober = createProber({ call, open, found }, agent);
  const results = await runProbes(
    probesOfStage({
      pair,
      idempotencyTable,
      operations,
      executesAll,
      takesOperations: takesEvents,
      event,
      trustedOrganizationId,
      furtherCallers,
    }),
    prober,
    options,
  );
  const leftOut = takesEvents
    ? executedOf(operations, executesAll).leftOut
    : operations.map(({ method, path }) => ({
        route: `${method} ${path}`,
        reason: 'no event of it is known',
      }));
  const left = await forgetMessages(open.api, { api: pair.api, idempotencyTable }, prober.sent);
  const [read] = readingOf(operations);
  const evidence =
    options.gathersEvidence === true && signal?.aborted !== true
      ? await gatherEvidence({
          open,
          call,
          pair,
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
    accessMode: pair.invokeRoleArn === undefined ? 'resource-policy' : 'assume-role',
    pass: results.every(({ pass }) => pass),
    results,
    leftOut,
    ...(evidence !== undefined && { evidence }),
    notes: [
      takesEvents || event !== undefined ? undefined : notCalled,
      noteOfWrites(results),
      left,
      takesEvents ? noteOfLeftOut(leftOut) : undefined,
      noteOfNotRepeated(results),
      openNote(declaredOpen),
      open.real ? ofOnePolicy : undefined,
      noteOfOtherCalls('verify', stage, open.settings, choice),
      ...notesOfChain(prober.walked(), callWith('explain', `--stage ${stage}`)),
    ].filter((note) => note !== undefined),
  };
}

/**
 * @returns caller and API of a stage
 * @throws ReadError if they were not found
 */
function requirePair({ target, pair, side: { caller } }: FoundCall, stage: string): Pair<CallerFunction> {
  const { arn, roleArn } = caller;
  if (pair !== undefined && arn !== undefined && roleArn !== undefined) {
    return { ...pair, caller: { ...caller, arn, roleArn } };
  }
  const problem = target !== undefined && 'link' in target ? target.link.problem : undefined;
  throw new ReadError(
    'NOT_DEPLOYED',
    `${problem ?? 'The caller of the stage was not found.'} Deploy both services: npx sls deploy --stage ${stage}`,
  );
}

function noteOfLeftOut(leftOut: readonly LeftOut[]): string | undefined {
  if (leftOut.length === 0) return undefined;
  const routes = leftOut.map(({ route, reason }) => `${route} (${reason})`);
  return `Not executed: ${routes.join('; ')}. --allow-write executes all.`;
}

/** The operations that remember keys, and whose example was refused: see {@link runProbes}. */
function noteOfNotRepeated(results: readonly ProbeResult[]): string | undefined {
  const refused = refusedByHandler(results).flatMap(({ probe: { request }, observed: { outcome } }) =>
    request.kind === 'call' && request.operation.takesKey ? [`${request.operation.name} (${outcome})`] : [],
  );
  if (refused.length === 0) return undefined;
  return `Not sent twice with one key: ${refused.join(', ')}. The handler refuses the example of the contract, so nothing is executed. An example that it executes proves that a key is honoured.`;
}

function openNote(routes: readonly string[]): string | undefined {
  return routes.length === 0
    ? undefined
    : `Anybody may call ${routes.join(', ')}: serverless.yml declares it with "open: true". It was not probed.`;
}

const notCalled = `The call itself was not made: the function "caller" has no line "${TAKES_OPERATIONS}" in its serverless.yml, so its events are not known. Give one that may be sent: --event JSON.`;

const ofOnePolicy =
  'The probes that evaluate a single policy do not see those of AWS Organizations and VPC endpoints, which can only deny more. The probe of every step does.';
