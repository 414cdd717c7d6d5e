import { createHash } from 'node:crypto';
import { checksumAlgorithms, checksumOf } from './authentication/checksums.ts';
import {
  BOUNDARY,
  bucketPolicy,
  type Http,
  policy,
  settled,
  trust,
  zip,
} from './declared-members.testing.ts';

/* An input with every member for every operation. The schemas give most values, this file those that must fit to what exists. */

/** Values that operations need, by name of the member. All others come from the schema. */
const VALUES: Readonly<Record<string, unknown>> = {
  ...{ Bucket: 'sink-files', RoleName: 'sink', TableName: 'sink', FunctionName: 'sink', StackName: 'sink' },
  ...{ logGroupName: '/sink', logStreamName: 'own', LogicalResourceId: 'Bucket', UserName: 'own' },
  ...{ httpMethod: 'GET', stageName: 'second', Path: '/a/', PathPrefix: '/a/', Runtime: 'nodejs24.x' },
  ...{
    AssumeRolePolicyDocument: JSON.stringify(trust('lambda.amazonaws.com')),
    PermissionsBoundary: BOUNDARY,
  },
  ...{ PolicyDocument: JSON.stringify(policy()), PolicyArn: 'arn:aws:iam::111111111111:policy/sink' },
  Role: 'arn:aws:iam::111111111111:role/sink',
  RoleArn: 'arn:aws:iam::111111111111:role/sink',
  RoleARN: 'arn:aws:iam::111111111111:role/deployer',
  Code: { ZipFile: zip(1).toString('base64') },
  ZipFile: zip(2).toString('base64'),
  VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'], Ipv6AllowedForDualStack: true },
  'x-amz-expected-bucket-owner': '111111111111',
  'x-amz-source-expected-bucket-owner': '111111111111',
  'x-amz-copy-source': 'sink-files/a',
  'x-amz-acl': 'private',
  'x-amz-server-side-encryption': 'AES256',
  'x-amz-storage-class': 'STANDARD',
  'x-amz-tagging-directive': 'COPY',
  'x-amz-metadata-directive': 'REPLACE',
  'x-amz-checksum-type': 'FULL_OBJECT',
  'x-amz-checksum-algorithm': 'CRC32',
  versionId: 'null',
  range: 'bytes=0-1',
  Principal: 'apigateway.amazonaws.com',
};

/** The value of a member by its name, if it needs a certain one. */
export function certainValue(name: string): { readonly value: unknown } | undefined {
  return Object.hasOwn(VALUES, name) ? { value: VALUES[name] } : undefined;
}

/** Members that exclude others, continue a list or set a condition. A second call of the operation has each of them. */
export const ALONE: readonly string[] = [
  'RetainResources',
  ...[
    'Marker',
    'marker',
    'NextToken',
    'nextToken',
    'position',
    'continuation-token',
    'key-marker',
    'version-id-marker',
  ],
  ...['logGroupIdentifier', 'logGroupNamePattern', 'logStreamNames'],
  ...['TemplateURL', 'UsePreviousTemplate', 'StackStatusFilter'],
  ...['DisableRollback', 'OnFailure', 'OnStackFailure'],
  ...['S3Bucket', 'S3Key', 'Qualifier', 'RevisionId', 'CodeSha256'],
  ...[
    'range',
    'if-match',
    'if-none-match',
    'if-modified-since',
    'if-unmodified-since',
    'x-amz-copy-source-if-match',
  ],
  ...['ResourceArns', 'repositoryNames', 'deploymentId'],
];

/** Calls an operation with every member that it declares. Members that it does not declare are left out of the input. */
export type Call = (name: string, input?: object, http?: Http) => Promise<Record<string, unknown>>;

