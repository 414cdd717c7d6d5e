import type { Account } from '../../aws/account.ts';
import { cloudFormationOf } from '../../aws/cloud-formation.ts';
import { stageNames } from '../../project/stage-settings.ts';
import { notDeployed } from '../../stage/deployed-stacks.ts';
import { openStage } from '../../stage/open-stage.ts';
import { repairStack, type StackOutcome } from './repair-stack.ts';

/** A stack of a stage, and what became of it. */
export type RepairedStack = StackOutcome & {
  readonly service: 'api' | 'caller';
  readonly name: string;
  readonly accountId: string;
};

/** What became of a stage. */
export interface StageRepair {
  readonly stage: string;
  readonly stacks: readonly RepairedStack[];
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
 * Compares both stacks of a stage with their resources, and puts back what differs. Before, both profiles must be of the accounts of the
 * stage's settings. One stack after the other: the API comes first, as in a deployment.
 * @throws ReadError if an account cannot be opened or a stack is missing
 */
export async function repairStage({
  stage,
  localAwsRoot,
  environment,
  ...options
}: RepairStageOptions): Promise<StageRepair> {
  const open = await openStage(stage, localAwsRoot, environment, 'repair');
  try {
    const names = stageNames(stage);
    const stacks: RepairedStack[] = [];
    for (const service of ['api', 'caller'] as const) {
      stacks.push(await repairService(open[service], { service, name: names[service], stage, ...options }));
    }
    return { stage, stacks };
  } finally {
    open.close();
  }
}

async function repairService(
  account: Account,
  {
    service,
    name,
    stage,
    ...options
  }: Pick<RepairStageOptions, 'stage' | 'executes' | 'signal'> & Pick<RepairedStack, 'service' | 'name'>,
): Promise<RepairedStack> {
  const { accountId } = account;
  const outcome = await account.read(() => repairStack(cloudFormationOf(account), name, options));
  if (outcome === undefined) throw notDeployed(`The stack ${name} in account ${accountId}`, stage);
  return { service, name, accountId, ...outcome };
}
