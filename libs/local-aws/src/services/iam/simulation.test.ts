import {
  paginateSimulatePrincipalPolicy,
  SimulateCustomPolicyCommand,
  type SimulateCustomPolicyCommandInput,
  SimulatePrincipalPolicyCommand,
  type SimulatePrincipalPolicyCommandInput,
} from '@aws-sdk/client-iam';
import type { Directory } from '../../identity/directory.ts';
import { A, allow, B, policy, trust } from '../../identity/identity.testing.ts';
import { inProcessSdk } from './sdk.testing.ts';

const ROLE = `arn:aws:iam::${A}:role/app/deployer`;
const QUEUE = `arn:aws:sqs:eu-central-1:${A}:queue`;
const BUCKET = 'arn:aws:s3:::data';
const json = (...statements: readonly object[]) => JSON.stringify(policy(...statements));

function setUp() {
  const { directory, iam } = inProcessSdk();
  directory.users.create(A, { name: 'bob' });
  directory.roles.create(A, { name: 'deployer', path: '/app/', trustPolicy: trust({ AWS: A }) });
  const principal = (input: Partial<SimulatePrincipalPolicyCommandInput>) =>
    iam.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: ROLE,
        ActionNames: ['sqs:SendMessage'],
        ...input,
      }),
    );
  return { directory, iam, principal };
}

const putPolicy = ({ roles }: Directory, ...statements: readonly object[]) =>
  roles.putPolicy(A, 'deployer', 'inline', json(...statements));

test('without resources, an action is simulated on *, and the policies that allow it are named', async () => {
  const { directory, principal } = setUp();
  putPolicy(directory, allow('sqs:SendMessage'), allow('s3:*'));
  directory.roles.attachPolicy(A, 'deployer', 'arn:aws:iam::aws:policy/AdministratorAccess');
  const { EvaluationResults, IsTruncated } = await principal({});
  expect(EvaluationResults).toEqual([
    {
      EvalActionName: 'sqs:SendMessage',
      EvalResourceName: '*',
      EvalDecision: 'allowed',
      MatchedStatements: [
        {
          SourcePolicyId: 'role_deployer_inline',
          SourcePolicyType: 'IAM Policy',
        },
        {
          SourcePolicyId: 'AdministratorAccess',
          SourcePolicyType: 'IAM Policy',
        },
      ],
      MissingContextValues: [],
    },
  ]);
  expect(IsTruncated).toBe(false);
});

test('with resources, the result of an action is that of the resource with the most restrictive decision', async () => {
  const { directory, principal } = setUp();
  putPolicy(directory, allow('sqs:*', `${QUEUE}-a`), { ...allow('sqs:*', `${QUEUE}-c`), Effect: 'Deny' });
  const { EvaluationResults = [] } = await principal({
    ResourceArns: ['a', 'b', 'c'].map((name) => `${QUEUE}-${name}`),
  });
  expect(EvaluationResults).toMatchObject([
    {
      EvalDecision: 'explicitDeny',
      MatchedStatements: [{ SourcePolicyId: 'role_deployer_inline' }],
      ResourceSpecificResults: [
        { EvalResourceName: `${QUEUE}-a`, EvalResourceDecision: 'allowed' },
        { EvalResourceName: `${QUEUE}-b`, EvalResourceDecision: 'implicitDeny' },
        { EvalResourceName: `${QUEUE}-c`, EvalResourceDecision: 'explicitDeny' },
      ],
    },
  ]);
  const [result] = EvaluationResults;
  expect(result?.ResourceSpecificResults?.map(({ MatchedStatements }) => MatchedStatements?.length)).toEqual([
    1,
    undefined,
    1,
  ]);
});

test('the result has the decisions of the boundary and of service control policies', async () => {
  const { directory, principal } = setUp();
  const { arn: boundary } = directory.managedPolicies.create(A, {
    name: 'boundary',
    document: json(allow('sqs:*')),
  });
  putPolicy(directory, allow('*'));
  directory.roles.setPermissionsBoundary(A, 'deployer', boundary);
  const scp = (Action: string) => ({
    name: `no ${Action}`,
    document: policy({ ...allow(Action), Effect: 'Deny' }),
  });
  directory.setOrganization({
    id: 'o-a1b2c3d4e5',
    accounts: [{ accountId: A, levels: [{ serviceControlPolicies: ['FullAWSAccess', scp('sqs:Delete*')] }] }],
  });
  const { EvaluationResults } = await principal({
    ActionNames: ['sqs:SendMessage', 's3:GetObject', 'sqs:DeleteQueue'],
  });
  const organization = (allowed: boolean) => ({
    OrganizationsDecisionDetail: { AllowedByOrganizations: allowed },
  });
  expect(EvaluationResults).toMatchObject([
    {
      EvalDecision: 'allowed',
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: true },
      ...organization(true),
    },
    {
      EvalDecision: 'implicitDeny',
      MatchedStatements: [],
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
      ...organization(true),
    },
    { EvalDecision: 'explicitDeny', MatchedStatements: [], ...organization(false) },
  ]);
  expect(EvaluationResults?.[2]).not.toHaveProperty('PermissionsBoundaryDecisionDetail');
});

