import { deploymentWith } from '../deployment.testing.ts';
import { denyLogGroupCreation, removeDefaultRole } from './function-roles.ts';
import { encryptLogs, guardRoles, retainLogs } from './guardrails.ts';
import { allowTableKey, encryptTables } from './table-key.ts';

const key = 'mrk-0123456789abcdef0123456789abcdef';
const keyArn = {
  'Fn::Sub': `arn:\${AWS::Partition}:kms:\${AWS::Region}:\${AWS::AccountId}:key/${key}`,
};

/** As serverless-iam-roles-per-function begins the policy of a role. */
const logs = {
  Effect: 'Allow',
  Action: ['logs:CreateLogStream', 'logs:CreateLogGroup', 'logs:PutLogEvents'],
  Resource: [
    {
      'Fn::Sub': `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/shop-dev:*:*`,
    },
  ],
};
const roleWith = (...Policies: unknown[]) => ({
  Type: 'AWS::IAM::Role',
  Properties: { Policies } as Record<string, unknown>,
});

test('functions keep their own roles only, and may not create log groups', () => {
  const own = { Effect: 'Allow', Action: 'sts:AssumeRole' };
  const Resources = {
    IamRoleLambdaExecution: { Type: 'AWS::IAM::Role', Properties: {} },
    CallerIamRoleLambdaExecution: roleWith({ PolicyDocument: { Statement: [logs, own] } }),
    CallerLambdaFunction: { Type: 'AWS::Lambda::Function', Properties: {} },
  };
  for (const step of [removeDefaultRole, denyLogGroupCreation]) step({ Resources }, deploymentWith());
  expect(Object.keys(Resources)).toEqual(['CallerIamRoleLambdaExecution', 'CallerLambdaFunction']);
  expect(Resources.CallerIamRoleLambdaExecution.Properties.Policies).toEqual([
    {
      PolicyDocument: {
        Statement: [{ ...logs, Action: ['logs:CreateLogStream', 'logs:PutLogEvents'] }, own],
      },
    },
  ]);
});

const createGroups = { Effect: 'Allow', Action: ['logs:CreateLogGroup'], Resource: '*' };

test.each([
  ['one statement without a list', { PolicyDocument: { Statement: createGroups } }],
  ['the only action', { PolicyDocument: { Statement: [createGroups] } }],
  ['Fn::If', { 'Fn::If': ['IsStaging', { PolicyDocument: { Statement: [createGroups] } }, {}] }],
  ['a statement for all log groups', { PolicyDocument: { Statement: [{ ...logs, Resource: ['*'] }] } }],
])('a role that an owner wrote may still create log groups: %s', (_form, policy) => {
  const written = () =>
    structuredClone({
      OwnRole: roleWith(policy),
      // Also in the place of a generated one.
      CallerIamRoleLambdaExecution: roleWith(policy),
      CallerLambdaFunction: { Type: 'AWS::Lambda::Function', Properties: {} },
    });
  const Resources = written();
  denyLogGroupCreation({ Resources }, deploymentWith());
  expect(Resources).toEqual(written());
});

test('every role gets the path and the boundary of the stage, and no other resource does', () => {
  const Resources = {
    Role: { Type: 'AWS::IAM::Role', Properties: {} },
    Table: { Type: 'AWS::DynamoDB::Table', Properties: {} },
  };
  guardRoles({ Resources }, deploymentWith());
  expect(Resources.Role.Properties).toEqual({});
  guardRoles(
    { Resources },
    deploymentWith({ rolePath: '/company/', permissionsBoundary: 'company/boundary' }),
  );
  expect(Resources).toMatchObject({
    Role: {
      Properties: {
        Path: '/company/',
        PermissionsBoundary: {
          'Fn::Sub': `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:policy/company/boundary`,
        },
      },
    },
    Table: { Properties: {} },
  });
});

test('log groups get the key of their own account', () => {
  const Resources = { Group: { Type: 'AWS::Logs::LogGroup', Properties: {} } };
  const deployment = deploymentWith({ apiLogKeyId: key });
  encryptLogs('callerLogKeyId')({ Resources }, deployment);
  expect(Resources.Group.Properties).toEqual({});
  encryptLogs('apiLogKeyId')({ Resources }, deployment);
  expect(Resources.Group.Properties).toEqual({ KmsKeyId: keyArn });
});

test('log groups keep their events for the days of the setting, unless serverless.yml says otherwise', () => {
  const group = (Properties: Record<string, unknown>) => ({ Type: 'AWS::Logs::LogGroup', Properties });
  const Resources = {
    Plain: group({}),
    Own: group({ RetentionInDays: 1 }),
    Table: { Type: 'AWS::DynamoDB::Table', Properties: {} },
  };
  retainLogs({ Resources }, deploymentWith({ logRetentionInDays: 1096 }));
  expect(Object.values(Resources).map(({ Properties }) => Properties)).toEqual([
    { RetentionInDays: 1096 },
    { RetentionInDays: 1 },
    {},
  ]);
});

test('a log group and a table keep the key that serverless.yml gives them', () => {
  const own = { 'Fn::GetAtt': ['OwnKey', 'Arn'] };
  const Resources = {
    Group: { Type: 'AWS::Logs::LogGroup', Properties: { KmsKeyId: own } },
    Table: { Type: 'AWS::DynamoDB::Table', Properties: { SSESpecification: { KMSMasterKeyId: own } } },
  };
  encryptLogs('apiLogKeyId')({ Resources }, deploymentWith({ apiLogKeyId: key }));
  encryptTables({ Resources }, deploymentWith({ tableKeyId: key }));
  expect(Resources.Group.Properties).toEqual({ KmsKeyId: own });
  expect(Resources.Table.Properties).toEqual({ SSESpecification: { KMSMasterKeyId: own } });
});

test('every table gets the key, and each function that uses a table may decrypt through DynamoDB only', () => {
  const table = { Type: 'AWS::DynamoDB::Table', Properties: {} };
  const parcels = { name: 'parcels', iamRoleStatements: [{ Action: ['dynamodb:PutItem'] }] };
  const sender = { name: 'sender', iamRoleStatements: [] };
  const deployment = deploymentWith({ tableKeyId: key });
  encryptTables({ Resources: { ParcelsTable: table } }, deployment);
  allowTableKey({ parcels, sender }, deployment.settings, {});
  expect(table.Properties).toMatchObject({ SSESpecification: { KMSMasterKeyId: keyArn } });
  expect(parcels.iamRoleStatements).toEqual([
    { Action: ['dynamodb:PutItem'] },
    expect.objectContaining({
      Action: 'kms:Decrypt',
      Resource: keyArn,
      Condition: { StringLike: { 'kms:ViaService': { 'Fn::Sub': `dynamodb.\${AWS::Region}.*` } } },
    }),
  ]);
  expect(sender.iamRoleStatements).toEqual([]);
});

test('without the setting, neither changes', () => {
  const table = { Type: 'AWS::DynamoDB::Table', Properties: {} };
  const parcels = { name: 'parcels', iamRoleStatements: [{ Action: ['dynamodb:PutItem'] }] };
  encryptTables({ Resources: { ParcelsTable: table } }, deploymentWith());
  allowTableKey({ parcels }, deploymentWith().settings, {});
  expect([table.Properties, parcels.iamRoleStatements.length]).toEqual([{}, 1]);
});