/** Calls every operation, in an order in which it finds what it needs. @param token a token of `https://issuer.example.com` for the audience `a` */
export async function operationInputs(call: Call, token: string): Promise<void> {
  await identities(call, token);
  await buckets(call);
  await logs(call);
  await functions(call);
  await stacks(call);
  await apis(call);
  await items(call);
  for (const [name, input] of [
    ['organizations:DescribeOrganization', {}],
    ['organizations:ListParents', { ChildId: '111111111111' }],
    ['organizations:ListPoliciesForTarget', { TargetId: '111111111111' }],
    ['organizations:DescribePolicy', { PolicyId: 'p-FullAWSAccess' }],
    ['ecr:DescribeRepositories', {}],
    ['ssm:PutParameter', { Name: 'own' }],
    ['ssm:GetParameter', { Name: 'own' }],
    ['ssm:GetParameters', { Names: ['own'] }],
    ['ssm:GetParametersByPath', {}],
    ['ssm:DescribeParameters', { ParameterFilters: [{ Key: 'Name', Option: 'Equals', Values: ['own'] }] }],
    ['ssm:DeleteParameter', { Name: 'own' }],
  ] as const) {
    await call(name, input);
  }
}

async function identities(call: Call, token: string): Promise<void> {
  const on = async (noun: 'Role' | 'User', input: object) => {
    const own = { PolicyName: 'own', PolicyArn: BOUNDARY, Tags: [{ Key: 'a', Value: 'a' }], ...input };
    for (const name of [
      `Get${noun}`,
      `List${noun}s`,
      ...['Put', 'Get'].map((verb) => `${verb}${noun}Policy`),
      ...[`List${noun}Policies`, `Delete${noun}Policy`, `Attach${noun}Policy`],
      ...[`ListAttached${noun}Policies`, `Detach${noun}Policy`],
      ...['Put', 'Delete'].map((verb) => `${verb}${noun}PermissionsBoundary`),
      ...[`Tag${noun}`, `List${noun}Tags`, `Untag${noun}`],
    ]) {
      await call(`iam:${name}`, own);
    }
  };
  await call('iam:CreateUser');
  const { AccessKey } = await call('iam:CreateAccessKey');
  await call('iam:ListAccessKeys');
  await call('iam:DeleteAccessKey', AccessKey as object);
  await on('User', {});
  const group = { GroupName: 'own', UserName: 'own' };
  await call('iam:CreateGroup', group);
  await call('iam:AddUserToGroup', group);
  for (const name of ['GetGroup', 'ListGroups', 'ListGroupsForUser']) await call(`iam:${name}`, group);
  const ofGroup = { ...group, PolicyName: 'own', PolicyArn: BOUNDARY };
  for (const name of [
    ...['Put', 'Get'].map((verb) => `${verb}GroupPolicy`),
    ...['ListGroupPolicies', 'DeleteGroupPolicy', 'AttachGroupPolicy'],
    ...['ListAttachedGroupPolicies', 'DetachGroupPolicy', 'RemoveUserFromGroup', 'DeleteGroup'],
  ]) {
    await call(`iam:${name}`, ofGroup);
  }
  await call('iam:DeleteUser');

  await call('iam:CreateRole', { RoleName: 'own' });
  await call('iam:UpdateRole', { RoleName: 'own' });
  await call('iam:UpdateAssumeRolePolicy', { RoleName: 'own', PolicyDocument: trustOf('lambda') });
  await on('Role', { RoleName: 'own' });
  await call('iam:DeleteRole', { RoleName: 'own' });

  await call('iam:CreatePolicy', { PolicyName: 'own' });
  const PolicyArn = 'arn:aws:iam::111111111111:policy/a/own';
  await call('iam:CreatePolicyVersion', { PolicyArn });
  await call('iam:GetPolicyVersion', { PolicyArn, VersionId: 'v1' });
  for (const name of ['GetPolicy', 'ListPolicies']) await call(`iam:${name}`, { PolicyArn });
  await call('iam:DeletePolicyVersion', { PolicyArn, VersionId: 'v1' });
  for (const VersionId of ['v2', 'v3']) await call('iam:DeletePolicyVersion', { PolicyArn, VersionId });
  await call('iam:DeletePolicy', { PolicyArn });
  await call('iam:SimulatePrincipalPolicy', {
    PolicySourceArn: 'arn:aws:iam::111111111111:role/sink',
    ActionNames: ['s3:GetObject'],
    ContextEntries: [{ ContextKeyName: 'aws:SourceIp', ContextKeyValues: ['1.2.3.4'], ContextKeyType: 'ip' }],
  });

  await call('iam:SimulateCustomPolicy', {
    PolicyInputList: [JSON.stringify(policy())],
    PermissionsBoundaryPolicyInputList: [JSON.stringify(policy())],
    ActionNames: ['s3:GetObject'],
    ContextEntries: [{ ContextKeyName: 'aws:SourceIp', ContextKeyValues: ['1.2.3.4'], ContextKeyType: 'ip' }],
  });
  await call('iam:CreateOpenIDConnectProvider', {
    Url: 'https://provider.example.com',
    ClientIDList: ['own'],
    ThumbprintList: ['a'.repeat(40)],
  });
  const provider = {
    OpenIDConnectProviderArn: 'arn:aws:iam::111111111111:oidc-provider/provider.example.com',
  };
  await call('iam:GetOpenIDConnectProvider', provider);
  await call('iam:ListOpenIDConnectProviders');
  await call('iam:DeleteOpenIDConnectProvider', provider);

  await call('sts:GetCallerIdentity');
  await call('sts:GetSessionToken');
  await call('sts:AssumeRole', { PolicyArns: [{ arn: BOUNDARY }], Policy: JSON.stringify(policy()) });
  const federated = {
    Effect: 'Allow',
    Principal: { Federated: 'arn:aws:iam::111111111111:oidc-provider/issuer.example.com' },
    Action: 'sts:AssumeRoleWithWebIdentity',
  };
  await call('iam:CreateRole', {
    RoleName: 'web',
    Path: '/',
    AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: federated }),
  });
  const RoleArn = 'arn:aws:iam::111111111111:role/web';
  await call('sts:AssumeRoleWithWebIdentity', { RoleArn, WebIdentityToken: token });
}