test('context entries decide conditions, and the result names missing keys', async () => {
  const { directory, principal } = setUp();
  putPolicy(
    directory,
    { ...allow('sqs:*'), Condition: { StringEquals: { 'aws:RequestedRegion': 'eu-central-1' } } },
    allow('s3:GetObject', `${BUCKET}/\${aws:username}/*`),
    { ...allow('s3:*'), Condition: { StringLike: { 's3:prefix': `\${aws:PrincipalTag/team}/*` } } },
  );
  const without = await principal({});
  expect(without.EvaluationResults).toMatchObject([
    {
      EvalDecision: 'implicitDeny',
      MissingContextValues: [
        ...['aws:RequestedRegion', 'aws:username', 's3:prefix', 'aws:PrincipalTag/team'],
      ],
    },
  ]);
  const withRegion = await principal({
    ContextEntries: [
      { ContextKeyName: 'AWS:requestedregion', ContextKeyType: 'string', ContextKeyValues: ['eu-central-1'] },
    ],
  });
  expect(withRegion.EvaluationResults).toMatchObject([{ EvalDecision: 'allowed', MissingContextValues: [] }]);
});

test('a context key with several values is a list', async () => {
  const { directory, principal } = setUp();
  putPolicy(directory, {
    ...allow('sqs:*'),
    Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b'] } },
  });
  const { EvaluationResults } = await principal({
    ContextEntries: [
      { ContextKeyName: 'aws:TagKeys', ContextKeyType: 'stringList', ContextKeyValues: ['a', 'c'] },
    ],
  });
  expect(EvaluationResults).toMatchObject([{ EvalDecision: 'implicitDeny' }]);
});

test('trust policies do not count: only identity-based policies decide who may assume a role', async () => {
  for (const [action, decision] of [
    ['sts:AssumeRole', 'allowed'],
    ['s3:GetObject', 'implicitDeny'],
  ]) {
    const { directory, principal } = setUp();
    putPolicy(directory, allow(String(action)));
    const { EvaluationResults } = await principal({
      ActionNames: ['sts:AssumeRole'],
      ResourceArns: [`arn:aws:iam::${B}:role/invoke`],
    });
    expect(EvaluationResults).toMatchObject([{ EvalDecision: decision }]);
  }
});

test('results come in pages, in the order of the actions', async () => {
  const { iam } = setUp();
  const ActionNames = ['sqs:SendMessage', 'lambda:InvokeFunction', 's3:GetObject'];
  const pages = paginateSimulatePrincipalPolicy(
    { client: iam, pageSize: 2 },
    { PolicySourceArn: ROLE, ActionNames },
  );
  const found: (string | undefined)[][] = [];
  for await (const { EvaluationResults = [] } of pages) {
    found.push(EvaluationResults.map(({ EvalActionName }) => EvalActionName));
  }
  expect(found).toEqual([ActionNames.slice(0, 2), ActionNames.slice(2)]);
});

test.each([
  [
    'a session instead of its role',
    { PolicySourceArn: `arn:aws:sts::${A}:assumed-role/deployer/me` },
    `Invalid Entity Arn: arn:aws:sts::${A}:assumed-role/deployer/me does not clearly define entity type and name.`,
  ],
  [
    'a role without its path',
    { PolicySourceArn: `arn:aws:iam::${A}:role/deployer` },
    'The role with name deployer cannot be found.',
  ],
  ['a group', { PolicySourceArn: `arn:aws:iam::${A}:group/dev` }, 'The group with name dev cannot be found.'],
  [
    'a text for a resource',
    { ResourceArns: ['queue'] },
    'ResourceNames are not in a valid ARN format: queue.',
  ],
  [
    'an action without a service',
    { ActionNames: ['Send'] },
    'The action is invalid since it is missing names',
  ],
  [
    'a wildcard in an action',
    { ActionNames: ['sqs:*'] },
    'The action sqs:* is invalid: write service:Name, without wildcards.',
  ],
  [
    'an exclusion, which local AWS does not have',
    { PolicyExclusionList: [{ PolicyType: 'inline' as const }] },
    'local AWS does not implement PolicyExclusionList of iam:SimulatePrincipalPolicy: leave it out.',
  ],
] satisfies [string, Partial<SimulatePrincipalPolicyCommandInput>, string][])(
  'the simulation refuses %s',
  async (_what, input, message) => {
    const { principal } = setUp();
    await expect(principal(input)).rejects.toThrow(message);
  },
);

