import {
  type DeploymentPlace,
  deploymentStatements,
  forgivenActions,
  readDeploymentRole,
  statementsBeyond,
} from './deployment-statements.ts';
import { serviceNames } from './facts.ts';

const place: DeploymentPlace = {
  partition: 'aws-us-gov',
  region: 'us-gov-west-1',
  accountId: '111111111111',
  service: 'orders',
  stage: 'dev',
  bucketPrefix: 'orders-dev',
  rolePath: '/company/',
  boundaryArn: undefined,
};

const template = `
Conditions:
  HasNoBoundary: !Equals [!Ref PermissionsBoundary, ""]
Resources:
  DeploymentRole:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub deploy-\${Stage}
      Policies:
        - PolicyName: deploy
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: [iam:CreateRole, iam:PutRolePermissionsBoundary]
                Resource: !Sub "arn:\${AWS::Partition}:iam::\${AWS::AccountId}:role\${RolePath}api-\${Stage}-*"
                Condition:
                  StringEquals:
                    iam:PermissionsBoundary: !If [HasNoBoundary, !Ref Boundary, !Sub "arn:\${PermissionsBoundary}"]
                    aws:ResourceAccount: !Ref AWS::AccountId
              - Effect: Allow
                Action: lambda:GetFunction
                Resource: [!Sub "arn:\${AWS::Partition}:lambda:*:\${AWS::AccountId}:function:*", "*"]
        - PolicyName: check
          PolicyDocument:
            Version: "2012-10-17"
            Statement: [{ Effect: Allow, Action: iam:SimulatePrincipalPolicy, Resource: "*" }]
`;

test('the policy of a deployment role is read for one stage, account and region', () => {
  expect(readDeploymentRole(template, place)).toEqual([
    {
      actions: ['iam:CreateRole'],
      resources: ['arn:aws-us-gov:iam::111111111111:role/company/api-dev-*'],
      context: { 'aws:ResourceAccount': ['111111111111'] },
    },
    {
      actions: ['lambda:GetFunction'],
      resources: ['arn:aws-us-gov:lambda:us-gov-west-1:111111111111:function:*', '*'],
      context: {},
    },
  ]);
});

test('with a permissions boundary, roles are created with it', () => {
  const boundaryArn = 'arn:aws:iam::111111111111:policy/b';
  expect(readDeploymentRole(template, { ...place, boundaryArn })[0]).toMatchObject({
    actions: ['iam:CreateRole', 'iam:PutRolePermissionsBoundary'],
    context: { 'iam:PermissionsBoundary': [boundaryArn] },
  });
});

test.each(serviceNames)('the deployment role of %s can be read', async (service) => {
  const statements = await deploymentStatements(`services/${service}`, place);
  const actions = statements.flatMap((statement) => statement.actions);
  expect(actions).toEqual(
    expect.arrayContaining(['cloudformation:ExecuteChangeSet', 'lambda:CreateFunction']),
  );
  // The policy simulator takes no wildcards.
  expect(actions.filter((action) => !/^[a-z0-9-]+:[A-Za-z]+$/.test(action))).toEqual([]);
});

test('a custom domain and its record are deployed if the stage has them', async () => {
  const actionsOn = async (customDomain: DeploymentPlace['customDomain'], resource: string) =>
    (await deploymentStatements('services/api', { ...place, customDomain }))
      .filter(({ resources }) => resources.includes(resource))
      .flatMap(({ actions }) => actions);
  const domain = 'arn:aws-us-gov:apigateway:us-gov-west-1::/domainnames/api.example.com';
  const zone = 'arn:aws-us-gov:route53:::hostedzone/Z1';
  const name = 'api.example.com';
  expect(await actionsOn({ name }, domain)).toContain('apigateway:PATCH');
  expect(await actionsOn({ name }, zone)).toEqual([]);
  expect(await actionsOn({ name, hostedZoneId: 'Z1' }, zone)).toContain('route53:ChangeResourceRecordSets');
  const without = await deploymentStatements('services/api', place);
  expect(without.flatMap(({ resources }) => resources).join()).not.toMatch(/domainnames|hostedzone/);
});

test('a caller in a VPC needs the permission to look for the VPC', async () => {
  const actions = async (isInVpc: boolean) =>
    (await deploymentStatements('services/caller', { ...place, isInVpc })).flatMap(
      (statement) => statement.actions,
    );
  expect(await actions(true)).toContain('ec2:DescribeSubnets');
  expect((await actions(false)).join()).not.toContain('ec2:');
});

test('an encrypted table needs the permission to use its key through DynamoDB', async () => {
  const [statement] = (
    await deploymentStatements('services/api', {
      ...place,
      tableKeyId: 'mrk-0123456789abcdef0123456789abcdef',
    })
  ).filter(({ actions }) => actions.includes('kms:CreateGrant'));
  expect(statement).toMatchObject({
    resources: ['arn:aws-us-gov:kms:us-gov-west-1:111111111111:key/mrk-0123456789abcdef0123456789abcdef'],
    context: { 'kms:ViaService': ['dynamodb.us-gov-west-1.amazonaws.com'] },
  });
  const inChina = { ...place, partition: 'aws-cn', region: 'cn-north-1', tableKeyId: 'mrk-1' };
  expect(await deploymentStatements('services/api', inChina)).toContainEqual(
    expect.objectContaining({ context: { 'kms:ViaService': ['dynamodb.cn-north-1.amazonaws.com.cn'] } }),
  );
  const without = await deploymentStatements('services/api', place);
  expect(without.flatMap(({ actions }) => actions).join()).not.toContain('kms:CreateGrant');
});

