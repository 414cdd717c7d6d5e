import { CloudFormationClient, CreateStackCommand, DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import {
  AddUserToGroupCommand,
  DeleteGroupCommand,
  DeleteUserCommand,
  GetGroupCommand,
  IAMClient,
  ListGroupsForUserCommand,
  RemoveUserFromGroupCommand,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam';
import { A, type Running, startRunning } from './running.testing.ts';
import type { Keys } from './sign.testing.ts';
import { apiResources } from './template.testing.ts';

/* Users and access keys of a template, as in https://github.com/aws-samples/serverless-patterns/tree/main/apigw-iam. */

let running: Running;
beforeAll(async () => {
  running = await startRunning();
});
afterAll(async () => {
  await running.close();
  expect(running.defects).toEqual([]);
});

/** A user who may call what the path, from the stage on, says. */
const user = (id: string, path: string) => ({
  [id]: {
    Type: 'AWS::IAM::User',
    Properties: {
      Policies: [
        {
          PolicyName: 'root',
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Sid: 'Call',
                Effect: 'Allow',
                Action: 'execute-api:Invoke',
                Resource: {
                  'Fn::Sub': `arn:aws:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${Api}/${path}`,
                },
              },
            ],
          },
        },
      ],
    },
  },
  [`${id}Key`]: { Type: 'AWS::IAM::AccessKey', Properties: { UserName: { Ref: id } } },
});

const outputsOf = (id: string) => ({
  [id]: { Value: { 'Fn::GetAtt': [id, 'Arn'] } },
  [`${id}Id`]: { Value: { Ref: `${id}Key` } },
  [`${id}Secret`]: { Value: { 'Fn::GetAtt': [`${id}Key`, 'SecretAccessKey'] } },
});

test('a key of a template signs for its user, whose policy decides', async () => {
  const outputs = await running.deploy(A, 'users', {
    Resources: {
      ...apiResources('Api', [{ route: 'GET /items' }]),
      ...user('Reader', 'dev/GET/items'),
      ...user('Stranger', 'other/*'),
    },
    Outputs: { Api: { Value: { Ref: 'Api' } }, ...outputsOf('Reader'), ...outputsOf('Stranger') },
  });
  const callAs = async (id: string) => {
    const keys: Keys = {
      accessKeyId: outputs[`${id}Id`] ?? '',
      secretAccessKey: outputs[`${id}Secret`] ?? '',
    };
    const host = `${outputs.Api}.execute-api.us-east-1.amazonaws.com`;
    return running.call({ host, path: '/dev/items', service: 'execute-api' }, keys);
  };
  const allowed = await callAs('Reader');
  expect([allowed.answer.status, allowed.event.principal]).toEqual([200, outputs.Reader]);
  expect(allowed.event.decisions[0]).toMatchObject({ allowed: true, principalArn: outputs.Reader });
  const denied = await callAs('Stranger');
  expect([denied.answer.status, denied.event.principal]).toEqual([403, outputs.Stranger]);
  expect(denied.answer.body).toContain(
    `User: ${outputs.Stranger} is not authorized to perform: execute-api:Invoke`,
  );
});

const policyFor = (...Action: readonly string[]) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
});

/** Who is a member of what, and what gives which right. */
const groupTemplate = {
  Resources: {
    Readers: {
      Type: 'AWS::IAM::Group',
      Properties: { Policies: [{ PolicyName: 'read', PolicyDocument: policyFor('iam:ListUsers') }] },
    },
    Writers: { Type: 'AWS::IAM::Group' },
    Member: { Type: 'AWS::IAM::User', Properties: { Groups: [{ Ref: 'Readers' }] } },
    MemberKey: { Type: 'AWS::IAM::AccessKey', Properties: { UserName: { Ref: 'Member' } } },
    Guest: { Type: 'AWS::IAM::User' },
    GuestKey: { Type: 'AWS::IAM::AccessKey', Properties: { UserName: { Ref: 'Guest' } } },
    Addition: {
      Type: 'AWS::IAM::UserToGroupAddition',
      Properties: { GroupName: { Ref: 'Writers' }, Users: [{ Ref: 'Member' }] },
    },
    OfWriters: {
      Type: 'AWS::IAM::ManagedPolicy',
      Properties: { PolicyDocument: policyFor('iam:ListRoles'), Groups: [{ Ref: 'Writers' }] },
    },
    OfGuest: {
      Type: 'AWS::IAM::Policy',
      Properties: {
        PolicyName: 'guest',
        PolicyDocument: policyFor('iam:ListGroups'),
        Users: [{ Ref: 'Guest' }],
      },
    },
  },
  Outputs: {
    ...outputsOf('Member'),
    ...outputsOf('Guest'),
    Readers: { Value: { Ref: 'Readers' } },
    Writers: { Value: { Ref: 'Writers' } },
    MemberName: { Value: { Ref: 'Member' } },
    GuestName: { Value: { Ref: 'Guest' } },
  },
};