describe('SimulateCustomPolicy', () => {
  const custom = (input: Partial<SimulateCustomPolicyCommandInput>) =>
    setUp().iam.send(
      new SimulateCustomPolicyCommand({
        PolicyInputList: [json(allow('sqs:*', QUEUE))],
        ActionNames: ['sqs:SendMessage'],
        ...input,
      }),
    );

  // The names of the policies are those of AWS: https://github.com/reaandrew/politest
  test('the policies of the request decide, and are named by their place in it', async () => {
    const { EvaluationResults } = await custom({
      PolicyInputList: [json(allow('s3:*')), json(allow('sqs:*', QUEUE))],
      ResourceArns: [QUEUE],
    });
    expect(EvaluationResults).toMatchObject([
      {
        EvalActionName: 'sqs:SendMessage',
        EvalDecision: 'allowed',
        MatchedStatements: [{ SourcePolicyId: 'PolicyInputList.2', SourcePolicyType: 'IAM Policy' }],
      },
    ]);
  });

  test('a permissions boundary of the request limits its policies', async () => {
    const results = async (...statements: readonly object[]) => {
      const PermissionsBoundaryPolicyInputList = [json(...statements)];
      const { EvaluationResults } = await custom({
        ResourceArns: [QUEUE],
        PermissionsBoundaryPolicyInputList,
      });
      return EvaluationResults;
    };
    expect(await results(allow('s3:*'))).toMatchObject([
      {
        EvalDecision: 'implicitDeny',
        PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
      },
    ]);
    expect(await results({ ...allow('sqs:*'), Effect: 'Deny' })).toMatchObject([
      {
        EvalDecision: 'explicitDeny',
        MatchedStatements: [{ SourcePolicyId: 'PermissionsBoundaryPolicyInputList.1' }],
      },
    ]);
  });

  test('a key that only the permissions boundary names is a missing one', async () => {
    const Condition = { StringEquals: { 'aws:RequestedRegion': 'eu-central-1' } };
    const PermissionsBoundaryPolicyInputList = [json({ ...allow('sqs:*'), Condition })];
    const { EvaluationResults } = await custom({ ResourceArns: [QUEUE], PermissionsBoundaryPolicyInputList });
    expect(EvaluationResults).toMatchObject([
      { EvalDecision: 'implicitDeny', MissingContextValues: ['aws:RequestedRegion'] },
    ]);
  });

  test('a condition needs the key of the request, also one on the principal, and a missing one is named', async () => {
    const Condition = { ArnEquals: { 'aws:PrincipalArn': ROLE } };
    const PolicyInputList = [json({ ...allow('sqs:*', QUEUE), Condition })];
    expect((await custom({ PolicyInputList, ResourceArns: [QUEUE] })).EvaluationResults).toMatchObject([
      { EvalDecision: 'implicitDeny', MissingContextValues: ['aws:PrincipalArn'] },
    ]);
    const ContextEntries = [
      { ContextKeyName: 'aws:PrincipalArn', ContextKeyValues: [ROLE], ContextKeyType: 'string' as const },
    ];
    expect(
      (await custom({ PolicyInputList, ResourceArns: [QUEUE], ContextEntries })).EvaluationResults,
    ).toMatchObject([{ EvalDecision: 'allowed' }]);
  });

  test('a text that is no policy, a second boundary and a policy of a resource are refused by name', async () => {
    await expect(custom({ PolicyInputList: [json(allow('sqs:*')), '{}'] })).rejects.toMatchObject({
      name: 'InvalidInputException',
      message: expect.stringMatching(/^PolicyInputList\.2: /),
    });
    const boundary = json(allow('sqs:*'));
    await expect(custom({ PermissionsBoundaryPolicyInputList: [boundary, boundary] })).rejects.toMatchObject({
      name: 'InvalidInputException',
    });
    await expect(custom({ ResourcePolicy: boundary })).rejects.toThrow(/ResourcePolicy/);
  });
});