const trustOf = (service: string) => JSON.stringify(trust(`${service}.amazonaws.com`));

async function buckets(call: Call): Promise<void> {
  await call('s3:CreateBucket', {
    Bucket: 'own-files',
    CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' },
  });
  await call('s3:CreateBucket', { Bucket: 'brief', CreateBucketConfiguration: '' });
  await call('s3:DeleteBucket', { Bucket: 'brief' });
  await call('s3:PutBucketPolicy', {}, { payload: JSON.stringify(bucketPolicy('sink-files')) });
  for (const name of ['GetPublicAccessBlock', 'PutPublicAccessBlock', 'DeletePublicAccessBlock']) {
    await call(`s3:${name}`);
  }
  for (const name of ['GetBucketPolicy', 'DeleteBucketPolicy', 'GetBucketLocation', 'GetBucketEncryption']) {
    await call(`s3:${name}`);
  }
  for (const name of ['ListBuckets', 'HeadBucket']) await call(`s3:${name}`);
  await call('s3:PutObject', {}, { payload: 'body' });
  for (const name of ['GetObject', 'HeadObject', 'CopyObject']) await call(`s3:${name}`);
  for (const name of ['ListObjects', 'ListObjectsV2', 'ListObjectVersions']) await call(`s3:${name}`);

  const uploadId = async () => {
    const { document } = await call('s3:CreateMultipartUpload');
    return (document as { InitiateMultipartUploadResult: { UploadId: string } }).InitiateMultipartUploadResult
      .UploadId;
  };
  const completed = await uploadId();
  await call('s3:UploadPart', { uploadId: completed, partNumber: '1' }, { payload: 'body' });
  const ETag = createHash('md5').update('body').digest('hex');
  const checksums = checksumAlgorithms.map((algorithm) => [
    `Checksum${algorithm.toUpperCase()}`,
    checksumOf(algorithm, Buffer.from('body')),
  ]);
  await call('s3:CompleteMultipartUpload', {
    uploadId: completed,
    'x-amz-mp-object-size': '4',
    CompleteMultipartUpload: { Part: [{ PartNumber: '1', ETag, ...Object.fromEntries(checksums) }] },
  });
  await call('s3:AbortMultipartUpload', { uploadId: await uploadId() });

  await call('s3:DeleteObject');
  const payload = 'body';
  const md5 = createHash('md5').update(payload).digest('base64');
  const Delete = { Object: [{ Key: 'a', VersionId: 'null' }], Quiet: 'true' };
  await call('s3:DeleteObjects', { Delete }, { payload, headers: [['content-md5', md5]] });
}