test('the policies of groups are those of their members, in a template and by the API', async () => {
  const outputs = await running.deploy(A, 'groups', groupTemplate);
  const { Readers, Writers, MemberName: UserName, GuestName } = outputs;
  const may = async (id: 'Member' | 'Guest', action: string) => {
    const keys: Keys = {
      accessKeyId: outputs[`${id}Id`] ?? '',
      secretAccessKey: outputs[`${id}Secret`] ?? '',
    };
    const body = `Action=${action}&Version=2010-05-08`;
    const request = { host: 'iam.amazonaws.com', path: '/', service: 'iam', method: 'POST', body };
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return (await running.call({ ...request, headers }, keys)).answer.status === 200;
  };
  expect(
    await Promise.all(['ListUsers', 'ListRoles', 'ListGroups'].map((one) => may('Member', one))),
  ).toEqual([true, true, false]);
  expect(await Promise.all(['ListUsers', 'ListRoles', 'ListGroups'].map((one) => may('Guest', one)))).toEqual(
    [false, false, true],
  );
  const iam = new IAMClient(running.sdk(A));
  try {
    const { Groups } = await iam.send(new ListGroupsForUserCommand({ UserName }));
    expect(Groups?.map(({ GroupName }) => GroupName)).toEqual([Readers, Writers].sort());
    const { EvaluationResults: [simulated] = [] } = await iam.send(
      new SimulatePrincipalPolicyCommand({ PolicySourceArn: outputs.Member, ActionNames: ['iam:ListUsers'] }),
    );
    expect(simulated).toMatchObject({
      EvalDecision: 'allowed',
      MatchedStatements: [{ SourcePolicyId: `group_${Readers}_read` }],
    });
    await iam.send(new AddUserToGroupCommand({ GroupName: Readers, UserName: GuestName }));
    expect(await may('Guest', 'ListUsers')).toBe(true);
    const { Users } = await iam.send(new GetGroupCommand({ GroupName: Readers }));
    expect(Users?.map((one) => one.UserName)).toEqual([GuestName, UserName].sort());
    await expect(iam.send(new DeleteGroupCommand({ GroupName: Readers }))).rejects.toThrow(
      'Cannot delete entity, must remove users from group first.',
    );
    await expect(iam.send(new DeleteUserCommand({ UserName }))).rejects.toThrow(
      'must remove users from group',
    );
    await iam.send(new RemoveUserFromGroupCommand({ GroupName: Readers, UserName: GuestName }));
    expect(await may('Guest', 'ListUsers')).toBe(false);
  } finally {
    iam.destroy();
  }
});

test('a template with users or groups needs a capability, which names count for', async () => {
  const cloudFormation = new CloudFormationClient(running.sdk(A));
  const create = (Resources: object, StackName: string, Capabilities: 'CAPABILITY_IAM'[] = []) =>
    cloudFormation.send(
      new CreateStackCommand({ StackName, TemplateBody: JSON.stringify({ Resources }), Capabilities }),
    );
  try {
    const group = (Properties: object = {}) => ({ Group: { Type: 'AWS::IAM::Group', Properties } });
    await expect(create(group(), 'no')).rejects.toThrow('Requires capabilities : [CAPABILITY_IAM]');
    await expect(create(group({ GroupName: 'own' }), 'no', ['CAPABILITY_IAM'])).rejects.toThrow(
      'Requires capabilities : [CAPABILITY_NAMED_IAM]',
    );
    await create(group(), 'group', ['CAPABILITY_IAM']);
    await running.aws.stacksSettled();
    await cloudFormation.send(new DeleteStackCommand({ StackName: 'group' }));
    await running.aws.stacksSettled();
  } finally {
    cloudFormation.destroy();
  }
});