test('a resource whose properties need more than the role allows adds these actions, on the role’s resources of its kind', () => {
  const functions = 'arn:aws:lambda:eu-central-1:111111111111:function:orders-dev-*';
  const bucket = 'arn:aws:s3:::orders-dev-*';
  const role = [
    { actions: ['lambda:CreateFunction'], resources: [functions], context: {} },
    { actions: ['s3:CreateBucket'], resources: [bucket], context: {} },
  ];
  const limited = { Type: 'AWS::Lambda::Function', Properties: { ReservedConcurrentExecutions: 5 } };
  const [statement] = statementsBeyond(role, [limited], place);
  expect(statement?.actions).toContain('lambda:PutFunctionConcurrency');
  expect(statement?.actions).not.toContain('lambda:CreateFunction');
  expect(statement).toMatchObject({ resources: [functions], isAbsentFromRole: true });
});

test('a queue that invokes the caller needs the permissions of the parameter Triggers, on names of the stage', async () => {
  const queue = { Type: 'AWS::SQS::Queue', Properties: {} };
  const source = { Type: 'AWS::Lambda::EventSourceMapping', Properties: {} };
  const statements = await deploymentStatements('services/caller', place, [queue, source]);
  expect(statements.find(({ actions }) => actions.includes('sqs:CreateQueue'))?.resources).toEqual([
    `arn:aws-us-gov:sqs:us-gov-west-1:111111111111:${place.service}-${place.stage}-*`,
  ]);
  const create = statements.find(({ actions }) => actions.includes('lambda:CreateEventSourceMapping'));
  expect(create?.context['lambda:FunctionArn']).toHaveLength(1);
  const absent = statements.filter(({ isAbsentFromRole }) => isAbsentFromRole === true);
  expect(absent.flatMap(({ actions }) => actions)).toEqual([]);
  const without = await deploymentStatements('services/caller', place);
  expect(without.flatMap(({ actions }) => actions).join()).not.toMatch(/sqs:|EventSource/);
});

describe('a permission of a function', () => {
  const permission = (Principal: unknown) => ({ Type: 'AWS::Lambda::Permission', Properties: { Principal } });
  const ofPermissions = async (service: 'api' | 'caller', ...principals: unknown[]) =>
    (await deploymentStatements(`services/${service}`, place, principals.map(permission))).filter(
      ({ actions }) => actions.includes('lambda:AddPermission'),
    );

  test('is asked about with its principal, once', async () => {
    const [statement, ...others] = await ofPermissions(
      'api',
      'apigateway.amazonaws.com',
      'apigateway.amazonaws.com',
    );
    expect(others).toEqual([]);
    expect(statement).toEqual({
      actions: ['lambda:AddPermission', 'lambda:RemovePermission'],
      resources: ['arn:aws-us-gov:lambda:us-gov-west-1:111111111111:function:orders-dev-*'],
      context: { 'lambda:Principal': ['apigateway.amazonaws.com'] },
    });
  });

  test.each(serviceNames)('of another principal is absent from the role of %s', async (service) => {
    const [statement] = await ofPermissions(service, 's3.amazonaws.com');
    expect(statement).toMatchObject({
      resources: expect.arrayContaining([expect.stringContaining(':function:orders-dev')]),
      context: { 'lambda:Principal': ['s3.amazonaws.com'] },
      isAbsentFromRole: true,
    });
  });

  test('of the caller for a rule needs the parameter Triggers', async () => {
    const [statement] = await ofPermissions('caller', 'events.amazonaws.com');
    expect(statement?.isAbsentFromRole).toBeUndefined();
  });

  test('is asked about without a principal if only CloudFormation knows it', async () => {
    const [statement] = await ofPermissions('api', { 'Fn::GetAtt': ['Pool', 'Arn'] });
    expect(statement).toMatchObject({ context: {} });
    expect(statement?.isAbsentFromRole).toBeUndefined();
  });

  test('is not asked about if the service has none', async () => {
    expect(await ofPermissions('api')).toEqual([]);
  });
});

test('an action is forgiven if AWS goes on without it for each resource, with the reason', () => {
  const of = (...types: string[]) => forgivenActions(types.map((Type) => ({ Type, Properties: {} })));
  expect([...of('AWS::SNS::Topic').keys()].sort()).toEqual([
    'sns:GetDataProtectionPolicy',
    'sns:ListTagsForResource',
  ]);
  expect(of('AWS::SNS::Topic').get('sns:ListTagsForResource')).toMatch(/^AWS's handler goes on .*\(https:/);
  // A group is read as it is deleted, but also as it is created.
  expect([...of('AWS::Logs::LogGroup', 'AWS::Lambda::Function').keys()]).toEqual([]);
});

test('a resource of a kind that the role does not know is one of the stage', async () => {
  const stream = { Type: 'AWS::Kinesis::Stream', Properties: {} };
  const [statement] = (await deploymentStatements('services/caller', place, [stream])).filter(
    ({ isAbsentFromRole }) => isAbsentFromRole === true,
  );
  expect(statement?.actions).toContain('kinesis:CreateStream');
  expect(statement?.resources).toContain(
    `arn:aws-us-gov:kinesis:us-gov-west-1:111111111111:stream/${place.service}-${place.stage}-x`,
  );
});

test.each(serviceNames)(
  'the role of %s lacks nothing for a function without further properties',
  async (service) => {
    const plain = { Type: 'AWS::Lambda::Function', Properties: {} };
    expect(await deploymentStatements(`services/${service}`, place, [plain])).toEqual(
      await deploymentStatements(`services/${service}`, place),
    );
  },
);
