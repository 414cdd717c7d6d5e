import { A, apiGateway, root, session, user } from '../../../iam/src/authorization.testing.ts';
import { globalContext } from './global-context.ts';

const request = {
  host: 'sts.eu-west-1.amazonaws.com',
  headers: [
    ['user-agent', 'curl/8'],
    ['referer', 'https://example.com/'],
  ] as const,
  sourceIp: '::ffff:127.0.0.1',
  secureTransport: true,
  receivedAt: new Date('2026-01-31T10:20:30.456Z'),
};

test('a request has keys for its connection, time, headers and region', () => {
  expect(globalContext(user(), request, 'eu-west-1')).toMatchObject({
    'aws:SourceIp': '127.0.0.1',
    'aws:SecureTransport': 'true',
    'aws:CurrentTime': '2026-01-31T10:20:30Z',
    'aws:EpochTime': '1769854830',
    'aws:UserAgent': 'curl/8',
    'aws:Referer': 'https://example.com/',
    'aws:RequestedRegion': 'eu-west-1',
    'aws:ViaAWSService': 'false',
  });
});

test('a request through a VPC endpoint has keys for the endpoint and for an address of the VPC', () => {
  const host = 'a1b2c3d4e5-vpce-0123456789abcdef0.execute-api.eu-west-1.amazonaws.com';
  const keys = globalContext(user(), { ...request, host });
  expect(keys).toMatchObject({ 'aws:SourceVpce': 'vpce-0123456789abcdef0', 'aws:VpcSourceIp': '127.0.0.1' });
  expect(keys).not.toHaveProperty('aws:SourceIp');
  for (const other of [request.host, 'vpce-0123456789abcdef0.s3.eu-west-1.amazonaws.com']) {
    expect(globalContext(user(), { ...request, host: other })).not.toHaveProperty('aws:SourceVpce');
  }
});

test('unknown keys are absent', () => {
  const keys = Object.keys(globalContext(user(), { ...request, headers: [] }));
  for (const absent of [
    'aws:UserAgent',
    'aws:Referer',
    'aws:RequestedRegion',
    'aws:PrincipalOrgID',
    'aws:SourceArn',
  ]) {
    expect(keys).not.toContain(absent);
  }
});

test('an IAM user has keys of a user, and none of a session', () => {
  const keys = globalContext(user(), request);
  expect(keys).toMatchObject({
    'aws:PrincipalArn': `arn:aws:iam::${A}:user/alice`,
    'aws:PrincipalAccount': A,
    'aws:PrincipalType': 'User',
    'aws:PrincipalIsAWSService': 'false',
    'aws:userid': 'AIDAEXAMPLEEXAMPLE222',
    'aws:username': 'alice',
  });
  expect(keys['aws:MultiFactorAuthPresent']).toBeUndefined();
  expect(keys['aws:TokenIssueTime']).toBeUndefined();
});

test('a session of a role has keys of the session and its tags', () => {
  const principal = session({ tags: { team: 'red' }, sourceIdentity: 'bob' });
  const keys = globalContext(principal, request);
  expect(keys).toMatchObject({
    'aws:PrincipalArn': `arn:aws:iam::${A}:role/invoke`,
    'aws:PrincipalType': 'AssumedRole',
    'aws:PrincipalTag/team': 'red',
    'aws:userid': 'AROAEXAMPLEEXAMPLE222:test',
    'aws:MultiFactorAuthPresent': 'false',
    'aws:TokenIssueTime': '2026-01-01T00:00:00Z',
    'aws:SourceIdentity': 'bob',
  });
  expect(keys['aws:username']).toBeUndefined();
});

test('a root user has the type Account', () => {
  expect(globalContext(root(), request)).toMatchObject({
    'aws:PrincipalArn': `arn:aws:iam::${A}:root`,
    'aws:PrincipalType': 'Account',
    'aws:userid': A,
  });
});

test('a service has keys of a service and no ARN', () => {
  const keys = globalContext(apiGateway, request);
  expect(keys).toMatchObject({
    'aws:PrincipalIsAWSService': 'true',
    'aws:PrincipalServiceName': 'apigateway.amazonaws.com',
  });
  expect(keys['aws:PrincipalArn']).toBeUndefined();
});
