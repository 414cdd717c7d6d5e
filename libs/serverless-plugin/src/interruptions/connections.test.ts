import type { Template } from '../framework.ts';
import { earlierConnectionsOf, lostPermissionsOf, otherApiOf, stackOfRole } from './connections.ts';

const roleOf = (name: string, account = '111111111111') => `arn:aws:iam::${account}:role/${name}`;

/** A caller's template, whose function has these variables. */
const caller = (Variables: Readonly<Record<string, unknown>>): Template => ({
  Resources: {
    CallerLambdaFunction: { Type: 'AWS::Lambda::Function', Properties: { Environment: { Variables } } },
    Logs: { Type: 'AWS::Logs::LogGroup', Properties: {} },
  },
});

const change = (before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>) => ({
  stage: 'dev',
  deployed: caller(before),
  next: caller(after),
});

const assumes = (name: string, account?: string) => ({ INVOKE_ROLE_ARN: roleOf(name, account) });

test.each<[string, object, object]>([
  ['the same role', assumes('depot-dev-invoke'), assumes('depot-dev-invoke')],
  ['a second role of the same API', assumes('depot-dev-invoke'), assumes('depot-dev-invoke.next')],
  ['the same role under a path', assumes('depot-dev-invoke'), assumes('team/depot-dev-invoke')],
  ['a role with a name of its owner', assumes('depot-dev-invoke'), assumes('depot-dev-calls')],
  ['another access mode', assumes('depot-dev-invoke'), { API_URL: 'https://api' }],
  ['the first access mode', { API_URL: 'https://api' }, assumes('depot-dev-invoke')],
  [
    'another API beside it',
    assumes('depot-dev-invoke'),
    { ...assumes('depot-dev-invoke'), BILLING_INVOKE_ROLE_ARN: roleOf('billing-dev-invoke.shop') },
  ],
])('%s is no other API', (_, before, after) => {
  expect(otherApiOf(change({ ...before }, { ...after }))).toEqual([]);
});

test.each([
  [
    'name',
    assumes('warehouse-dev-invoke'),
    'depot-dev of account 111111111111 for warehouse-dev of account 111111111111',
  ],
  [
    'account',
    assumes('depot-dev-invoke', '333333333333'),
    'depot-dev of account 111111111111 for depot-dev of account 333333333333',
  ],
])('a caller that gets an API of another %s leaves the old one', (_, after, text) => {
  expect(otherApiOf(change(assumes('depot-dev-invoke'), after))).toEqual([
    {
      problem: expect.stringContaining(`leaves the API ${text}`),
      steps: [expect.stringContaining('Copy the items'), expect.stringContaining('INTERRUPT_CALLERS=yes')],
    },
  ]);
});

test('a caller that is deployed for the first time, or whose function has another name, leaves no API', () => {
  const next = caller(assumes('warehouse-dev-invoke'));
  expect(otherApiOf({ stage: 'dev', deployed: { Resources: {} }, next })).toEqual([]);
  const deployed = caller(assumes('depot-dev-invoke'));
  expect(otherApiOf({ stage: 'dev', deployed, next: { Resources: {} } })).toEqual([]);
});