async function logs(call: Call): Promise<void> {
  await call('logs:CreateLogGroup', { logGroupName: '/own' });
  await call('logs:CreateLogStream');
  await call('logs:PutLogEvents', { logEvents: [{ timestamp: Date.now(), message: 'a' }] });
  for (const name of ['DescribeLogGroups', 'DescribeLogStreams', 'DescribeSubscriptionFilters']) {
    await call(`logs:${name}`);
  }
  for (const name of ['FilterLogEvents', 'GetLogEvents']) await call(`logs:${name}`);
  const resourceArn = 'arn:aws:logs:us-east-1:111111111111:log-group:/sink';
  await call('logs:ListTagsForResource', { resourceArn });
  await call('logs:DeleteLogGroup', { logGroupName: '/own' });
}

async function functions(call: Call): Promise<void> {
  const own = { FunctionName: 'own' };
  await call('lambda:CreateFunction', { ...own, Publish: true });
  await call('lambda:CreateFunction', { FunctionName: 'second', Code: { S3Bucket: 'code', S3Key: 'a.zip' } });
  await call('lambda:UpdateFunctionCode', own);
  const fromS3 = { S3Bucket: 'code', S3Key: 'a.zip', ZipFile: undefined };
  await call('lambda:UpdateFunctionCode', { FunctionName: 'second', ...fromS3 });
  // An update refuses the next one until a client has read the state.
  await call('lambda:GetFunction', own);
  await call('lambda:UpdateFunctionConfiguration', { ...own, Timeout: 7 });
  for (const name of [
    'GetFunctionConfiguration',
    'PublishVersion',
    'ListVersionsByFunction',
    'ListFunctions',
  ]) {
    await call(`lambda:${name}`, own);
  }
  const alias = {
    ...own,
    Name: 'own',
    FunctionVersion: '1',
    RoutingConfig: { AdditionalVersionWeights: { 2: 0.5 } },
  };
  for (const name of ['CreateAlias', 'UpdateAlias', 'GetAlias', 'ListAliases', 'DeleteAlias']) {
    await call(`lambda:${name}`, alias);
  }
  for (const name of ['AddPermission', 'GetPolicy', 'RemovePermission']) {
    await call(`lambda:${name}`, { ...own, StatementId: 'own' });
  }
  for (const name of ['Create', 'Get', 'List', 'Update', 'Delete']) {
    const operation = `lambda:${name}FunctionUrlConfig${name === 'List' ? 's' : ''}`;
    await call(operation, { ...own, AuthType: 'AWS_IAM', Cors: { AllowOrigins: ['*'] } });
  }
  await call('lambda:PutFunctionConcurrency', { ...own, ReservedConcurrentExecutions: 3 });
  await call('lambda:GetFunctionConcurrency', own);
  await call('lambda:DeleteFunctionConcurrency', own);
  await call('lambda:PutFunctionRecursionConfig', { ...own, RecursiveLoop: 'Allow' });
  await call('lambda:GetFunctionRecursionConfig', own);
  const tagged = { Resource: 'arn:aws:lambda:us-east-1:111111111111:function:own' };
  await call('lambda:TagResource', { ...tagged, Tags: { a: 'b' } });
  await call('lambda:ListTags', tagged);
  await call('lambda:UntagResource', { ...tagged, tagKeys: ['a'] });
  await call('lambda:Invoke', own);
  await call('lambda:DeleteFunction', own);
}

