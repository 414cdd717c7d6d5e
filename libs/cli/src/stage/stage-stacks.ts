import { nameOf, readServices } from '@cross-account-api/serverless-plugin';
import type { Account } from '../aws/account.ts';
import { projectRoot } from '../project/project.ts';
import { stageNames } from '../project/stage-settings.ts';
import { furtherServices } from './further-services.ts';
import type { OpenStage } from './open-stage.ts';

/** A stack of a stage. */
export interface StageStack {
  /** Its service's name in serverless-compose.yml. @example 'api' */
  readonly service: string;
  readonly name: string;
  readonly account: Account;
  /** The further caller whose stack it is. Absent: it is one of the pair, which every stage has. */
  readonly caller?: Pick<OtherCaller, 'name' | 'accountId'>;
}

/** A further caller whose stack is not read. */
export interface OtherCaller {
  /** Its name in services/stages.yml. */
  readonly name: string;
  readonly accountId: string;
  /** A part of a sentence. */
  readonly reason: string;
}

/** The stacks of a stage, and the further callers whose stacks nobody can read here. */
export interface StageStacks {
  /** That of the API first, as in a deployment. */
  readonly stacks: readonly StageStack[];
  readonly others: readonly OtherCaller[];
}

/**
 * The stacks of a stage: of both services, and of further callers that this project deploys. Their accounts are closed with the stage.
 * @throws ReadError if a profile is of another account
 */
export async function stageStacks(open: OpenStage): Promise<StageStacks> {
  const { stage, settings, api, caller } = open;
  const root = projectRoot();
  const names = stageNames(stage);
  const stacks: StageStack[] = [
    { service: 'api', name: names.api, account: api },
    { service: 'caller', name: names.caller, account: caller },
  ];
  const others: OtherCaller[] = settings.callers
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
      others.push({ name, accountId, reason });
    } else {
      const of = { name, accountId };
      stacks.push({ service: each.name, name: nameOf(each.service, stage), account, caller: of });
    }
  }
  return { stacks, others };
}
