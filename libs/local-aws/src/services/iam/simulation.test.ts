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
const USER = `arn:aws:iam::${A}:user/bob`;
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
  const custom = (input: Partial<SimulateCustomPolicyCommandInput>) =>
    iam.send(
      new SimulateCustomPolicyCommand({
        PolicyInputList: [json(allow('sqs:*'))],
        ActionNames: ['sqs:SendMessage'],
        ...input,
      }),
    );
  return { directory, iam, principal, custom };
}

const putPolicy = ({ roles }: Directory, ...statements: readonly object[]) =>
  roles.putPolicy(A, 'deployer', 'inline', json(...statements));

test('without resources, an action is simulated on *, and the statement that allows it is located', async () => {
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
          StartPosition: { Line: 1, Column: 38 },
          EndPosition: { Line: 1, Column: 38 + JSON.stringify(allow('sqs:SendMessage')).length },
        },
        {
          SourcePolicyId: 'AdministratorAccess',
          SourcePolicyType: 'IAM Policy',
          StartPosition: { Line: 3, Column: 19 },
          EndPosition: { Line: 8, Column: 10 },
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
      EvalDecisionDetails: {},
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

test('boundary and service control policies count, and the result says what they decide', async () => {
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

test('a given boundary replaces the attached one, and its denying statement is named', async () => {
  const { directory, principal } = setUp();
  putPolicy(directory, allow('*'));
  directory.roles.setPermissionsBoundary(A, 'deployer', 'arn:aws:iam::aws:policy/AdministratorAccess');
  const { EvaluationResults } = await principal({
    PermissionsBoundaryPolicyInputList: [json(allow('*'), { ...allow('sqs:*'), Effect: 'Deny' })],
  });
  expect(EvaluationResults).toMatchObject([
    {
      EvalDecision: 'explicitDeny',
      MatchedStatements: [
        {
          SourcePolicyId: 'PermissionsBoundaryPolicyInputList.1',
          SourcePolicyType: 'Permissions Boundary Policy',
        },
      ],
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
    },
  ]);
});

test('context entries decide conditions, and the keys that are missing are named', async () => {
  const { custom } = setUp();
  const conditional = json(
    { ...allow('sqs:*'), Condition: { StringEquals: { 'aws:RequestedRegion': 'eu-central-1' } } },
    allow('s3:GetObject', `${BUCKET}/\${aws:username}/*`),
    { ...allow('s3:*'), Condition: { StringLike: { 's3:prefix': `\${aws:PrincipalTag/team}/*` } } },
  );
  const without = await custom({ PolicyInputList: [conditional] });
  expect(without.EvaluationResults).toMatchObject([
    {
      EvalDecision: 'implicitDeny',
      MissingContextValues: [
        ...['aws:RequestedRegion', 'aws:username', 's3:prefix', 'aws:PrincipalTag/team'],
      ],
    },
  ]);
  const withRegion = await custom({
    PolicyInputList: [conditional],
    ContextEntries: [
      { ContextKeyName: 'AWS:requestedregion', ContextKeyType: 'string', ContextKeyValues: ['eu-central-1'] },
    ],
  });
  expect(withRegion.EvaluationResults).toMatchObject([{ EvalDecision: 'allowed', MissingContextValues: [] }]);
});

test('a context key with several values is a list', async () => {
  const { custom } = setUp();
  const { EvaluationResults } = await custom({
    PolicyInputList: [
      json({ ...allow('sqs:*'), Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b'] } } }),
    ],
    ContextEntries: [
      { ContextKeyName: 'aws:TagKeys', ContextKeyType: 'stringList', ContextKeyValues: ['a', 'c'] },
    ],
  });
  expect(EvaluationResults).toMatchObject([{ EvalDecision: 'implicitDeny' }]);
});

test('the simulated caller is known by its ARN and name', async () => {
  const { principal } = setUp();
  const own = json({
    ...allow('s3:GetObject', `${BUCKET}/\${aws:username}`),
    Condition: { ArnEquals: { 'aws:PrincipalArn': USER }, StringEquals: { 'aws:PrincipalAccount': A } },
  });
  const { EvaluationResults } = await principal({
    CallerArn: USER,
    PolicyInputList: [own],
    ActionNames: ['s3:GetObject'],
    ResourceArns: [`${BUCKET}/bob`],
  });
  expect(EvaluationResults).toMatchObject([
    { EvalDecision: 'allowed', MatchedStatements: [{ SourcePolicyId: 'PolicyInputList.1' }] },
  ]);
});

test('a resource policy of another account must allow, too, and each kind of policy is shown', async () => {
  const { custom } = setUp();
  const input = {
    PolicyInputList: [json(allow('s3:GetObject'))],
    ActionNames: ['s3:GetObject'],
    ResourceArns: [`${BUCKET}/x`],
    CallerArn: USER,
    ResourceOwner: `arn:aws:iam::${B}:root`,
  };
  const bucketPolicy = (principal: string) =>
    json({ ...allow('s3:GetObject', `${BUCKET}/*`), Principal: { AWS: principal } });
  const allowed = await custom({ ...input, ResourcePolicy: bucketPolicy(USER) });
  expect(allowed.EvaluationResults).toMatchObject([
    {
      EvalDecision: 'allowed',
      EvalDecisionDetails: { 'IAM Policy': 'allowed', 'Resource Policy': 'allowed' },
      MatchedStatements: [
        { SourcePolicyId: 'ResourcePolicy', SourcePolicyType: 'Resource Policy' },
        { SourcePolicyId: 'PolicyInputList.1' },
      ],
    },
  ]);
  const denied = await custom({ ...input, ResourcePolicy: bucketPolicy(`arn:aws:iam::${A}:user/eve`) });
  expect(denied.EvaluationResults).toMatchObject([
    {
      EvalDecision: 'implicitDeny',
      EvalDecisionDetails: { 'IAM Policy': 'allowed', 'Resource Policy': 'implicitDeny' },
    },
  ]);
});

test('in one account, a resource policy that names the user is enough', async () => {
  const { custom } = setUp();
  const { EvaluationResults } = await custom({
    ActionNames: ['s3:GetObject'],
    ResourceArns: [`${BUCKET}/x`],
    CallerArn: USER,
    ResourcePolicy: json({ ...allow('s3:GetObject', `${BUCKET}/*`), Principal: { AWS: USER } }),
  });
  expect(EvaluationResults).toMatchObject([{ EvalDecision: 'allowed', EvalDecisionDetails: {} }]);
});

test('trust policies do not count: the identity-based policies alone decide who may assume a role', async () => {
  const { custom } = setUp();
  for (const [action, decision] of [
    ['sts:AssumeRole', 'allowed'],
    ['s3:GetObject', 'implicitDeny'],
  ]) {
    const { EvaluationResults } = await custom({
      PolicyInputList: [json(allow(String(action)))],
      ActionNames: ['sts:AssumeRole'],
      ResourceArns: [`arn:aws:iam::${B}:role/invoke`],
    });
    expect(EvaluationResults).toMatchObject([{ EvalDecision: decision }]);
  }
});

test('levels of service control policies can be given, and each must allow', async () => {
  const { custom } = setUp();
  const level = (action: string) => ({ ServiceControlPolicyInputList: [json(allow(action))] });
  const { EvaluationResults } = await custom({
    PolicyInputList: [json(allow('*'))],
    ActionNames: ['sqs:SendMessage', 's3:GetObject'],
    OrderedOrganizationPolicyInputList: [level('*'), level('sqs:*')],
  });
  expect(EvaluationResults).toMatchObject([
    { EvalDecision: 'allowed', OrganizationsDecisionDetail: { AllowedByOrganizations: true } },
    { EvalDecision: 'implicitDeny', OrganizationsDecisionDetail: { AllowedByOrganizations: false } },
  ]);
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
    'a caller that is a session',
    { CallerArn: `arn:aws:sts::${A}:assumed-role/deployer/me` },
    'Invalid caller - Caller must be an IAM user, role or group in this context.',
  ],
  [
    'a resource policy for a role',
    { ResourcePolicy: json(allow('sqs:*')), ResourceArns: [QUEUE] },
    'Invalid caller - Caller must be an IAM user in this context.',
  ],
  [
    'two boundaries',
    { PermissionsBoundaryPolicyInputList: [json(allow('*')), json(allow('*'))] },
    'The list of Permissions Boundary policies cannot exceed 1 items.',
  ],
  ['an empty policy', { PolicyInputList: ['{}'] }, 'PolicyInputList.1: Syntax errors in policy.'],
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