async function stacks(call: Call): Promise<void> {
  await call('iam:CreateRole', {
    RoleName: 'deployer',
    Path: '/',
    AssumeRolePolicyDocument: trustOf('cloudformation'),
  });
  await call('iam:AttachRolePolicy', { RoleName: 'deployer', PolicyArn: BOUNDARY });
  const template = (Description: string) =>
    JSON.stringify({
      Description,
      Parameters: { Name: { Type: 'String' } },
      Resources: {
        Role: {
          Type: 'AWS::IAM::Role',
          Properties: { Description, AssumeRolePolicyDocument: trust('lambda.amazonaws.com') },
        },
      },
    });
  const given = {
    StackName: 'own',
    Parameters: [{ ParameterKey: 'Name', ParameterValue: 'a', UsePreviousValue: 'false' }],
    EnableTerminationProtection: 'false',
    Capabilities: ['CAPABILITY_NAMED_IAM'],
  };
  const own = { ...given, TemplateBody: template('a') };
  const ended = () => settled(call, 'own');

  await call('cloudformation:ValidateTemplate', own);
  await call('cloudformation:GetTemplateSummary', { ...own, StackName: undefined });
  await call('cloudformation:GetTemplateSummary', { ...own, TemplateBody: undefined });
  await call('cloudformation:CreateStack', own);
  await ended();
  await call('cloudformation:UpdateStack', { ...own, TemplateBody: template('b') });
  await ended();
  const changeSet = { ...given, ChangeSetType: 'UPDATE', ChangeSetName: 'own', ResourcesToImport: undefined };
  await call('cloudformation:CreateChangeSet', { ...changeSet, TemplateBody: template('c') });
  await call('cloudformation:DescribeChangeSet', changeSet);
  await call('cloudformation:ExecuteChangeSet', { ...changeSet, DisableRollback: 'false' });
  await ended();
  await call('cloudformation:DeleteChangeSet', changeSet);
  await call('logs:CreateLogGroup', { logGroupName: '/left' });
  const left = {
    Type: 'AWS::Logs::LogGroup',
    DeletionPolicy: 'Retain',
    Properties: { LogGroupName: '/left' },
  };
  await call('cloudformation:CreateChangeSet', {
    ...{
      ...given,
      Parameters: undefined,
      StackName: 'imported',
      ChangeSetType: 'IMPORT',
      ChangeSetName: 'own',
    },
    TemplateBody: JSON.stringify({ Resources: { Left: left } }),
    ResourcesToImport: [
      {
        ResourceType: 'AWS::Logs::LogGroup',
        LogicalResourceId: 'Left',
        ResourceIdentifier: { entry: [{ key: 'LogGroupName', value: '/left' }] },
      },
    ],
  });
  for (const name of ['DescribeStacks', 'DescribeStackEvents', 'DescribeStackResources', 'GetTemplate']) {
    await call(`cloudformation:${name}`, { ...own, LogicalResourceId: 'Role' });
  }
  for (const name of ['DescribeStackResource', 'ListStackResources', 'ListStacks', 'ListExports']) {
    await call(`cloudformation:${name}`, { ...own, LogicalResourceId: 'Role' });
  }
  const detected = await call('cloudformation:DetectStackDrift', { ...own, LogicalResourceIds: ['Role'] });
  await call('cloudformation:DescribeStackDriftDetectionStatus', detected);
  await call('cloudformation:DescribeStackResourceDrifts', own);
  await call('cloudformation:UpdateTerminationProtection', own);
  // The role is gone, so neither the update nor its roll-back finds it.
  const role = await call('cloudformation:DescribeStackResource', { ...own, LogicalResourceId: 'Role' });
  const { PhysicalResourceId } = role.StackResourceDetail as { PhysicalResourceId: string };
  await call('iam:DeleteRole', { RoleName: PhysicalResourceId });
  await call('cloudformation:UpdateStack', { ...own, TemplateBody: template('d'), DisableRollback: 'false' });
  await ended().catch(() => {});
  await call('cloudformation:ContinueUpdateRollback', { ...own, ResourcesToSkip: ['Role'] });
  await ended().catch(() => {});
  await call('cloudformation:DeleteStack', own);
}

