import { failedResources, whyBlocked } from './blocked-stack.ts';

const resource = (
  LogicalResourceId: string,
  ResourceStatus: 'UPDATE_FAILED' | 'DELETE_FAILED' | 'CREATE_COMPLETE',
) => ({
  LogicalResourceId,
  ResourceType: 'AWS::S3::Bucket',
  LastUpdatedTimestamp: new Date(0),
  ResourceStatus,
  ResourceStatusReason: `${LogicalResourceId} failed.`,
});
const resources = [
  resource('A', 'UPDATE_FAILED'),
  resource('B', 'DELETE_FAILED'),
  resource('C', 'CREATE_COMPLETE'),
];

test.each([
  [
    'UPDATE_ROLLBACK_FAILED',
    'app is UPDATE_ROLLBACK_FAILED: CloudFormation updates it only after the rollback, and could not put back A (A failed).',
  ],
  [
    'ROLLBACK_FAILED',
    'app is ROLLBACK_FAILED: CloudFormation can only delete it, and could not delete B (B failed).',
  ],
  [
    'DELETE_FAILED',
    'app is DELETE_FAILED: CloudFormation can only delete it, and could not delete B (B failed).',
  ],
  ['DELETE_IN_PROGRESS', 'app is DELETE_IN_PROGRESS: CloudFormation refuses another change.'],
  ['UPDATE_COMPLETE', undefined],
  ['REVIEW_IN_PROGRESS', undefined],
])('in %s, a stack is held by those resources that its way out may leave', (status, expected) => {
  expect(whyBlocked('app', status, failedResources(status, resources))).toBe(expected);
});

test('a long reason is shortened', () => {
  const failed = [{ logicalId: 'A', reason: 'x'.repeat(10_000) }];
  expect(whyBlocked('app', 'DELETE_FAILED', failed)?.length).toBeLessThan(500);
});
