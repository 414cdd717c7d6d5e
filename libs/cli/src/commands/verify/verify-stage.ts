import type { StageSettings } from '@cross-account-api/serverless-plugin';
import type { WalkableCall } from '../../call/call.ts';
import { callWith } from '../../call-of.ts';
import { UsageError } from '../../command-line.ts';
import type { AccessMode } from '../../project/deploy-pair.ts';
import { type CallChoice, optionsOf } from '../../stage/call-choice.ts';
import { type OpenStage, openStage } from '../../stage/open-stage.ts';
import { resolveStage, type StageCall } from '../../stage/resolve-stage.ts';
import { detectStageDrift, type StageDrift } from '../../stage/stage-drift.ts';
import { isSafe, planCall } from './plan-call.ts';
import { planStage } from './plan-stage.ts';
import { type Verification, type VerifyOptions, verifyOpenCall } from './verify-open-call.ts';

/** The options of a verification of a stage. */
export interface VerifyStageOptions extends VerifyOptions {
  readonly stage: string;
  /** The folder of local AWS's state directory, for stage `local`. */
  readonly localAwsRoot: string;
  /** Another call than that of this project's API by the first function. Default: that one, with the probes of the contract */
  readonly choice?: CallChoice | undefined;
  /** An event of the user for the caller function. `undefined`: none */
  readonly event?: unknown;
  /** Whether operations that may write, and those without an example in the contract, are executed. Default: in stage `local` only */
  readonly allowWrite?: boolean | undefined;
  /** Whether to gather what a report records beside the answers. Default: `false` */
  readonly gathersEvidence?: boolean;
  /** Is called before CloudFormation compares the stacks, which takes a while on AWS. */
  readonly onCompare?: (() => void) | undefined;
}

/** The outcome of the probes of a call of a stage. */
export interface StageVerification extends Verification {
  /** Whether it is on the real AWS. */
  readonly real: boolean;
  /** The access mode of the deployment. */
  readonly accessMode: AccessMode;
  readonly callerArn: string;
  /** What somebody changed past CloudFormation. Absent: every probe passed, so nothing was compared. */
  readonly drift?: StageDrift;
}

/**
 * Verifies a call of a stage of this project: the stage fills it in.
 * @throws ReadError if the stage is not deployed or cannot be read
 * @throws ContractError if the project has no contract that can be read
 * @throws UsageError if the caller takes no event, or no route may be sent
 */
export async function verifyStage(options: VerifyStageOptions): Promise<StageVerification> {
  const { stage, localAwsRoot, environment, choice: chosen, event, gathersEvidence = false } = options;
  const open = await openStage(stage, localAwsRoot, environment, 'verify');
  try {
    const resolved = await resolveStage(open, chosen);
    const { choice, open: openOfCall } = resolved;
    requireFunction(event, resolved.call);
    const allowWrite = options.allowWrite ?? !open.real;
    const call = chosen === undefined || allowWrite ? resolved.call : withSafeRoutes(resolved.call);
    const verification = await verifyOpenCall(
      {
        call,
        open: openOfCall,
        explain: callWith('explain', `--stage ${stage}${optionsOf(choice)}`),
        plan: (found) =>
          chosen === undefined
            ? planStage({ open, resolved, found }, { ...options, allowWrite, gathersEvidence })
            : planCall({ call, open: openOfCall, found }, allowWrite, {
                event,
                furtherAccountId: furtherAccountOf(resolved, open.settings),
                routesSetting: routesSettingOf(stage, choice),
              }),
      },
      options,
    );
    const drift = verification.pass ? undefined : await compareStage(open, options);
    return {
      ...verification,
      ...(drift !== undefined && { drift, notes: withNote(drift, verification.notes) }),
      real: open.real,
      accessMode: call.roleArn === undefined ? 'resource-policy' : 'assume-role',
      callerArn: call.callerArn,
    };
  } finally {
    open.close();
  }
}

/** Finds out whether somebody changed the stage, once a probe has failed. */
async function compareStage(
  open: OpenStage,
  { signal, onCompare }: Pick<VerifyStageOptions, 'signal' | 'onCompare'>,
): Promise<StageDrift | undefined> {
  if (signal?.aborted === true) return undefined;
  if (open.real) onCompare?.();
  return detectStageDrift(open, { signal });
}

/** The note about drift comes first: it may be the cause of all failures. */
function withNote({ note }: StageDrift, notes: readonly string[]): readonly string[] {
  return note === undefined ? notes : [note, ...notes];
}

/** The account of a further caller, if it is another than that of the first caller. */
function furtherAccountOf(
  { further }: StageCall,
  { callerAccountId }: Pick<StageSettings, 'callerAccountId'>,
): string | undefined {
  const { accountId } = further?.caller ?? {};
  return accountId === callerAccountId ? undefined : accountId;
}

/** @throws UsageError if an event is given for a caller that has no function here */
function requireFunction(event: unknown, { callerArn }: WalkableCall): void {
  if (event === undefined || callerArn.includes(':function:')) return;
  throw new UsageError(
    `--event: ${callerArn} is not a function of this project, so this command cannot invoke it. Leave the option out.`,
  );
}

function withSafeRoutes(call: WalkableCall): WalkableCall {
  return { ...call, routes: call.routes?.filter(({ method }) => isSafe(method)) };
}

function routesSettingOf(stage: string, { caller, api }: CallChoice): string {
  const entry = api === undefined ? caller && `callers.${caller}.` : `apis.${api}.`;
  return `${stage}.${entry ?? ''}routes`;
}