async function apis(call: Call): Promise<void> {
  const { StackResources } = await call('cloudformation:DescribeStackResources', {
    StackName: 'sink',
    LogicalResourceId: undefined,
  });
  const found = StackResources as { LogicalResourceId: string; PhysicalResourceId: string }[];
  const id = (name: string) =>
    found.find((one) => one.LogicalResourceId === name)?.PhysicalResourceId ?? name;
  const patch = (path: string, value: string) => ({ patchOperations: [{ op: 'replace', path, value }] });

  const api = {
    restApiId: id('RestApi'),
    resourceId: id('Resource'),
    deploymentId: id('Deployment'),
    domainName: id('RestDomain'),
    basePath: 'a',
    embed: 'methods',
    limit: '5',
  };
  await call('apigateway:UpdateRestApi', { ...api, ...patch('/description', 'b') });
  await call('apigateway:UpdateStage', { ...api, ...patch('/tracingEnabled', 'true') });
  const role = `arn:aws:iam::111111111111:role/${id('LogsRole')}`;
  await call('apigateway:UpdateAccount', patch('/cloudwatchRoleArn', role));
  await call('apigateway:CreateDeployment', api);
  await call('apigateway:CreateStage', { ...api, stageName: 'third' });
  for (const name of [
    'RestApis',
    'RestApi',
    'Resources',
    'Method',
    'Integration',
    'Deployments',
    'Deployment',
  ]) {
    await call(`apigateway:Get${name}`, api);
  }
  for (const name of [
    'Stage',
    'DomainNames',
    'DomainName',
    'BasePathMappings',
    'BasePathMapping',
    'Account',
  ]) {
    await call(`apigateway:Get${name}`, api);
  }
  await call('apigateway:GetStages', { restApiId: api.restApiId });
  await call('apigateway:DeleteRestApi', { restApiId: id('ThrownAway') });
  const resourceArn = `arn:aws:apigateway:us-east-1::/restapis/${api.restApiId}`;
  for (const name of ['TagResource', 'UntagResource']) {
    await call(`apigateway:${name}`, { resourceArn, tags: { a: 'b' }, tagKeys: ['a'] });
  }

  const httpApi = {
    ApiId: id('HttpApi'),
    RouteId: id('Route'),
    IntegrationId: id('Integration'),
    StageName: 'live',
    routeSettings: { 'GET /a': { throttlingBurstLimit: 5, throttlingRateLimit: 5 } },
    accessLogSettings: {
      destinationArn: 'arn:aws:logs:us-east-1:111111111111:log-group:/sink',
      format: '$context.requestId',
    },
  };
  for (const name of ['Apis', 'Api', 'Routes', 'Route', 'Integrations', 'Integration', 'Stages', 'Stage']) {
    await call(`apigatewayv2:Get${name}`, httpApi);
  }
  await call('apigatewayv2:UpdateStage', httpApi);
}

