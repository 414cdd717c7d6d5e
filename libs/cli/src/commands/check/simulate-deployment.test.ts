import {
  GetRoleCommand,
  IAMClient,
  SimulatePrincipalPolicyCommand,
  type SimulatePrincipalPolicyCommandInput,
} from '@aws-sdk/client-iam';
import { deniedOf, simulateDeployment } from './simulate-deployment.ts';

const ROLE = 'arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/deployer';
const SESSION = 'arn:aws:sts::111111111111:assumed-role/deployer/me';

/** An IAM with fixed answers, and the requests that it got. */
function stub(answer: (input: SimulatePrincipalPolicyCommandInput) => object) {
  const asked: SimulatePrincipalPolicyCommandInput[] = [];
  const iam = new IAMClient({ region: 'us-east-1' });
  const send = async (command: unknown) => {
    if (command instanceof GetRoleCommand) return { Role: { Arn: ROLE } };
    if (!(command instanceof SimulatePrincipalPolicyCommand)) throw new Error('An unexpected command');
    asked.push(command.input);
    return {
      EvaluationResults: (command.input.ActionNames ?? []).map((name) => ({
        EvalActionName: name,
        ...answer(command.input),
      })),
    };
  };
  return { iam: Object.assign(iam, { send }), asked };
}

const requests = [
  {
    actions: ['s3:PutObject', 's3:GetObject'],
    resources: ['arn:aws:s3:::b/x'],
    context: { 'aws:TagKeys': ['a'] },
  },
];

test('the policies of a session are those of its role, whose path IAM knows', async () => {
  const { iam, asked } = stub(() => ({ EvalDecision: 'allowed' }));
  expect(await simulateDeployment(iam, SESSION, requests)).toEqual({
    principalArn: ROLE,
    count: 2,
    denied: [],
    absentFromRole: [],
  });
  expect(asked).toEqual([
    expect.objectContaining({
      PolicySourceArn: ROLE,
      ActionNames: ['s3:PutObject', 's3:GetObject'],
      ContextEntries: [
        { ContextKeyName: 'aws:TagKeys', ContextKeyType: 'stringList', ContextKeyValues: ['a'] },
      ],
    }),
  ]);
});

test('actions that AWS does not take together are simulated one by one', async () => {
  const { iam, asked } = stub(({ ActionNames = [] }) => {
    if (ActionNames.length > 1) {
      throw new Error('Invalid Input Actions: [a] and [b] require different authorization information.');
    }
    return { EvalDecision: 'allowed' };
  });
  expect(await simulateDeployment(iam, SESSION, requests)).toMatchObject({ denied: [] });
  expect(asked.map(({ ActionNames }) => ActionNames?.length)).toEqual([2, 1, 1]);
});

test('a refused simulation, a root user and a federated user are unknown', async () => {
  const { iam } = stub(() => {
    throw new Error('not authorized to perform: iam:SimulatePrincipalPolicy');
  });
  expect(await simulateDeployment(iam, SESSION, requests)).toEqual({
    unknown: 'not authorized to perform: iam:SimulatePrincipalPolicy',
  });
  for (const arn of ['arn:aws:iam::111111111111:root', 'arn:aws:sts::111111111111:federated-user/me']) {
    expect(await simulateDeployment(iam, arn, requests)).toEqual({ unknown: expect.stringContaining(arn) });
  }
});

test('a denial names the resource and whose policies deny', () => {
  const specific = (changes: object) => ({
    EvalActionName: 's3:GetObject',
    EvalDecision: 'implicitDeny' as const,
    ResourceSpecificResults: [
      { EvalResourceName: 'a', EvalResourceDecision: 'allowed' as const },
      { EvalResourceName: 'b', EvalResourceDecision: 'implicitDeny' as const, ...changes },
    ],
  });
  const denied = { action: 's3:GetObject', resource: 'b', explicit: false, missingKeys: [] };
  expect(deniedOf(specific({}))).toEqual([{ ...denied, by: 'identity-based policies' }]);
  expect(
    deniedOf(specific({ PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false } })),
  ).toEqual([{ ...denied, by: 'the permissions boundary' }]);
  expect(
    deniedOf({ ...specific({}), OrganizationsDecisionDetail: { AllowedByOrganizations: false } }),
  ).toEqual([{ ...denied, by: 'the organization' }]);
  expect(
    deniedOf({
      EvalActionName: 's3:ListAllMyBuckets',
      EvalDecision: 'explicitDeny',
      MissingContextValues: ['k'],
    }),
  ).toEqual([
    {
      action: 's3:ListAllMyBuckets',
      resource: '*',
      explicit: true,
      missingKeys: ['k'],
      by: 'identity-based policies',
    },
  ]);
});
