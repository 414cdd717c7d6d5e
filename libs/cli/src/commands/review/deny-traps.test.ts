import { type AssumedRole, decide, type NamedPolicy } from '@cross-account-api/iam';
import { reviewDenyTraps } from './deny-traps.ts';
import type { ReviewFacts } from './facts.ts';
import type { StatementJson } from './statements.ts';

const A = '111111111111';
const B = '222222222222';
const root = `arn:aws:iam::${B}:root`;
const role = `arn:aws:iam::${B}:role/app/caller`;
const sessionArn = `arn:aws:sts::${B}:assumed-role/caller/run`;
const user = `arn:aws:iam::${B}:user/exporter`;
const resource = `arn:aws:execute-api:eu-central-1:${A}:abcdefghij/dev/GET/orders/7`;

const exempting = (NotPrincipal: unknown, more: object = {}): StatementJson => ({
  Sid: 'OnlyCaller',
  Effect: 'Deny',
  NotPrincipal,
  Action: 'execute-api:Invoke',
  Resource: '*',
  ...more,
});

const policyOf = (...statements: readonly StatementJson[]): NamedPolicy => ({
  name: 'resource policy of API orders',
  document: {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: B }, Action: 'execute-api:Invoke', Resource: '*' },
      ...statements,
    ],
  },
});

const factsOf = (policy: NamedPolicy, more: Partial<ReviewFacts> = {}): ReviewFacts => ({
  callerName: 'caller',
  assumesRole: false,
  api: { apiId: 'abcdefghij', name: 'orders', accountId: A, region: 'eu-central-1', routes: [], policy },
  stage: 'dev',
  functionPolicies: new Map(),
  organizations: new Map(),
  recorded: [],
  ...more,
});

const session = (name: string): AssumedRole => ({
  type: 'AssumedRole',
  accountId: B,
  principalArn: role,
  arn: `arn:aws:sts::${B}:assumed-role/caller/${name}`,
  userId: `AROAEXAMPLE:${name}`,
  tags: {},
  roleName: 'caller',
  roleId: 'AROAEXAMPLE',
  sessionName: name,
  issuedAt: new Date(0),
  sessionPolicies: [],
  transitiveTagKeys: [],
});

const everything = {
  name: 'all',
  document: { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } },
};

/** Whether the API admits a session of the caller's role. */
const admits = (policy: NamedPolicy, name: string, boundary?: NamedPolicy) =>
  decide(
    {
      principal: session(name),
      action: 'execute-api:Invoke',
      resource,
      resourceAccountId: A,
      context: { 'aws:PrincipalArn': role },
      resourcePolicy: policy,
    },
    { identity: [everything], boundary },
  ).allowed;

test('a Deny with NotPrincipal is a trap: it exempts no other session, and nobody with a boundary; the change does', () => {
  const trap = policyOf(exempting({ AWS: [root, role, sessionArn] }));
  const [finding, ...others] = reviewDenyTraps(factsOf(trap));
  expect(others).toEqual([]);
  expect(finding).toMatchObject({
    code: 'not-principal',
    severity: 'medium',
    accountId: A,
    where: 'statement OnlyCaller of resource policy of API orders',
    message: expect.stringMatching(
      /exempts a session only if all three are listed.*permissions boundary, whatever is listed\.$/,
    ),
    documentation:
      'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html',
  });
  const changed = policyOf(...(finding?.change.statements ?? []));
  expect(finding?.change.statements).toEqual([
    {
      Sid: 'OnlyCaller',
      Effect: 'Deny',
      Principal: '*',
      Action: 'execute-api:Invoke',
      Resource: '*',
      Condition: { ArnNotEquals: { 'aws:PrincipalArn': [role] } },
    },
  ]);
  const answers = (policy: NamedPolicy) => [
    admits(policy, 'run'),
    admits(policy, 'another'),
    admits(policy, 'run', everything),
  ];
  expect([answers(trap), answers(changed)]).toEqual([
    [true, false, false],
    [true, true, true],
  ]);
});

test.each([
  ['no session of the role', [root, role], `It lists no session of ${role}, so it denies every one of them.`],
  ['no account', [user], `It does not list the account of ${user}, so it denies them.`],
])('who is listed in vain is named: %s', (_what, AWS, message) => {
  const [finding] = reviewDenyTraps(factsOf(policyOf(exempting({ AWS }))));
  expect(finding?.message).toContain(message);
});

test.each<[string, StatementJson]>([
  ['an account alone', exempting({ AWS: [root] })],
  ['a service', exempting({ AWS: [root, role], Service: 'apigateway.amazonaws.com' })],
  ['a session without its role', exempting({ AWS: [root, user, sessionArn] })],
  ['a deleted role', exempting({ AWS: [root, user, 'AROAEXAMPLE'] })],
  [
    'a condition on the key already',
    exempting({ AWS: [root, role] }, { Condition: { ArnNotEquals: { 'aws:PrincipalArn': user } } }),
  ],
])('no statement is proposed if it is not known whom it is meant to exempt: %s', (_what, statement) => {
  const [finding] = reviewDenyTraps(factsOf(policyOf(statement)));
  expect(finding?.change).toEqual({ text: expect.stringContaining('does not know whom') });
});

test('the policies of functions are reviewed, too, and other Denies are no traps', () => {
  const arn = `arn:aws:lambda:eu-central-1:${A}:function:orders`;
  const onFunction = {
    name: 'resource policy of function orders',
    document: policyOf(exempting({ AWS: [B, user] })).document,
  };
  const { NotPrincipal: _, ...rest } = exempting({});
  const facts = factsOf(policyOf({ ...rest, Principal: '*' }), {
    functionPolicies: new Map([[arn, onFunction]]),
  });
  expect(reviewDenyTraps(facts).map(({ where }) => where)).toEqual([
    'statement OnlyCaller of resource policy of function orders',
  ]);
});
