import { randomUUID } from 'node:crypto';
import {
  type Change,
  type CloudFormationClient,
  CreateChangeSetCommand,
  DeleteChangeSetCommand,
  DescribeChangeSetCommand,
  type DescribeChangeSetOutput,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
} from '@aws-sdk/client-cloudformation';
import { type PollOptions, poll } from '../../aws/poll.ts';
import { unreadResources } from '../../aws/unread-resources.ts';
import { type JudgedChanges, judgeChanges } from './differences.ts';

/** What became of a stack. */
export type StackOutcome = JudgedChanges &
  (
    | { readonly state: 'same' | 'differs' | 'repaired' | 'other changes' }
    /** CloudFormation did not make the change set, or could not carry it out. The reason is AWS's. */
    | {
        readonly state: 'failed';
        readonly reason: string;
        /** Whether CloudFormation could not read a resource. */
        readonly isUnread?: true;
      }
  );

/** Options of {@link repairStack}. */
export interface RepairOptions extends PollOptions {
  /** Whether the differences are put back. Otherwise they are only read. */
  readonly executes: boolean;
}

const CAPABILITIES = ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM', 'CAPABILITY_AUTO_EXPAND'] as const;
const NOTHING = { drifted: [], others: [] };

/**
 * Compares a stack with its resources by a drift-aware change set of the template that is deployed, and puts back what differs. It never
 * executes a set that would change something else. A set that is not executed is deleted.
 * @param client of CloudFormation, in the account of the stack
 * @returns `undefined` if there is no such stack
 * @throws errors of the SDK
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/drift-aware-change-sets.html
 */
export async function repairStack(
  client: Pick<CloudFormationClient, 'send'>,
  StackName: string,
  { executes, ...options }: RepairOptions,
): Promise<StackOutcome | undefined> {
  const stack = await readStack(client, StackName);
  if (stack === undefined) return undefined;
  const named = { StackName: stack.StackId ?? StackName, ChangeSetName: `repair-${randomUUID()}` };
  await client.send(
    new CreateChangeSetCommand({
      ...named,
      ChangeSetType: 'UPDATE',
      DeploymentMode: 'REVERT_DRIFT',
      UsePreviousTemplate: true,
      Parameters: (stack.Parameters ?? []).map(({ ParameterKey }) => ({
        ParameterKey,
        UsePreviousValue: true,
      })),
      Capabilities: [...CAPABILITIES],
      Description: 'What somebody changed past CloudFormation. Made by cross-account repair.',
    }),
  );
  let isExecuted = false;
  try {
    const planned = await poll(
      () => describe(client, named),
      ({ Status = '' }) => !/(PENDING|IN_PROGRESS)$/.test(Status),
      options,
    );
    const { Status, StatusReason = '', StackDriftStatus, changes } = planned;
    const isSame = /didn't contain changes|No updates are to be performed/.test(StatusReason);
    const unread = unreadReason(StatusReason, StackDriftStatus, changes);
    if (unread !== undefined) return { state: 'failed', reason: unread, isUnread: true, ...NOTHING };
    if (Status !== 'CREATE_COMPLETE') {
      return isSame
        ? { state: 'same', ...NOTHING }
        : { state: 'failed', reason: StatusReason || `The change set is in ${Status}.`, ...NOTHING };
    }
    const judgement = judgeChanges(changes);
    if (judgement.others.length > 0) return { state: 'other changes', ...judgement };
    if (judgement.drifted.length === 0) return { state: 'same', ...NOTHING };
    if (!executes) return { state: 'differs', ...judgement };
    const before = Date.now();
    await client.send(new ExecuteChangeSetCommand(named));
    isExecuted = true;
    return { ...judgement, ...(await ended(client, named.StackName, before, options)) };
  } finally {
    if (!isExecuted) await client.send(new DeleteChangeSetCommand(named));
  }
}

/**
 * Why a stack was not compared as a whole. AWS documents the status `UNKNOWN` of stacks and resources, and not what it says beside it.
 * @returns `undefined` if it was
 */
function unreadReason(
  reason: string,
  status: string | undefined,
  changes: readonly Change[],
): string | undefined {
  const named = unreadResources(reason);
  if (named.length > 0) return named.map((each) => `${each.logicalId}: ${each.reason}`).join('\n');
  if (/AccessDenied|not authorized to perform/i.test(reason)) return reason;
  const unknown = changes.flatMap(({ ResourceChange: change }) =>
    change?.ResourceDriftStatus === 'UNKNOWN' ? [change.LogicalResourceId] : [],
  );
  if (status !== 'UNKNOWN' && unknown.length === 0) return undefined;
  const what = unknown.length === 0 ? 'a resource of the stack' : unknown.join(', ');
  return `CloudFormation could not read ${what}, and does not say why.`;
}

async function readStack(client: Pick<CloudFormationClient, 'send'>, StackName: string) {
  const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
  return stack;
}

/** Describes a change set with all pages of its changes. */
async function describe(
  client: Pick<CloudFormationClient, 'send'>,
  named: { readonly StackName: string; readonly ChangeSetName: string },
): Promise<DescribeChangeSetOutput & { readonly changes: readonly Change[] }> {
  const input = { ...named, IncludePropertyValues: true };
  const changes: Change[] = [];
  let page = await client.send(new DescribeChangeSetCommand(input));
  for (;;) {
    changes.push(...(page.Changes ?? []));
    if (page.NextToken === undefined) return { ...page, changes };
    page = await client.send(new DescribeChangeSetCommand({ ...input, NextToken: page.NextToken }));
  }
}

/** Waits until the stack is no longer in progress. @param since milliseconds since 1970: events before do not count */
async function ended(
  client: Pick<CloudFormationClient, 'send'>,
  StackName: string,
  since: number,
  options: PollOptions,
): Promise<{ readonly state: 'repaired' } | { readonly state: 'failed'; readonly reason: string }> {
  const stack = await poll(
    () => readStack(client, StackName),
    (one) => !/IN_PROGRESS$/.test(one?.StackStatus ?? ''),
    options,
  );
  if (stack?.StackStatus === 'UPDATE_COMPLETE') return { state: 'repaired' };
  const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName }));
  // Clocks may differ by a minute.
  const failed = StackEvents.filter(
    ({ ResourceStatus = '', Timestamp }) =>
      ResourceStatus.endsWith('_FAILED') && Number(Timestamp) > since - 60_000,
  );
  const first = failed.at(-1);
  const why = first === undefined ? '' : ` ${first.LogicalResourceId}: ${first.ResourceStatusReason}`;
  return { state: 'failed', reason: `The stack is in ${stack?.StackStatus}.${why}` };
}
