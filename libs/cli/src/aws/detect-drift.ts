import {
  type CloudFormationClient,
  DescribeStackDriftDetectionStatusCommand,
  DescribeStackResourceDriftsCommand,
  DetectStackDriftCommand,
} from '@aws-sdk/client-cloudformation';
import { type PollOptions, poll } from './poll.ts';
import { type UnreadResource, unreadResources } from './unread-resources.ts';

/** What a detection of drift found about a stack. */
export interface StackComparison {
  readonly drifted: readonly DetectedChange[];
  readonly unread: readonly UnreadResource[];
}

/** A resource that somebody changed past CloudFormation. */
export interface DetectedChange {
  readonly logicalId: string;
  readonly type: string;
  readonly state: 'changed' | 'deleted';
}

/**
 * Lets CloudFormation compare a stack with its resources. It changes nothing but the result that the stack shows. On AWS, it takes about a
 * minute.
 * @throws errors of the SDK; the reason of the signal once it is aborted
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
 */
export async function detectDrift(
  client: Pick<CloudFormationClient, 'send'>,
  StackName: string,
  options: PollOptions,
): Promise<StackComparison> {
  const { StackDriftDetectionId } = await client.send(new DetectStackDriftCommand({ StackName }));
  const { DetectionStatusReason = '' } = await poll(
    () => client.send(new DescribeStackDriftDetectionStatusCommand({ StackDriftDetectionId })),
    ({ DetectionStatus }) => DetectionStatus !== 'DETECTION_IN_PROGRESS',
    options,
  );
  const drifted: DetectedChange[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(
      new DescribeStackResourceDriftsCommand({
        StackName,
        StackResourceDriftStatusFilters: ['MODIFIED', 'DELETED'],
        NextToken,
      }),
    );
    for (const each of page.StackResourceDrifts ?? []) {
      const { LogicalResourceId: logicalId = '', ResourceType: type = '', StackResourceDriftStatus } = each;
      drifted.push({
        logicalId,
        type,
        state: StackResourceDriftStatus === 'DELETED' ? 'deleted' : 'changed',
      });
    }
    ({ NextToken } = page);
  } while (NextToken !== undefined);
  return { drifted, unread: unreadResources(DetectionStatusReason) };
}
