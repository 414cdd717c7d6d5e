import { cloudFormationOf } from '../../aws/cloud-formation.ts';
import { ReadError } from '../../aws/read-error.ts';
import { findObstacle, notDeployed } from '../../stage/deployed-stacks.ts';
import { openStage } from '../../stage/open-stage.ts';
import { type OtherCaller, stageStacks } from '../../stage/stage-stacks.ts';
import { repairStack, type StackOutcome } from './repair-stack.ts';

/** A stack of a stage, and what became of it. */
export type RepairedStack = StackOutcome & {
  /** Its name in serverless-compose.yml. @example 'api' */
  readonly service: string;
  readonly name: string;
  readonly accountId: string;
};

/** What became of a stage. */
export interface StageRepair {
  readonly stage: string;
  readonly stacks: readonly RepairedStack[];
  readonly notCompared: readonly OtherCaller[];
}

/** Options of {@link repairStage}. */
export interface RepairStageOptions {
  readonly stage: string;
  /** Where local AWS runs, for stage `local`. */
  readonly localAwsRoot: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly executes: boolean;
  readonly signal: AbortSignal;
}

/**
 * Compares the stacks of a stage with their resources, and puts back what differs: of both services, and of further callers that this
 * project deploys. A stack that CloudFormation does not update, such as one whose API somebody deleted, is not compared. Before, the profiles must be of the accounts of the stage's settings. One stack after the other: the API comes first,
 * as in a deployment.
 * @throws ReadError if an account cannot be opened, or the first stack cannot be read. If another one cannot, its outcome has the reason
 */
export async function repairStage({
  stage,
  localAwsRoot,
  environment,
  ...options
}: RepairStageOptions): Promise<StageRepair> {
  const open = await openStage(stage, localAwsRoot, environment, 'repair');
  try {
    const { stacks, others } = await stageStacks(open);
    const repaired: RepairedStack[] = [];
    const notCompared = [...others];
    for (const { account, name, service, caller } of stacks) {
      const { accountId } = account;
      try {
        const reason = await findObstacle(account, { region: open.region, name, stage });
        if (reason !== undefined) {
          repaired.push({ service, name, accountId, state: 'failed', reason, drifted: [], others: [] });
          continue;
        }
        const outcome = await account.read(() => repairStack(cloudFormationOf(account), name, options));
        if (outcome !== undefined) repaired.push({ service, name, accountId, ...outcome });
        else if (caller !== undefined) notCompared.push({ ...caller, reason: `${name} is not deployed` });
        else throw notDeployed(`The stack ${name} in account ${accountId}`, stage);
      } catch (error) {
        // What was done before must be said.
        if (!(error instanceof ReadError) || repaired.length === 0) throw error;
        const failed = { state: 'failed', reason: error.message, drifted: [], others: [] } as const;
        repaired.push({ service, name, accountId, ...failed });
      }
    }
    return { stage, stacks: repaired, notCompared };
  } finally {
    open.close();
  }
}
