import { type RouteFacts, routeName } from '@cross-account-api/iam/explanation';
import { ReadError, requireRead } from '../../aws/read-error.ts';
import type { FoundCall } from '../../call/find-call.ts';
import { isOfOthers, sayOthers } from '../../call/find-route.ts';
import type { CallerFunction, Pair } from '../../call/pair.ts';
import { executedOf, type LeftOut, readingOf } from '../../probes/operations.ts';
import type { ProbeResult } from '../../probes/probe.ts';
import { probesOfStage } from '../../probes/probes-of-stage.ts';
import { type RunOptions, refusedByHandler } from '../../probes/run-probes.ts';
import { TAKES_OPERATIONS, takesOperations } from '../../project/caller-event.ts';
import { readContract } from '../../project/contract.ts';
import { noteOfOtherCalls } from '../../stage/call-choice.ts';
import { sessionNameOf } from '../../stage/further-caller.ts';
import type { OpenStage } from '../../stage/open-stage.ts';
import type { StageCall } from '../../stage/resolve-stage.ts';
import { gatherEvidence } from './evidence.ts';
import { forgetMessages } from './forget-messages.ts';
import type { VerificationPlan } from './verify-open-call.ts';
import { noteOfWrites } from './written.ts';

/** A stage, with the call of this project's API by the first function. */
export interface ResolvedStage {
  readonly open: OpenStage;
  readonly resolved: StageCall;
  readonly found: FoundCall;
}

/** The options of the probes of a stage. */
export interface StagePlanOptions extends Pick<RunOptions, 'waitSeconds' | 'signal'> {
  /** Whether operations that may write, and those without an example in the contract, are executed. */
  readonly allowWrite: boolean;
  /** An event of the user for the caller function. `undefined`: none */
  readonly event?: unknown;
  /** Whether to gather what a report records beside the answers. */
  readonly gathersEvidence: boolean;
}

/**
 * Plans the probes of a stage: of the operations of the contract, and of the further callers.
 * @throws ReadError if the stage is not deployed or cannot be read
 * @throws ContractError if the project has no contract that can be read
 */
export async function planStage(
  { open, resolved: { call, choice, idempotencyTable }, found }: ResolvedStage,
  { allowWrite, event, gathersEvidence, waitSeconds = 0, signal }: StagePlanOptions,
): Promise<VerificationPlan> {
  const { stage, settings } = open;
  requireRead([found.callerUnread, found.pair?.reading.unread], 'verify', stage);
  const pair = requirePair(found, stage);
  const { organizationId: trustedOrganizationId, callers, routes } = settings;
  const { declaredOpen = [] } = pair.project ?? {};
  // Probes would expect refusals of an open route.
  const operations = readContract().operations.filter(({ method, path }) => {
    const route = `${method} ${path}`;
    return !declaredOpen.includes(route) && (routes?.includes(route) ?? true);
  });
  const furtherCallers = callers.map((caller) => ({
    ...caller,
    // As the plugin grants them.
    routes: caller.routes ?? pair.api.routes.filter((route) => !isOfOthers(route)).map(routeName),
    invokeRoleArn: pair.invokeRoleArn?.replace(/[^/]+$/, caller.invokeRoleName),
    sessionName: sessionNameOf(stage, caller.name),
    trustedOrganizationId,
  }));
  const takesEvents = takesOperations();
  const leftOut = takesEvents
    ? executedOf(operations, allowWrite).leftOut
    : operations.map(({ method, path }) => ({
        route: `${method} ${path}`,
        reason: 'no event of it is known',
      }));
  const [read] = readingOf(operations);
  return {
    probes: probesOfStage({
      pair,
      idempotencyTable,
      operations,
      executesAll: allowWrite,
      takesOperations: takesEvents,
      event,
      trustedOrganizationId,
      furtherCallers,
    }),
    leftOut,
    async conclude({ results, sent, calls, agent }) {
      const left = await forgetMessages(open.api, { api: pair.api, idempotencyTable }, sent);
      const evidence =
        gathersEvidence && signal?.aborted !== true
          ? await gatherEvidence({
              open,
              call,
              pair,
              agent,
              request: read?.request,
              calls,
              waitSeconds,
              signal,
            })
          : undefined;
      return {
        ...(evidence !== undefined && { evidence }),
        notes: [
          takesEvents || event !== undefined ? undefined : notCalled,
          noteOfWrites(results),
          left,
          takesEvents ? noteOfLeftOut(leftOut) : undefined,
          noteOfNotRepeated(results),
          openNote(declaredOpen),
          noteOfOthers(pair.api.routes),
          open.real ? ofOnePolicy : undefined,
          noteOfFurther(callers.map(({ name }) => name)),
          noteOfOtherCalls('verify', stage, settings, choice),
        ].filter((note) => note !== undefined),
      };
    },
  };
}

/**
 * @returns the caller and the API of a stage
 * @throws ReadError if they were not found
 */
function requirePair({ target, pair, side: { caller } }: FoundCall, stage: string): Pair<CallerFunction> {
  if (pair !== undefined && caller.kind === 'function') return { ...pair, caller };
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

function noteOfOthers(routes: readonly RouteFacts[]): string | undefined {
  const others = sayOthers(routes);
  return others && `${others}. It was not probed.`;
}

function noteOfFurther(names: readonly string[]): string | undefined {
  return names.length === 0
    ? undefined
    : `The rows of ${names.join(', ')} were decided from the deployed policies, not sent: the requests of this command are those of the first caller.`;
}

const notCalled = `The call itself was not made: the function "caller" has no line "${TAKES_OPERATIONS}" in its serverless.yml, so its events are not known. Give one that may be sent: --event JSON.`;

const ofOnePolicy =
  'The probes that evaluate a single policy do not see those of AWS Organizations and VPC endpoints, which can only deny more. The probe of every step does.';