/** The members of DynamoDB's operations have no schema here: each one is set by hand. Members with and without expressions exclude each other. */
async function items(call: Call): Promise<void> {
  const TableName = 'sink';
  const Key = { id: { S: 'a' }, other: { S: 'a' } };
  const counted = { TableName, ReturnConsumedCapacity: 'TOTAL' };
  const named = { ExpressionAttributeNames: { '#id': 'id' } };
  const valued = { ...named, ExpressionAttributeValues: { ':a': { S: 'a' } } };
  const failed = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };
  const expected = { Expected: { id: { Exists: false } }, ConditionalOperator: 'AND' };

  await call('dynamodb:ListTables', { Limit: 1, ExclusiveStartTableName: 'abc' });
  const attributes = ['id', 'own', 'third'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' }));
  const index = (name: string, ...keys: readonly string[]) => ({
    IndexName: name,
    KeySchema: keys.map((AttributeName, at) => ({ AttributeName, KeyType: at === 0 ? 'HASH' : 'RANGE' })),
    Projection: { ProjectionType: 'ALL' },
  });
  await call('dynamodb:CreateTable', {
    TableName: 'own',
    AttributeDefinitions: attributes,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: index('', 'id', 'own').KeySchema,
    LocalSecondaryIndexes: [index('local', 'id', 'third')],
    GlobalSecondaryIndexes: [index('global', 'own')],
  });
  const ready = async () => {
    for (;;) {
      const output = await call('dynamodb:DescribeTable', { TableName: 'own' });
      if (!JSON.stringify(output).includes('ING"')) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  await ready();
  // A table that is protected cannot be deleted below.
  const unprotected = { TableName: 'own', DeletionProtectionEnabled: false };
  await call('dynamodb:UpdateTable', {
    ...unprotected,
    AttributeDefinitions: attributes,
    GlobalSecondaryIndexUpdates: [{ Create: index('later', 'third') }],
  });
  await ready();
  await call('dynamodb:UpdateTable', { ...unprotected, BillingMode: 'PAY_PER_REQUEST' });
  await ready();
  await call('dynamodb:DeleteTable', { TableName: 'own' });

  const absent = { ConditionExpression: 'attribute_not_exists(#id) OR #id = :a' };
  const written = { ...counted, ...valued, ...failed, ...absent, ReturnValues: 'ALL_OLD' };
  await call('dynamodb:PutItem', { ...counted, ...expected, Item: Key });
  await call('dynamodb:PutItem', { ...written, Item: Key });
  await call('dynamodb:UpdateItem', { ...written, Key, UpdateExpression: 'SET third = :a' });
  const AttributeUpdates = { third: { Action: 'PUT', Value: { S: 'b' } } };
  await call('dynamodb:UpdateItem', { ...counted, ...expected, Key, AttributeUpdates });
  const read = { ...counted, ConsistentRead: true };
  await call('dynamodb:GetItem', { ...read, ...named, Key, ProjectionExpression: '#id' });
  await call('dynamodb:GetItem', { ...read, Key, AttributesToGet: ['id'] });

  const page = { ...read, Limit: 5, IndexName: 'local', ExclusiveStartKey: { ...Key, third: { S: '0' } } };
  const filtered = { FilterExpression: 'attribute_exists(a)', ProjectionExpression: '#id' };
  const query = { ...page, ...filtered, KeyConditionExpression: '#id = :a', ScanIndexForward: true };
  const selected = { Select: 'SPECIFIC_ATTRIBUTES' };
  await call('dynamodb:Query', { ...query, ...valued, ...selected });
  const equal = { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'a' }] };
  const legacy = { ...page, ConditionalOperator: 'AND', AttributesToGet: ['id'] };
  await call('dynamodb:Query', {
    ...legacy,
    KeyConditions: { id: equal },
    QueryFilter: { a: equal, b: equal },
  });
  const segments = { TotalSegments: 2, Segment: 0, ExclusiveStartKey: undefined };
  const filters = { FilterExpression: '#id = :a', ProjectionExpression: 'third' };
  await call('dynamodb:Scan', { ...page, ...segments, ...filters, ...valued, ...selected });
  await call('dynamodb:Scan', { ...legacy, ScanFilter: { a: equal, b: equal } });

  const batch = { ReturnConsumedCapacity: 'TOTAL' };
  await call('dynamodb:BatchGetItem', { ...batch, RequestItems: { sink: { Keys: [Key] } } });
  const requests = [{ PutRequest: { Item: { ...Key, id: { S: 'b' } } } }];
  await call('dynamodb:BatchWriteItem', { ...batch, RequestItems: { sink: requests } });
  await call('dynamodb:DeleteItem', { ...counted, ...expected, Key });
  await call('dynamodb:DeleteItem', { ...written, Key });
}
