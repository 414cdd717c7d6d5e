import { storedZip } from './services/lambda/code/stored-zip.ts';

/* Templates with every property of every type, and an input with every member for every operation. */

/** Carries out an operation by name, e.g. `iam:CreateRole`. @returns its output document */
type Run = (name: string, input: object, payload?: string | Buffer) => Promise<Record<string, unknown>>;

const ref = (Ref: string) => ({ Ref });
const att = (id: string, attribute = 'Arn') => ({ 'Fn::GetAtt': [id, attribute] });
const Tags = [{ Key: 'team', Value: 'a' }];
const tagMap = { team: 'a' };

const zip = (value: number) => storedZip({ 'index.js': `exports.handler = async () => ${value}` });

const trust = (Service: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }],
});
const policy = (Resource = '*') => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource }],
});
const bucketPolicy = (bucket: string) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::111111111111:root' },
      Action: 's3:GetObject',
      Resource: `arn:aws:s3:::${bucket}/*`,
    },
  ],
});
const BOUNDARY = 'arn:aws:iam::aws:policy/AdministratorAccess';
const CERTIFICATE = 'arn:aws:acm:us-east-1:111111111111:certificate/1';
const FORMAT = '$context.requestId';

/** @param version changes the properties that can be updated in place */
function resources(
  version: number,
): Record<string, { Type: string; Properties: object; DependsOn?: unknown }> {
  const Description = `version ${version}`;
  return {
    Bucket: {
      Type: 'AWS::S3::Bucket',
      Properties: {
        BucketName: 'sink-files',
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
        AccessControl: 'Private',
      },
    },
    BucketPolicy: {
      Type: 'AWS::S3::BucketPolicy',
      Properties: { Bucket: ref('Bucket'), PolicyDocument: bucketPolicy('sink-files') },
    },
    Group: {
      Type: 'AWS::Logs::LogGroup',
      Properties: { LogGroupName: '/sink', LogGroupClass: 'STANDARD', Tags },
    },
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: 'sink',
        AssumeRolePolicyDocument: trust('lambda.amazonaws.com'),
        Description,
        ManagedPolicyArns: [BOUNDARY],
        MaxSessionDuration: 3600 * version,
        Path: '/',
        PermissionsBoundary: BOUNDARY,
        Policies: [{ PolicyName: 'inline', PolicyDocument: policy() }],
        Tags,
      },
    },
    ManagedPolicy: {
      Type: 'AWS::IAM::ManagedPolicy',
      Properties: {
        Description: 'a',
        ManagedPolicyName: 'sink',
        Path: '/',
        PolicyDocument: policy(),
        Roles: [ref('Role')],
      },
    },
    Policy: {
      Type: 'AWS::IAM::Policy',
      Properties: { PolicyDocument: policy(), PolicyName: 'second', Roles: [ref('Role')] },
    },
    Provider: {
      Type: 'AWS::IAM::OIDCProvider',
      Properties: { ClientIdList: ['a'], Url: 'https://issuer.example.com' },
    },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: 'sink',
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: att('Role'),
        Code: { ZipFile: `exports.handler = async () => ${version}` },
        Description,
        MemorySize: 256,
        Timeout: 3 + version,
        Environment: { Variables: { STAGE: 'a' } },
        LoggingConfig: { LogGroup: '/sink' },
        PackageType: 'Zip',
        ReservedConcurrentExecutions: 2,
        Tags,
      },
    },
    FromBucket: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: att('Role'),
        Code: { S3Bucket: 'code', S3Key: 'a.zip' },
      },
    },
    Version: {
      Type: 'AWS::Lambda::Version',
      Properties: { FunctionName: ref('Function'), Description: 'a' },
    },
    Alias: {
      Type: 'AWS::Lambda::Alias',
      Properties: {
        FunctionName: ref('Function'),
        FunctionVersion: att('Version', 'Version'),
        Name: 'live',
        Description,
        RoutingConfig: { AdditionalVersionWeights: [] },
      },
    },
    Permission: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        FunctionName: ref('Function'),
        Action: 'lambda:InvokeFunction',
        Principal: 'apigateway.amazonaws.com',
        SourceArn: 'arn:aws:execute-api:us-east-1:111111111111:a/*',
        SourceAccount: '111111111111',
        PrincipalOrgID: 'o-abcdefghij',
        EventSourceToken: 'a',
      },
    },
    RestApi: {
      Type: 'AWS::ApiGateway::RestApi',
      Properties: {
        Name: 'sink',
        Description,
        Mode: 'overwrite',
        Parameters: { endpointConfigurationTypes: 'REGIONAL', basepath: 'ignore' },
        EndpointConfiguration: { Types: ['PRIVATE'], VpcEndpointIds: ['vpce-01234567'] },
        Policy: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource: '*' }],
        },
        BinaryMediaTypes: ['*/*'],
        DisableExecuteApiEndpoint: false,
        Tags,
      },
    },
    Described: {
      Type: 'AWS::ApiGateway::RestApi',
      Properties: { Body: { openapi: '3.0.1', info: { title: 'described', version: '1' }, paths: {} } },
    },
    Resource: {
      Type: 'AWS::ApiGateway::Resource',
      Properties: { RestApiId: ref('RestApi'), ParentId: att('RestApi', 'RootResourceId'), PathPart: 'a' },
    },
    Model: {
      Type: 'AWS::ApiGateway::Model',
      Properties: {
        RestApiId: ref('RestApi'),
        Name: 'Thing',
        ContentType: 'application/json',
        Schema: { type: 'object' },
      },
    },
    Validator: {
      Type: 'AWS::ApiGateway::RequestValidator',
      Properties: { RestApiId: ref('RestApi'), ValidateRequestBody: true, ValidateRequestParameters: true },
    },
    Method: {
      Type: 'AWS::ApiGateway::Method',
      Properties: {
        RestApiId: ref('RestApi'),
        ResourceId: ref('Resource'),
        HttpMethod: 'GET',
        AuthorizationType: 'AWS_IAM',
        ApiKeyRequired: false,
        OperationName: 'a',
        RequestParameters: { 'method.request.header.a': true },
        RequestModels: { 'application/json': ref('Model') },
        RequestValidatorId: ref('Validator'),
        MethodResponses: [
          {
            StatusCode: '200',
            ResponseParameters: { 'method.response.header.a': true },
            ResponseModels: { 'application/json': ref('Model') },
          },
        ],
        Integration: {
          Type: 'MOCK',
          Uri: 'a',
          IntegrationHttpMethod: 'POST',
          Credentials: 'arn:aws:iam::*:user/*',
          TimeoutInMillis: 1_000,
          PassthroughBehavior: 'NEVER',
          ContentHandling: 'CONVERT_TO_TEXT',
          ConnectionType: 'INTERNET',
          RequestParameters: {},
          RequestTemplates: { 'application/json': '{"statusCode": 200}' },
          IntegrationResponses: [
            {
              StatusCode: '200',
              SelectionPattern: '',
              ContentHandling: 'CONVERT_TO_TEXT',
              ResponseParameters: { 'method.response.header.a': "'a'" },
              ResponseTemplates: { 'application/json': 'a' },
            },
          ],
        },
      },
    },
    GatewayResponse: {
      Type: 'AWS::ApiGateway::GatewayResponse',
      Properties: {
        RestApiId: ref('RestApi'),
        ResponseType: 'DEFAULT_4XX',
        StatusCode: '404',
        ResponseParameters: { 'gatewayresponse.header.a': "'a'" },
        ResponseTemplates: { 'application/json': '{}' },
      },
    },
    Account: { Type: 'AWS::ApiGateway::Account', Properties: { CloudWatchRoleArn: att('LogsRole') } },
    LogsRole: {
      Type: 'AWS::IAM::Role',
      Properties: { AssumeRolePolicyDocument: trust('apigateway.amazonaws.com') },
    },
    Deployment: {
      Type: 'AWS::ApiGateway::Deployment',
      Properties: { RestApiId: ref('RestApi'), Description, StageName: 'first' },
      DependsOn: ['Method', 'Account'],
    },
    RestStage: {
      Type: 'AWS::ApiGateway::Stage',
      Properties: {
        RestApiId: ref('RestApi'),
        DeploymentId: ref('Deployment'),
        StageName: 'second',
        AccessLogSetting: { DestinationArn: att('Group'), Format: FORMAT },
        CacheClusterEnabled: false,
        Description,
        MethodSettings: [
          {
            ResourcePath: '/*',
            HttpMethod: '*',
            ThrottlingBurstLimit: 5,
            ThrottlingRateLimit: 5,
            CachingEnabled: false,
          },
        ],
        Tags,
        Variables: { a: 'b' },
      },
    },
    RestDomain: {
      Type: 'AWS::ApiGateway::DomainName',
      Properties: {
        DomainName: 'rest.example.com',
        RegionalCertificateArn: CERTIFICATE,
        EndpointConfiguration: { Types: ['REGIONAL'] },
        SecurityPolicy: 'TLS_1_2',
        RoutingMode: 'BASE_PATH_MAPPING_ONLY',
        Tags,
      },
    },
    BasePathMapping: {
      Type: 'AWS::ApiGateway::BasePathMapping',
      Properties: {
        DomainName: ref('RestDomain'),
        BasePath: 'a',
        RestApiId: ref('Described'),
        Stage: ref('DescribedStage'),
      },
    },
    DescribedMethod: {
      Type: 'AWS::ApiGateway::Method',
      Properties: {
        RestApiId: ref('Described'),
        ResourceId: att('Described', 'RootResourceId'),
        HttpMethod: 'GET',
        Integration: { Type: 'MOCK' },
      },
    },
    DescribedDeployment: {
      Type: 'AWS::ApiGateway::Deployment',
      Properties: { RestApiId: ref('Described') },
      DependsOn: 'DescribedMethod',
    },
    DescribedStage: {
      Type: 'AWS::ApiGateway::Stage',
      Properties: {
        RestApiId: ref('Described'),
        DeploymentId: ref('DescribedDeployment'),
        StageName: 'only',
      },
    },
    HttpApi: {
      Type: 'AWS::ApiGatewayV2::Api',
      Properties: {
        Name: 'sink',
        ProtocolType: 'HTTP',
        Description,
        Version: '1',
        CorsConfiguration: {
          AllowCredentials: false,
          AllowHeaders: ['a'],
          AllowMethods: ['GET'],
          AllowOrigins: ['https://example.com'],
          ExposeHeaders: ['a'],
          MaxAge: 1,
        },
        DisableExecuteApiEndpoint: false,
        RouteSelectionExpression: '$request.method $request.path',
        Tags: tagMap,
      },
    },
    DescribedHttpApi: {
      Type: 'AWS::ApiGatewayV2::Api',
      Properties: { Body: { openapi: '3.0.1', info: { title: 'described' }, paths: {} } },
    },
    Integration: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ApiId: ref('HttpApi'),
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: att('Function'),
        IntegrationMethod: 'POST',
        PayloadFormatVersion: '2.0',
        TimeoutInMillis: 1_000,
        Description,
        ConnectionType: 'INTERNET',
      },
    },
    Route: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        ApiId: ref('HttpApi'),
        RouteKey: 'GET /a',
        Target: { 'Fn::Join': ['/', ['integrations', ref('Integration')]] },
        AuthorizationType: 'AWS_IAM',
        OperationName: 'a',
      },
    },
    HttpStage: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: {
        ApiId: ref('HttpApi'),
        StageName: 'live',
        AutoDeploy: true,
        Description,
        AccessLogSettings: { DestinationArn: att('Group'), Format: FORMAT },
        DefaultRouteSettings: { ThrottlingBurstLimit: 5, ThrottlingRateLimit: 5 },
        RouteSettings: { 'GET /a': { ThrottlingBurstLimit: 5, ThrottlingRateLimit: 5 } },
        StageVariables: { a: 'b' },
        Tags: tagMap,
      },
    },
    HttpDomain: {
      Type: 'AWS::ApiGatewayV2::DomainName',
      Properties: {
        DomainName: 'http.example.com',
        DomainNameConfigurations: [
          { CertificateArn: CERTIFICATE, EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' },
        ],
        RoutingMode: 'API_MAPPING_ONLY',
        Tags: tagMap,
      },
    },
    ApiMapping: {
      Type: 'AWS::ApiGatewayV2::ApiMapping',
      Properties: {
        ApiId: ref('HttpApi'),
        ApiMappingKey: 'a',
        DomainName: ref('HttpDomain'),
        Stage: ref('HttpStage'),
      },
    },
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        TableName: 'sink',
        AttributeDefinitions: ['id', 'other', 'third'].map((AttributeName) => ({
          AttributeName,
          AttributeType: 'S',
        })),
        KeySchema: [
          { AttributeName: 'id', KeyType: 'HASH' },
          { AttributeName: 'other', KeyType: 'RANGE' },
        ],
        GlobalSecondaryIndexes: [index('global', 'other')],
        LocalSecondaryIndexes: [index('local', 'id', 'third')],
        BillingMode: 'PAY_PER_REQUEST',
        TimeToLiveSpecification: { Enabled: false, AttributeName: 'ttl' },
        DeletionProtectionEnabled: false,
      },
    },
    Parameter: {
      Type: 'AWS::SSM::Parameter',
      Properties: { Name: 'sink', Type: 'String', Value: Description, DataType: 'text', Tier: 'Standard' },
    },
    Metadata: { Type: 'AWS::CDK::Metadata', Properties: { Analytics: 'a' } },
  };
}

