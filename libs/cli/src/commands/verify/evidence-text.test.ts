import type { ResourceStatus, StackEvent } from '@aws-sdk/client-cloudformation';
import { identifying } from '../../probes/test-results.testing.ts';
import { accessLogLine, failedEvent, operationsOfLastDeployment, summaryKeys } from './evidence-text.ts';

const STACK = 'arn:aws:cloudformation:eu-west-1:123456789012:stack/acme-payments/1';
const event = (changes: Partial<StackEvent>): StackEvent => ({
  StackId: STACK,
  EventId: '1',
  StackName: 'acme-payments',
  Timestamp: new Date(0),
  ...changes,
});

test('A failed change has its type, its status and the denied action, and no name or ID', () => {
  const failed = event({
    ResourceType: 'AWS::S3::Bucket',
    ResourceStatus: 'CREATE_FAILED',
    ResourceStatusReason:
      'User: arn:aws:iam::123456789012:user/acme-caller is not authorized to perform: s3:TagResource on resource: "arn:aws:s3:::acme" because no identity-based policy allows the s3:TagResource action',
  });
  expect(failedEvent(failed)).toEqual([
    {
      type: 'AWS::S3::Bucket',
      status: 'CREATE_FAILED',
      action: 's3:TagResource',
      reason: expect.stringMatching(
        /^User: … is not authorized to perform: … on resource: … because no identity-based/,
      ),
    },
  ]);
  expect(
    failedEvent(event({ ...failed, ResourceType: 'Custom::AcmeThing', ResourceStatusReason: 'acme' })),
  ).toEqual([{ type: '…', status: 'CREATE_FAILED', reason: '…' }]);
  expect(failedEvent(event({ ...failed, ResourceStatus: 'CREATE_COMPLETE' }))).toEqual([]);
});

test('The operations of the last deployment are those that follow each other within a minute', () => {
  const at = (seconds: number, status: string, PhysicalResourceId = STACK) =>
    // The SDK's type lacks the statuses of stacks.
    event({
      PhysicalResourceId,
      ResourceStatus: status as ResourceStatus,
      Timestamp: new Date(seconds * 1_000),
    });
  const oldestFirst = [
    at(0, 'CREATE_IN_PROGRESS'),
    at(10, 'CREATE_COMPLETE'),
    at(40, 'UPDATE_IN_PROGRESS'),
    at(80, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'),
    at(81, 'UPDATE_COMPLETE'),
  ];
  const later = [
    at(1_000, 'UPDATE_IN_PROGRESS'),
    at(1_005, 'UPDATE_IN_PROGRESS', 'a-function'),
    at(1_030, 'UPDATE_COMPLETE'),
    at(1_032, 'UPDATE_IN_PROGRESS'),
    at(1_050, 'UPDATE_COMPLETE'),
  ];
  expect(operationsOfLastDeployment(oldestFirst.toReversed())).toEqual(['CREATE', 'UPDATE']);
  expect(operationsOfLastDeployment([...oldestFirst, ...later].toReversed())).toEqual(['UPDATE', 'UPDATE']);
  expect(operationsOfLastDeployment([])).toEqual([]);
});

test('The keys of apiSummary keep their form and lose their names', () => {
  const summary = {
    '/acme-orders': { POST: {} },
    '/acme-orders/{acme}/{proxy+}': { GET: {}, ANY: {} },
    '/': { GET: {} },
  };
  expect(summaryKeys(summary)).toEqual(['/ GET', '/… POST', '/…/{…}/{…+} ANY', '/…/{…}/{…+} GET']);
});

test('A line of the access log shows whether it has the token, and neither the token nor names and IDs', () => {
  const token = 'IQoJb3JpZ2luX2VjSECRET';
  const members = { status: '403', errorType: 'INVALID_SIGNATURE', path: '/acme', callerArn: '-' };
  const leaking = { ...members, errorMessage: `The request signature … x-amz-security-token:${token}` };
  expect(accessLogLine(JSON.stringify(members), token)).toEqual({
    line: { status: '403', errorType: 'INVALID_SIGNATURE', path: '…', callerArn: '…' },
    token: 'absent',
  });
  expect(accessLogLine(JSON.stringify(leaking), token)).toMatchObject({ token: 'present' });
  // Tokens of STS begin alike.
  const other = { ...members, errorMessage: 'x-amz-security-token:IQoJb3JpZ2luX2VjOTHER' };
  expect(accessLogLine(JSON.stringify(other), token)).toMatchObject({ token: 'absent' });
  expect(accessLogLine(JSON.stringify(members), undefined)).toMatchObject({ token: 'the request had none' });
  for (const line of [
    JSON.stringify({ ...leaking, all: identifying.join(' ') }),
    `text ${token} ${identifying.join(' ')}`,
  ]) {
    const shown = JSON.stringify(accessLogLine(line, token));
    for (const secret of [...identifying, token]) expect(shown).not.toContain(secret);
  }
});