describe('a function that gets another role to assume', () => {
  const [old, other] = [roleOf('depot-dev-invoke'), roleOf('depot-dev-calls')];
  /** The template of a function whose role may assume these roles. */
  const withRole = (
    Variables: Readonly<Record<string, unknown>>,
    roles: readonly unknown[],
    roleId = 'Role',
    { Effect = 'Allow', Action = 'sts:AssumeRole' } = {},
  ): Template => ({
    Resources: {
      CallerLambdaFunction: {
        Type: 'AWS::Lambda::Function',
        Properties: { Role: { 'Fn::GetAtt': [roleId, 'Arn'] }, Environment: { Variables } },
      },
      [roleId]: {
        Type: 'AWS::IAM::Role',
        Properties: {
          Policies: [
            { PolicyDocument: { Statement: roles.map((Resource) => ({ Effect, Action, Resource })) } },
          ],
        },
      },
    },
  });
  const lost = (next: Template, name = 'INVOKE_ROLE_ARN') =>
    lostPermissionsOf({ stage: 'dev', deployed: withRole({ [name]: old }, [old]), next });

  test.each(['INVOKE_ROLE_ARN', 'BILLING_INVOKE_ROLE_ARN'])(
    'as %s may no longer assume the old one before it is updated: a statement keeps the permission',
    (name) => {
      expect(lost(withRole({ [name]: other }, [other]), name)).toEqual([
        {
          problem: expect.stringContaining(`CallerLambdaFunction gets another role as ${name}.`),
          steps: [
            expect.stringContaining(`{ Effect: Allow, Action: sts:AssumeRole, Resource: ${old} }`),
            expect.stringContaining('Remove the statement'),
          ],
        },
      ]);
      expect(lost(withRole({ [name]: other }, [other, old]), name)).toEqual([]);
    },
  );

  test.each<[string, Template]>([
    ['the same role', withRole({ INVOKE_ROLE_ARN: old }, [old])],
    ['a role that begins like it', withRole({ INVOKE_ROLE_ARN: `${old}.next` }, [`${old}.next`, old])],
    [
      'a statement for all roles of the account',
      withRole({ INVOKE_ROLE_ARN: other }, [[other, roleOf('*'), { Ref: 'Another' }]]),
    ],
    ['no role, in another access mode', withRole({ API_URL: 'https://api' }, [])],
    ['another role, together with its own', withRole({ INVOKE_ROLE_ARN: other }, [other], 'NewRole')],
    ['nothing: it is removed', { Resources: {} }],
  ])('loses nothing with %s', (_, next) => {
    expect(lost(next)).toEqual([]);
  });

  test.each([
    ['a Deny names', old, { Effect: 'Deny' }],
    ['a statement about another action does not give', '*', { Action: 'xray:PutTraceSegments' }],
  ])('loses the permission that %s', (_, resource, statement) => {
    expect(lost(withRole({ INVOKE_ROLE_ARN: other }, [resource], 'Role', statement))).toHaveLength(1);
  });

  test('loses the permission also for a role whose name the new one begins with', () => {
    expect(lost(withRole({ INVOKE_ROLE_ARN: `${old}.next` }, [`${old}.next`]))).toHaveLength(1);
  });
});

test('a rollback to earlier values is named by the variables, without an external ID', () => {
  const found = earlierConnectionsOf(
    change(
      { API_URL: 'https://new', EXTERNAL_ID: 'new-secret', BILLING_API_URL: 'https://new', MODE: 'new' },
      { API_URL: 'https://new', EXTERNAL_ID: 'old-secret', BILLING_API_URL: 'https://old', MODE: 'old' },
    ),
  );
  expect(found).toMatchObject([
    { problem: expect.stringContaining('earlier values of EXTERNAL_ID, BILLING_API_URL.') },
  ]);
  expect(JSON.stringify(found)).not.toMatch(/secret/);
});

test('a rollback of the code only brings back no connection, nor one to fewer APIs', () => {
  const now = { API_URL: 'https://api', BILLING_API_URL: 'https://billing', MODE: 'new' };
  expect(earlierConnectionsOf(change(now, { API_URL: 'https://api', MODE: 'old' }))).toEqual([]);
});

test.each([
  ['arn:aws:iam::111111111111:role/depot-dev-invoke', 'depot-dev'],
  ['arn:aws-cn:iam::111111111111:role/a/b/depot-dev-invoke_eu-west-1', 'depot-dev'],
  ['arn:aws:iam::111111111111:role/-dev-invoke', undefined],
  ['arn:aws:iam::111111111111:role/depot-prod-invoke', undefined],
  ['unknown-until-the-api-is-deployed', undefined],
  [undefined, undefined],
])('the stack of %s is %s', (arn, stack) => {
  expect(stackOfRole(arn, 'dev')?.stack).toBe(stack);
});
