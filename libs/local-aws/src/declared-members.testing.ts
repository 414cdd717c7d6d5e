import { storedZip } from './services/lambda/code/stored-zip.ts';

/* Templates with every property of every type. */

/** Carries out an operation by name, e.g. `iam:CreateRole`. @returns its output document */
export type Run = (name: string, input: object, http?: Http) => Promise<Record<string, unknown>>;

/** The parts of an HTTP request that operations read themselves. */
export interface Http {
  readonly payload?: string | Buffer;
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

const ref = (Ref: string) => ({ Ref });
const att = (id: string, attribute = 'Arn') => ({ 'Fn::GetAtt': [id, attribute] });
const Tags = [{ Key: 'team', Value: 'a' }];
const tagMap = { team: 'a' };

/** A zip with a function that returns a value. */
export const zip = (value: number) => storedZip({ 'index.js': `exports.handler = async () => ${value}` });

/** A trust policy for a service. */
export const trust = (Service: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }],
});
/** A policy that allows to read objects. */
export const policy = (Resource = '*') => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource }],
});
/** A policy of a bucket for the account that owns it. */
export const bucketPolicy = (bucket: string) => ({
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
/** A managed policy that also serves as a boundary. */
export const BOUNDARY = 'arn:aws:iam::aws:policy/AdministratorAccess';
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
        PublicAccessBlockConfiguration: { BlockPublicPolicy: true, RestrictPublicBuckets: true },
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
    User: {
      Type: 'AWS::IAM::User',
      Properties: {
        UserName: 'sink',
        ManagedPolicyArns: [BOUNDARY],
        Path: '/',
        PermissionsBoundary: BOUNDARY,
        Policies: [{ PolicyName: 'inline', PolicyDocument: policy() }],
        Groups: [ref('UserGroup')],
        Tags,
      },
    },
    UserGroup: {
      Type: 'AWS::IAM::Group',
      Properties: {
        GroupName: 'sink',
        ManagedPolicyArns: [BOUNDARY],
        Path: '/',
        Policies: [{ PolicyName: 'inline', PolicyDocument: policy() }],
      },
    },
    Addition: {
      Type: 'AWS::IAM::UserToGroupAddition',
      Properties: { GroupName: ref('UserGroup'), Users: [ref('User')] },
    },
    AccessKey: {
      Type: 'AWS::IAM::AccessKey',
      Properties: { Serial: version, Status: 'Active', UserName: ref('User') },
    },
    ManagedPolicy: {
      Type: 'AWS::IAM::ManagedPolicy',
      Properties: {
        Description: 'a',
        ManagedPolicyName: 'sink',
        Path: '/',
        PolicyDocument: policy(),
        Roles: [ref('Role')],
        Users: [ref('User')],
        Groups: [ref('UserGroup')],
      },
    },
    Policy: {
      Type: 'AWS::IAM::Policy',
      Properties: {
        PolicyDocument: policy(),
        PolicyName: 'second',
        Roles: [ref('Role')],
        Users: [ref('User')],
        Groups: [ref('UserGroup')],
      },
    },
    Provider: {
      Type: 'AWS::IAM::OIDCProvider',
      Properties: { ClientIdList: ['a'], Url: 'https://issuer.example.com', Tags },
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
        RecursiveLoop: version === 1 ? 'Terminate' : 'Allow',
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
        FunctionUrlAuthType: 'AWS_IAM',
        InvokedViaFunctionUrl: true,
      },
    },
    Url: {
      Type: 'AWS::Lambda::Url',
      Properties: {
        TargetFunctionArn: ref('Function'),
        Qualifier: 'live',
        AuthType: 'AWS_IAM',
        InvokeMode: 'BUFFERED',
        Cors: { AllowOrigins: ['*'] },
      },
      DependsOn: 'Alias',
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
    ThrownAway: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'thrown-away' } },
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
    Authorizer: {
      Type: 'AWS::ApiGateway::Authorizer',
      Properties: {
        RestApiId: ref('RestApi'),
        Name: 'a',
        Type: 'TOKEN',
        AuthType: 'custom',
        AuthorizerCredentials: att('Role', 'Arn'),
        AuthorizerResultTtlInSeconds: 60,
        AuthorizerUri: {
          'Fn::Join': [
            '',
            [
              'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/',
              att('Function', 'Arn'),
              '/invocations',
            ],
          ],
        },
        IdentitySource: 'method.request.header.Authorization',
        IdentityValidationExpression: '.*',
      },
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
  await run('s3:PutObject', { Bucket: 'code', Key: 'a.zip' }, { payload: zip(1) });
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
export async function settled(run: Run, StackName: string): Promise<void> {
  for (;;) {
    const { Stacks } = await run('cloudformation:DescribeStacks', { StackName });
    const [stack] = Stacks as { StackStatus: string }[];
    if (
      stack === undefined ||
      (/(CREATE|UPDATE)_COMPLETE$/.test(stack.StackStatus) && !/ROLLBACK/.test(stack.StackStatus))
    )
      return;
    if (/(FAILED|ROLLBACK_COMPLETE)$/.test(stack.StackStatus)) {
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