const index = (IndexName: string, partition: string, sort?: string) => ({
  IndexName,
  KeySchema: [
    { AttributeName: partition, KeyType: 'HASH' },
    ...(sort === undefined ? [] : [{ AttributeName: sort, KeyType: 'RANGE' }]),
  ],
  Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['a'] },
});

/** Creates, updates and deletes a stack with every property. */
export async function kitchenSink(run: Run): Promise<void> {
  const StackName = 'sink';
  await run('s3:CreateBucket', { Bucket: 'code' });
  await run('s3:PutObject', { Bucket: 'code', Key: 'a.zip' }, zip(1));
  for (const [operation, version] of [
    ['CreateStack', 1],
    ['UpdateStack', 2],
  ] as const) {
    const TemplateBody = JSON.stringify({ Resources: resources(version) });
    await run(`cloudformation:${operation}`, {
      StackName,
      TemplateBody,
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      DisableRollback: 'false',
    });
    await settled(run, StackName);
  }
}

/** Waits for a stack. @throws the reasons of a failure */
async function settled(run: Run, StackName: string): Promise<void> {
  for (;;) {
    const { Stacks } = await run('cloudformation:DescribeStacks', { StackName });
    const [stack] = Stacks as { StackStatus: string }[];
    if (
      stack === undefined ||
      (/(CREATE|UPDATE)_COMPLETE$/.test(stack.StackStatus) && !/ROLLBACK/.test(stack.StackStatus))
    )
      return;
    if (/FAILED|ROLLBACK/.test(stack.StackStatus)) {
      const { StackEvents } = await run('cloudformation:DescribeStackEvents', { StackName });
      throw new Error(
        JSON.stringify(
          (StackEvents as { ResourceStatusReason?: string }[])
            .map((one) => one.ResourceStatusReason)
            .filter(Boolean),
        ),
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Values that operations need, by name of the member. All others come from the schema. */
const VALUES: Readonly<Record<string, unknown>> = {
  ...{ Bucket: 'sink-files', RoleName: 'sink', TableName: 'sink', FunctionName: 'sink', StackName: 'sink' },
  ...{ logGroupName: '/sink', LogicalResourceId: 'Bucket', httpMethod: 'GET', stageName: 'second' },
  ...{
    AssumeRolePolicyDocument: JSON.stringify(trust('lambda.amazonaws.com')),
    PermissionsBoundary: BOUNDARY,
  },
  ...{ PolicyDocument: JSON.stringify(policy()), PolicyArn: 'arn:aws:iam::111111111111:policy/sink' },
  Role: 'arn:aws:iam::111111111111:role/sink',
  Code: { ZipFile: zip(1).toString('base64') },
  ZipFile: zip(2).toString('base64'),
  'x-amz-expected-bucket-owner': '111111111111',
};

/** Members that exclude others, or continue a list. A second call of the operation has them alone. */
const ALONE = [
  'Marker',
  'NextToken',
  'nextToken',
  'position',
  'continuation-token',
  'key-marker',
  'version-id-marker',
  'logGroupIdentifier',
  'logGroupNamePattern',
  'TemplateURL',
  'UsePreviousTemplate',
  'S3Bucket',
  'S3Key',
  'Qualifier',
  'StackStatusFilter',
  'ResourceArns',
];

/** Inputs of operations, in addition to {@link VALUES}. In this order, before all other operations. */
function inputs(
  ids: ReadonlyMap<string, string>,
): readonly (readonly [name: string, input: object, payload?: string])[] {
  const id = (name: string) => ids.get(name) ?? '';
  const api = { restApiId: id('RestApi') };
  const httpApi = { ApiId: id('HttpApi') };
  const patch = (path: string, value: string) => ({ patchOperations: [{ op: 'replace', path, value }] });
  const method = { ...api, resourceId: id('Resource'), httpMethod: 'GET' };
  const object = { Key: 'a' };
  const template = JSON.stringify({
    Parameters: { Name: { Type: 'String' } },
    Resources: { Group: { Type: 'AWS::Logs::LogGroup', Properties: {} } },
  });
  const own = {
    StackName: 'own',
    TemplateBody: template,
    Parameters: [{ ParameterKey: 'Name', ParameterValue: 'a', UsePreviousValue: 'false' }],
    RoleARN: undefined,
    DisableRollback: undefined,
    OnFailure: undefined,
  };
  return [
    ['iam:CreateUser', { UserName: 'own' }],
    ...['GetUser', 'PutUserPolicy', 'GetUserPolicy', 'CreateAccessKey'].map(
      (name) => [`iam:${name}`, { UserName: 'own', PolicyName: 'a' }] as const,
    ),
    ['iam:CreateRole', { RoleName: 'own' }],
    ['iam:UpdateAssumeRolePolicy', { PolicyDocument: JSON.stringify(trust('lambda.amazonaws.com')) }],
    ['iam:CreatePolicy', { PolicyName: 'own' }],
    [
      'iam:SimulatePrincipalPolicy',
      {
        PolicySourceArn: 'arn:aws:iam::111111111111:role/sink',
        ActionNames: ['s3:GetObject'],
        ContextEntries: [
          { ContextKeyName: 'aws:SourceIp', ContextKeyValues: ['1.2.3.4'], ContextKeyType: 'ip' },
        ],
      },
    ],
    [
      's3:CreateBucket',
      {
        Bucket: 'own-files',
        'x-amz-acl': 'private',
        CreateBucketConfiguration: { LocationConstraint: 'us-east-1' },
      },
    ],
    ['s3:PutBucketPolicy', {}, JSON.stringify(bucketPolicy('sink-files'))],
    ['s3:PutObject', object, 'body'],
    ['s3:GetObject', { ...object, 'if-none-match': undefined }],
    ['apigateway:UpdateRestApi', { ...api, ...patch('/name', 'b') }],
    ['apigateway:UpdateStage', { ...api, ...patch('/description', 'b') }],
    ['apigateway:UpdateAccount', patch('/cloudwatchRoleArn', id('LogsRole'))],
    ['apigateway:CreateDeployment', api],
    ['apigateway:CreateStage', { ...api, stageName: 'third', deploymentId: id('Deployment') }],
    ...['GetRestApi', 'GetResources', 'GetDeployments', 'GetStages', 'GetStage'].map(
      (name) => [`apigateway:${name}`, { ...api, limit: '5' }] as const,
    ),
    ...['GetMethod', 'GetIntegration'].map((name) => [`apigateway:${name}`, method] as const),
    ['apigateway:GetDeployment', { ...api, deploymentId: id('Deployment') }],
    ...['GetDomainName', 'GetBasePathMappings', 'GetBasePathMapping'].map(
      (name) => [`apigateway:${name}`, { domainName: id('RestDomain'), basePath: 'a', limit: '5' }] as const,
    ),
    ...['TagResource', 'UntagResource'].map(
      (name) =>
        [
          `apigateway:${name}`,
          { resourceArn: `arn:aws:apigateway:us-east-1::/restapis/${id('RestApi')}`, tagKeys: ['a'] },
        ] as const,
    ),
    ...['GetApi', 'GetRoutes', 'GetIntegrations', 'GetStages'].map(
      (name) => [`apigatewayv2:${name}`, httpApi] as const,
    ),
    ['apigatewayv2:GetRoute', { ...httpApi, RouteId: id('Route') }],
    ['apigatewayv2:GetIntegration', { ...httpApi, IntegrationId: id('Integration') }],
    ...['GetStage', 'UpdateStage'].map(
      (name) => [`apigatewayv2:${name}`, { ...httpApi, StageName: 'live' }] as const,
    ),
    ['lambda:CreateFunction', { FunctionName: 'own', Publish: true }],
    ['lambda:PublishVersion', { FunctionName: 'own', CodeSha256: undefined, RevisionId: undefined }],
    [
      'lambda:CreateAlias',
      {
        FunctionName: 'own',
        Name: 'own',
        FunctionVersion: '1',
        RoutingConfig: { AdditionalVersionWeights: { 2: 0.5 } },
      },
    ],
    ['lambda:UpdateAlias', { FunctionName: 'own', Name: 'own', FunctionVersion: '1' }],
    ['cloudformation:CreateStack', own],
    [
      'cloudformation:CreateChangeSet',
      { ...own, StackName: 'other', ChangeSetType: 'CREATE', ChangeSetName: 'own' },
    ],
    ['cloudformation:DescribeChangeSet', { StackName: 'other', ChangeSetName: 'own' }],
    ['cloudformation:ExecuteChangeSet', { StackName: 'other', ChangeSetName: 'own' }],
    ['cloudformation:UpdateStack', { ...own, UsePreviousTemplate: undefined, DisableRollback: 'false' }],
    ['sts:AssumeRole', { RoleArn: 'arn:aws:iam::111111111111:role/sink' }],
    ['sts:AssumeRoleWithWebIdentity', { RoleArn: 'arn:aws:iam::111111111111:role/sink' }],
    ['logs:CreateLogGroup', { logGroupName: '/own' }],
    ['logs:ListTagsForResource', { resourceArn: 'arn:aws:logs:us-east-1:111111111111:log-group:/sink' }],
    ['ssm:PutParameter', { Name: 'own' }],
  ];
}

/** Calls every operation with every member: with those of {@link ALONE} and without them. */
export async function operationInputs(
  run: Run,
  names: readonly string[],
  sample: (name: string) => object,
): Promise<void> {
  const { StackResources } = await run('cloudformation:DescribeStackResources', { StackName: 'sink' });
  const found = StackResources as { LogicalResourceId: string; PhysicalResourceId: string }[];
  const prepared = inputs(new Map(found.map((one) => [one.LogicalResourceId, one.PhysicalResourceId])));
  const others = names.filter((name) => !prepared.some(([one]) => one === name));
  const isLast = (name: string) => /:(Delete|Detach|Remove|Untag|Abort)/.test(name);
  const rest = others
    .sort((a, b) => Number(isLast(a)) - Number(isLast(b)))
    .map((name) => [name, {}] as const);
  for (const [name, input, payload] of [...prepared, ...rest]) {
    const whole: Record<string, unknown> = { ...sample(name), ...input };
    const without = { ...whole };
    for (const member of ALONE) if (!Object.hasOwn(input, member)) delete without[member];
    await run(name, without, payload);
    if (name === 'cloudformation:CreateStack') await settled(run, 'own');
    for (const member of ALONE.filter((one) => Object.hasOwn(whole, one))) {
      await run(name, { ...without, [member]: whole[member] }, payload);
    }
    await run(name, whole, payload);
  }
}

/** The value of a member by its name, if it needs a certain one. */
export function certainValue(name: string): { readonly value: unknown } | undefined {
  return Object.hasOwn(VALUES, name) ? { value: VALUES[name] } : undefined;
}
