import { nameOf, readServices } from '@cross-account-api/serverless-plugin';
import type { Account } from '../../aws/account.ts';
import { cloudFormationOf } from '../../aws/cloud-formation.ts';
import { projectRoot } from '../../project/project.ts';
import { stageNames } from '../../project/stage-settings.ts';
import { notDeployed } from '../../stage/deployed-stacks.ts';
import { furtherServices } from '../../stage/further-services.ts';
import { type OpenStage, openStage } from '../../stage/open-stage.ts';
import { repairStack, type StackOutcome } from './repair-stack.ts';

/** A stack of a stage, and what became of it. */
export type RepairedStack = StackOutcome & {
  /** Its name in serverless-compose.yml. @example 'api' */
  readonly service: string;
  readonly name: string;
  readonly accountId: string;
};

/** A further caller whose stack was not compared. */
export interface OtherCaller {
  /** Its name in services/stages.yml. */
  readonly name: string;
  readonly accountId: string;
  /** A part of a sentence. */
  readonly reason: string;
}

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
 * project deploys. Before, the profiles must be of the accounts of the stage's settings. One stack after the other: the API comes first,
 * as in a deployment.
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
    const { services, notCompared } = await furtherServicesOf(open);
    const stacks: RepairedStack[] = [];
    for (const service of ['api', 'caller'] as const) {
      const target = { service, name: names[service], account: open[service] };
      const repaired = await repairService(target, options);
      if (repaired === undefined) {
        throw notDeployed(`The stack ${target.name} in account ${target.account.accountId}`, stage);
      }
      stacks.push(repaired);
    }
    for (const { caller, ...target } of services) {
      const repaired = await repairService(target, options);
      if (repaired !== undefined) stacks.push(repaired);
      else notCompared.push({ ...caller, reason: `${target.name} is not deployed` });
    }
    return { stage, stacks, notCompared };
  } finally {
    open.close();
  }
}

/** A stack to compare. */
interface Target extends Pick<RepairedStack, 'service' | 'name'> {
  readonly account: Account;
}

/** Opens the accounts of the services of further callers. */
async function furtherServicesOf(open: OpenStage) {
  const { stage, settings } = open;
  const root = projectRoot();
  const services: (Target & { readonly caller: Pick<OtherCaller, 'name' | 'accountId'> })[] = [];
  const notCompared: OtherCaller[] = settings.callers
    .filter(({ deployment }) => deployment === undefined)
    .map(({ name, accountId }) => ({
      name,
      accountId,
      reason: 'another project deploys it, and its team repairs it',
    }));
  for (const each of furtherServices(stage, settings, root, readServices(root))) {
    const { name, accountId } = each.caller;
    const account = (await open.openFurther(each.caller)).accounts.get(accountId);
    if (account === undefined) {
      const reason = `no profile of this account is set. Set ${stage}.callers.${name}.profile in services/stages.yml`;
      notCompared.push({ name, accountId, reason });
      continue;
    }
    services.push({
      service: each.name,
      name: nameOf(each.service, stage),
      account,
      caller: { name, accountId },
    });
  }
  return { services, notCompared };
}

/** @returns `undefined` if there is no such stack */
async function repairService(
  { account, ...target }: Target,
  options: Pick<RepairStageOptions, 'executes' | 'signal'>,
): Promise<RepairedStack | undefined> {
  const outcome = await account.read(() => repairStack(cloudFormationOf(account), target.name, options));
  return outcome && { ...target, accountId: account.accountId, ...outcome };
}
