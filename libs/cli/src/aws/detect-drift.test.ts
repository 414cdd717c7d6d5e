import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { detectDrift } from './detect-drift.ts';

/* The answers have the members that AWS documents: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResourceDrifts.html */

const resource = (LogicalResourceId: string, StackResourceDriftStatus: string) => ({
  LogicalResourceId,
  ResourceType: 'AWS::IAM::Role',
  StackResourceDriftStatus,
});

/** A client that gives these answers, one after the other. @returns its requests, too */
function clientOf(answers: readonly object[]) {
  const left = [...answers];
  const sent: [string, object][] = [];
  const send = async ({ constructor: { name }, input }: { constructor: { name: string }; input: object }) => {
    sent.push([name.replace('Command', ''), input]);
    return left.shift() ?? {};
  };
  return { client: { send } as unknown as Pick<CloudFormationClient, 'send'>, sent };
}

test('waits until the detection has ended, and reads all pages of what differs', async () => {
  const { client, sent } = clientOf([
    { StackDriftDetectionId: 'one' },
    { DetectionStatus: 'DETECTION_IN_PROGRESS', DetectionStatusReason: 'User Initiated' },
    { DetectionStatus: 'DETECTION_COMPLETE', StackDriftStatus: 'DRIFTED' },
    { StackResourceDrifts: [resource('A', 'MODIFIED')], NextToken: 'next' },
    { StackResourceDrifts: [resource('B', 'DELETED')] },
  ]);
  expect(await detectDrift(client, 'app', { pauseMs: 0 })).toEqual({
    drifted: [
      { logicalId: 'A', type: 'AWS::IAM::Role', state: 'changed' },
      { logicalId: 'B', type: 'AWS::IAM::Role', state: 'deleted' },
    ],
    unread: [],
  });
  expect(sent.map(([name]) => name)).toEqual([
    'DetectStackDrift',
    'DescribeStackDriftDetectionStatus',
    'DescribeStackDriftDetectionStatus',
    'DescribeStackResourceDrifts',
    'DescribeStackResourceDrifts',
  ]);
  expect(sent[1]?.[1]).toEqual({ StackDriftDetectionId: 'one' });
  expect(sent[4]?.[1]).toMatchObject({ NextToken: 'next' });
});

// https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/801
test('resources that could not be read are named with AWS’s reason, beside what differs in the others', async () => {
  const { client } = clientOf([
    { StackDriftDetectionId: 'one' },
    {
      DetectionStatus: 'DETECTION_FAILED',
      DetectionStatusReason: JSON.stringify({
        Summary: 'Failed to detect drift on resources [NodeGroup]',
        Failures: [{ Resource: 'NodeGroup', FailureReason: 'Rate exceeded' }],
      }),
    },
    { StackResourceDrifts: [resource('A', 'MODIFIED')] },
  ]);
  expect(await detectDrift(client, 'app', {})).toMatchObject({
    drifted: [{ logicalId: 'A' }],
    unread: [{ logicalId: 'NodeGroup', reason: 'Rate exceeded' }],
  });
});

test.each(['Internal Failure', '{"Summary":"x"}', '{', ''])(
  'a reason of another form (%j) names no resource',
  async (reason) => {
    const { client } = clientOf([
      {},
      { DetectionStatus: 'DETECTION_FAILED', DetectionStatusReason: reason },
      {},
    ]);
    expect(await detectDrift(client, 'app', {})).toEqual({ drifted: [], unread: [] });
  },
);

test.each([
  ['an interruption', () => AbortSignal.abort(), 'AbortError'],
  ['a time limit', () => AbortSignal.timeout(1), 'TimeoutError'],
])('%s ends the waiting, and the error says which it was', async (_what, limit, name) => {
  const { client } = clientOf([{}, { DetectionStatus: 'DETECTION_IN_PROGRESS' }]);
  const ended = detectDrift(client, 'app', { signal: limit() });
  await expect(ended).rejects.toThrow(expect.objectContaining({ name }));
});
