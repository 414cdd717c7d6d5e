import {
  apiResources,
  functionResource,
  permission,
  type Resource,
  serviceRole,
} from './template.testing.ts';

/** A service of another project, reduced to its template. */
export interface ReducedService {
  /** The repository and path of the service. */
  readonly from: string;
  readonly resources: Readonly<Record<string, Resource | object>>;
  /** Further sections of the template. */
  readonly sections?: object;
  /** Signed requests that return 200: `POST /todos {"text":"x"}`. */
  readonly calls?: readonly string[];
  /** Logical IDs of functions to invoke. Each returns a value. */
  readonly invokes?: readonly string[];
}

/** The logical ID of the API in each template. */
const API = 'Api';

const ref = (Ref: string) => ({ Ref });
const att = (id: string, attribute = 'Arn') => ({ 'Fn::GetAtt': [id, attribute] });
const sub = (text: string) => ({ 'Fn::Sub': text });
const named = (suffix: string) => sub(`\${AWS::StackName}-${suffix}`);

const allow = (Action: string | readonly string[], Resource: unknown) => ({
  Effect: 'Allow',
  Action,
  Resource,
});

/** A role for functions, with these statements in its policy. */
function role(statements: readonly object[] = [], properties: object = {}): object {
  const { Type, Properties } = serviceRole('lambda.amazonaws.com');
  const document = { Version: '2012-10-17', Statement: statements };
  return {
    Type,
    Properties: {
      ...Properties,
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'],
      ...(statements.length > 0 && { Policies: [{ PolicyName: 'own', PolicyDocument: document }] }),
      ...properties,
    },
  };
}

const answer = (body = 'ok', headers = {}) =>
  `exports.handler = async () => (${JSON.stringify({ statusCode: 200, headers, body })});`;

function fn(properties: object = {}, code = answer(), roleId = 'Role'): object {
  const resource = functionResource(roleId, code);
  return { ...resource, Properties: { ...resource.Properties, ...properties } };
}

const environment = (Variables: object) => ({ Environment: { Variables } });

/** The method that the Serverless Framework generates for `cors: true`. */
const preflight = {
  authorizationType: 'NONE',
  properties: {
    MethodResponses: [
      {
        StatusCode: '200',
        ResponseParameters: { 'method.response.header.Access-Control-Allow-Origin': true },
        ResponseModels: {},
      },
    ],
    Integration: {
      Type: 'MOCK',
      RequestTemplates: { 'application/json': '{statusCode:200}' },
      ContentHandling: 'CONVERT_TO_TEXT',
      IntegrationResponses: [
        {
          StatusCode: '200',
          ResponseParameters: { 'method.response.header.Access-Control-Allow-Origin': "'*'" },
          ResponseTemplates: { 'application/json': '' },
        },
      ],
    },
  },
} as const;

interface ApiOptions {
  readonly cors?: boolean;
  /** Routes whose requests must be signed. */
  readonly signed?: readonly string[];
  /** Further properties of methods, by route. */
  readonly methods?: Readonly<Record<string, object>>;
  /** Further properties of the API and its stage. */
  readonly api?: object;
  readonly stage?: object;
}

/** An API. @param routes logical IDs of functions, by route */
function api(routes: Readonly<Record<string, string>>, options: ApiOptions = {}): Record<string, object> {
  const { cors = false, signed = [], methods = {} } = options;
  const paths = new Set(Object.keys(routes).map((route) => route.split(' ')[1]));
  const resources: Record<string, object> = apiResources(API, [
    ...Object.entries(routes).map(([route, functionId]) => ({
      route,
      functionId,
      authorizationType: signed.includes(route) ? ('AWS_IAM' as const) : ('NONE' as const),
      properties: { ApiKeyRequired: false, RequestParameters: {}, MethodResponses: [], ...methods[route] },
    })),
    ...(cors ? [...paths].map((path) => ({ ...preflight, route: `OPTIONS ${path}` })) : []),
  ]);
  for (const [id, more] of [
    [API, options.api],
    [`${API}Stage`, options.stage],
  ] as const) {
    const resource = resources[id] as Resource;
    resources[id] = { ...resource, Properties: { ...resource.Properties, ...more } };
  }
  for (const id of new Set(Object.values(routes))) {
    const SourceArn = sub(
      `arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${${API}}/*/*`,
    );
    resources[`${id}Permission`] = permission(id, { SourceArn });
  }
  return resources;
}

function permitService(functionId: string, Principal: string, SourceArn: unknown): object {
  return permission(functionId, { Principal, SourceArn });
}

function rule(functionId: string, ScheduleExpression: string, target: object = {}): object {
  const Targets = [{ Arn: att(functionId), Id: 'schedule', ...target }];
  return { Type: 'AWS::Events::Rule', Properties: { ScheduleExpression, State: 'ENABLED', Targets } };
}

function table(properties: object): object {
  return {
    Type: 'AWS::DynamoDB::Table',
    DeletionPolicy: 'Retain',
    Properties: {
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      ...properties,
    },
  };
}

const provisioned = { ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } };
const onDemand = { BillingMode: 'PAY_PER_REQUEST' };
const echo = `exports.handler = async ({ httpMethod, pathParameters }) => ({
  statusCode: 200,
  body: JSON.stringify({ httpMethod, ...pathParameters }),
});`;

const examples = 'serverless/examples: ';
const fixtures = 'oss-serverless/serverless: test/fixtures/programmatic/';

/** The services by stack name. A service comes after those whose exports it imports. */
export const servicesOfOthers: Readonly<Record<string, ReducedService>> = {
  hello: {
    from: `${examples}aws-node`,
    resources: { Role: role(), Hello: fn() },
    invokes: ['Hello'],
  },
  'environment-variables': {
    from: `${examples}aws-node-env-variables`,
    resources: {
      Role: role(),
      CreateUser: fn(
        environment({ EMAIL_SERVICE_API_KEY: 'KEYEXAMPLE1234', PASSWORD_ITERATIONS: '4096' }),
        'exports.handler = async () => process.env.PASSWORD_ITERATIONS;',
      ),
      ResetPassword: fn(
        environment({ EMAIL_SERVICE_API_KEY: 'KEYEXAMPLE1234' }),
        'exports.handler = async () => process.env.EMAIL_SERVICE_API_KEY;',
      ),
    },
    invokes: ['CreateUser', 'ResetPassword'],
  },
  'scheduled-cron': {
    from: `${examples}aws-node-scheduled-cron`,
    resources: {
      Role: role(),
      Cron: fn(),
      SecondCron: fn(),
      EveryMinute: rule('Cron', 'rate(1 minute)'),
      Workdays: rule('SecondCron', 'cron(0/2 * ? * MON-FRI *)'),
      CronPermission: permitService('Cron', 'events.amazonaws.com', att('EveryMinute')),
      SecondCronPermission: permitService('SecondCron', 'events.amazonaws.com', att('Workdays')),
    },
    invokes: ['Cron'],
  },
  'scheduled-weather': {
    from: `${examples}aws-node-scheduled-weather`,
    resources: {
      Role: role([allow('ses:SendEmail', '*')]),
      Weather: fn({ Timeout: 30 }),
      Daily: rule('Weather', 'rate(1 day)', { Input: '{"city":"Berlin"}' }),
      WeatherPermission: permitService('Weather', 'events.amazonaws.com', att('Daily')),
    },
    invokes: ['Weather'],
  },
  webhook: {
    from: `${examples}aws-node-github-webhook-listener`,
    resources: {
      Role: role(),
      Webhook: fn(environment({ GITHUB_WEBHOOK_SECRET: 'replace' })),
      ...api({ 'POST /webhook': 'Webhook' }, { cors: true }),
    },
    calls: ['POST /webhook', 'OPTIONS /webhook'],
  },
  'rest-api': {
    from: `${examples}aws-node-rest-api`,
    resources: { Role: role(), Hello: fn(), ...api({ 'GET /': 'Hello' }) },
    calls: ['GET /'],
  },
  'rest-api-dynamodb': {
    from: `${examples}aws-node-rest-api-with-dynamodb`,
    resources: {
      Todos: table({ TableName: named('todos'), ...provisioned }),
      Role: role([allow(['dynamodb:Query', 'dynamodb:Scan', 'dynamodb:GetItem'], att('Todos'))]),
      Crud: fn(environment({ DYNAMODB_TABLE: ref('Todos') }), echo),
      ...api(
        {
          'POST /todos': 'Crud',
          'GET /todos': 'Crud',
          'GET /todos/{id}': 'Crud',
          'PUT /todos/{id}': 'Crud',
          'DELETE /todos/{id}': 'Crud',
        },
        { cors: true },
      ),
    },
    calls: [
      'POST /todos',
      'GET /todos',
      'GET /todos/1',
      'PUT /todos/1',
      'DELETE /todos/1',
      'OPTIONS /todos/1',
    ],
  },
  'graphql-dynamodb': {
    from: `${examples}aws-node-graphql-api-with-dynamodb`,
    resources: {
      Users: table(provisioned),
      Role: role([allow('dynamodb:*', att('Users'))]),
      Query: fn(environment({ DYNAMODB_TABLE: ref('Users') })),
      ...api({ 'GET /query': 'Query' }),
    },
    calls: ['GET /query?query=greeting'],
  },
  'rest-api-dynamodb-offline': {
    from: `${examples}aws-node-rest-api-with-dynamodb-and-offline`,
    resources: {
      Todos: table(onDemand),
      Role: role([allow('dynamodb:*', att('Todos'))]),
      Create: fn(),
      List: fn(),
      ...api({ 'POST /todos': 'Create', 'GET /todos': 'List' }, { cors: true }),
    },
    calls: ['POST /todos', 'GET /todos'],
  },
  'signed-uploads': {
    from: `${examples}aws-node-signed-uploads`,
    resources: {
      Uploads: {
        Type: 'AWS::S3::Bucket',
        Properties: {
          CorsConfiguration: {
            CorsRules: [{ AllowedMethods: ['GET', 'PUT'], AllowedOrigins: ['*'], AllowedHeaders: ['*'] }],
          },
        },
      },
      Role: role([allow('s3:PutObject', sub(`\${Uploads.Arn}/*`))]),
      Sign: fn(environment({ BUCKET: ref('Uploads') })),
      ...api({ 'PUT /upload': 'Sign' }, { cors: true }),
    },
    calls: ['PUT /upload'],
  },
  payments: {
    from: `${examples}aws-node-stripe-integration`,
    resources: { Role: role(), Charge: fn(), ...api({ 'POST /charges': 'Charge' }, { cors: true }) },
    calls: ['POST /charges', 'OPTIONS /charges'],
  },
  'echo-bot': {
    from: `${examples}aws-node-telegram-echo-bot`,
    resources: { Role: role(), Webhook: fn(), ...api({ 'POST /my-custom-url': 'Webhook' }) },
    calls: ['POST /my-custom-url'],
  },
  'text-message': {
    from: `${examples}aws-node-twilio-send-text-message`,
    resources: {
      Role: role(),
      SendText: fn(),
      Page: fn({}, answer('<form></form>', { 'content-type': 'text/html' })),
      ...api({ 'POST /sendText': 'SendText', 'GET /': 'Page' }, { cors: true }),
    },
    calls: ['POST /sendText', 'GET /'],
  },
  'sns-post-processing': {
    from: `${examples}aws-node-text-analysis-via-sns-post-processing`,
    resources: {
      Analysis: {
        Type: 'AWS::SNS::Topic',
        Properties: {
          TopicName: named('analysis'),
          Subscription: [{ Protocol: 'lambda', Endpoint: att('Analyze') }],
        },
      },
      Role: role([allow('sns:Publish', '*')]),
      AddNote: fn(),
      Analyze: fn(),
      AnalyzePermission: permitService('Analyze', 'sns.amazonaws.com', ref('Analysis')),
      ...api({ 'POST /addNote': 'AddNote' }),
    },
    calls: ['POST /addNote'],
  },
  'recursive-function': {
    from: `${examples}aws-node-recursive-function`,
    resources: {
      Role: role([allow('lambda:InvokeFunction', '*')]),
      Recursive: fn({ FunctionName: named('recursive') }),
    },
    invokes: ['Recursive'],
  },
  'dynamodb-backup': {
    from: `${examples}aws-node-dynamodb-backup`,
    resources: {
      Role: role([allow(['dynamodb:ListTables', 'dynamodb:CreateBackup'], '*')]),
      Backup: fn(environment({ REGION: ref('AWS::Region') })),
      Nightly: rule('Backup', 'cron(0 2 * * ? *)'),
      BackupPermission: permitService('Backup', 'events.amazonaws.com', att('Nightly')),
    },
    invokes: ['Backup'],
  },
  'shared-gateway': {
    from: `${examples}aws-node-shared-gateway/gateway`,
    resources: { Shared: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'shared' } } },
    sections: {
      Outputs: {
        Id: { Value: ref('Shared'), Export: { Name: 'SharedGatewayId' } },
        Root: { Value: att('Shared', 'RootResourceId'), Export: { Name: 'SharedGatewayRoot' } },
      },
    },
  },
  'shared-gateway-users': {
    from: `${examples}aws-node-shared-gateway/users`,
    resources: {
      Role: role(),
      Users: fn(),
      UsersResource: {
        Type: 'AWS::ApiGateway::Resource',
        Properties: {
          RestApiId: { 'Fn::ImportValue': 'SharedGatewayId' },
          ParentId: { 'Fn::ImportValue': 'SharedGatewayRoot' },
          PathPart: 'users',
        },
      },
      UsersGet: {
        Type: 'AWS::ApiGateway::Method',
        Properties: {
          RestApiId: { 'Fn::ImportValue': 'SharedGatewayId' },
          ResourceId: ref('UsersResource'),
          HttpMethod: 'GET',
          AuthorizationType: 'NONE',
          Integration: { Type: 'MOCK' },
        },
      },
    },
    invokes: ['Users'],
  },
  'gateway-responses': {
    from: `${examples}aws-node-auth0-custom-authorizers-api, with AWS_IAM`,
    resources: {
      Role: role(),
      Public: fn(),
      Private: fn(),
      ...api(
        { 'GET /public': 'Public', 'GET /private': 'Private' },
        { cors: true, signed: ['GET /private'] },
      ),
      Default4xx: {
        Type: 'AWS::ApiGateway::GatewayResponse',
        Properties: {
          RestApiId: ref(API),
          ResponseType: 'DEFAULT_4XX',
          ResponseParameters: { 'gatewayresponse.header.Access-Control-Allow-Origin': "'*'" },
        },
      },
    },
    calls: ['GET /public', 'GET /private', 'OPTIONS /private'],
  },
  parameter: {
    from: `${examples}aws-node-serverless-gong`,
    resources: {
      Deals: {
        Type: 'AWS::SSM::Parameter',
        Properties: { Name: sub(`/\${AWS::StackName}/deals`), Type: 'String', Value: '0' },
      },
      Role: role([allow(['ssm:GetParameter', 'ssm:PutParameter'], '*')]),
      Gong: fn(environment({ NAME: ref('Deals') })),
      ...api({ 'POST /gong': 'Gong' }),
    },
    calls: ['POST /gong'],
  },
  'request-schema': {
    from: `${fixtures}request-schema`,
    resources: {
      Role: role(),
      Echo: fn(),
      Model: {
        Type: 'AWS::ApiGateway::Model',
        Properties: {
          RestApiId: ref(API),
          ContentType: 'application/json',
          Schema: { type: 'object', properties: { foo: { type: 'string' } }, required: ['foo'] },
        },
      },
      Validator: {
        Type: 'AWS::ApiGateway::RequestValidator',
        Properties: { RestApiId: ref(API), ValidateRequestBody: true },
      },
      ...api(
        { 'POST /test-direct': 'Echo' },
        {
          methods: {
            'POST /test-direct': {
              RequestValidatorId: ref('Validator'),
              RequestModels: { 'application/json': ref('Model') },
            },
          },
        },
      ),
    },
    calls: ['POST /test-direct {"foo":"bar"}'],
  },
  'request-parameters': {
    from: `${fixtures}request-parameters`,
    resources: {
      Role: role(),
      Echo: fn(),
      Validator: {
        Type: 'AWS::ApiGateway::RequestValidator',
        Properties: { RestApiId: ref(API), ValidateRequestParameters: true },
      },
      ...api(
        { 'GET /': 'Echo' },
        {
          methods: {
            'GET /': {
              RequestValidatorId: ref('Validator'),
              RequestParameters: { 'method.request.querystring.id': true },
            },
          },
        },
      ),
    },
    calls: ['GET /?id=1'],
  },
  'api-gateway-extended': {
    from: `${fixtures}api-gateway-extended`,
    resources: {
      Role: role(),
      Foo: fn(),
      Bar: fn(),
      Logs: {
        Type: 'AWS::Logs::LogGroup',
        Properties: { LogGroupName: sub(`/aws/api-gateway/\${AWS::StackName}`) },
      },
      ...api(
        { 'GET /foo': 'Foo', 'POST /foo': 'Foo', 'GET /bar/{marko}': 'Bar' },
        {
          api: { MinimumCompressionSize: 1024, BinaryMediaTypes: ['image/png'] },
          stage: {
            TracingEnabled: true,
            Variables: { purpose: 'test' },
            MethodSettings: [{ HttpMethod: '*', ResourcePath: '/*', LoggingLevel: 'INFO' }],
            AccessLogSetting: { DestinationArn: att('Logs'), Format: 'requestId: $context.requestId' },
            Tags: [{ Key: 'team', Value: 'api' }],
          },
        },
      ),
    },
    calls: ['GET /foo', 'POST /foo', 'GET /bar/x'],
  },
  function: {
    from: `${fixtures}function`,
    resources: {
      Role: role(),
      Logs: {
        Type: 'AWS::Logs::LogGroup',
        Properties: { LogGroupName: sub(`/aws/lambda/\${AWS::StackName}-basic`), RetentionInDays: 14 },
      },
      Basic: fn({
        FunctionName: named('basic'),
        MemorySize: 1024,
        Timeout: 6,
        Architectures: ['arm64'],
        EphemeralStorage: { Size: 1024 },
        TracingConfig: { Mode: 'Active' },
        ReservedConcurrentExecutions: 2,
        Tags: [{ Key: 'owner', Value: 'team' }],
      }),
      Version: {
        Type: 'AWS::Lambda::Version',
        DeletionPolicy: 'Retain',
        Properties: { FunctionName: ref('Basic') },
      },
    },
    invokes: ['Basic'],
  },
  invocation: {
    from: `${fixtures}invocation`,
    resources: {
      Role: role(),
      // Since nodejs24.x, handlers have no callbacks.
      Promised: fn({}, "exports.handler = () => Promise.resolve('done');"),
    },
    invokes: ['Promised'],
  },
  schedule: {
    from: `${fixtures}schedule`,
    resources: {
      Role: role(),
      Scheduled: fn(),
      Rule: rule('Scheduled', 'rate(1 minute)', {
        InputTransformer: { InputPathsMap: { time: '$.time' }, InputTemplate: '{"time": <time>}' },
      }),
      ScheduledPermission: permitService('Scheduled', 'events.amazonaws.com', att('Rule')),
    },
    invokes: ['Scheduled'],
  },
  sns: {
    from: `${fixtures}sns`,
    resources: {
      Role: role(),
      Consumer: fn(),
      Topic: { Type: 'AWS::SNS::Topic', Properties: { DisplayName: 'topic' } },
      Subscription: {
        Type: 'AWS::SNS::Subscription',
        Properties: {
          TopicArn: ref('Topic'),
          Protocol: 'lambda',
          Endpoint: att('Consumer'),
          FilterPolicy: { pet: ['dog'] },
        },
      },
      ConsumerPermission: permitService('Consumer', 'sns.amazonaws.com', ref('Topic')),
    },
    invokes: ['Consumer'],
  },
  ecr: {
    from: `${fixtures}ecr, its repository alone`,
    resources: {
      Images: {
        Type: 'AWS::ECR::Repository',
        Properties: { RepositoryName: named('images'), EmptyOnDelete: true },
      },
    },
  },
  esbuild: {
    from: 'floydspace/serverless-esbuild: examples/minimal',
    resources: { Role: role(), Validate: fn(), ...api({ 'GET /validate/{isin}': 'Validate' }) },
    calls: ['GET /validate/US0378331005'],
  },
  webpack: {
    from: 'serverless-heaven/serverless-webpack: examples/include-external-npm-packages',
    resources: {
      Role: role(),
      First: fn(),
      Second: fn(),
      ...api({ 'GET /first': 'First', 'GET /second': 'Second' }),
    },
    calls: ['GET /first', 'GET /second'],
  },
  'roles-per-function': {
    from: 'functionalone/serverless-iam-roles-per-function: README.md',
    resources: {
      Jobs: table({ ...onDemand, TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true } }),
      ReaderRole: role([allow('dynamodb:GetItem', att('Jobs'))], { RoleName: named('reader') }),
      WriterRole: role([allow('dynamodb:PutItem', att('Jobs'))], { RoleName: named('writer') }),
      Reader: fn({}, answer(), 'ReaderRole'),
      Writer: fn({}, answer(), 'WriterRole'),
    },
    invokes: ['Reader', 'Writer'],
  },
  'custom-domain': {
    from: 'amplify-education/serverless-domain-manager: test/integration-tests/deploy/basepath',
    resources: {
      Role: role(),
      Hello: fn(),
      ...api({ 'GET /hello': 'Hello' }, { api: { EndpointConfiguration: { Types: ['REGIONAL'] } } }),
      Domain: {
        Type: 'AWS::ApiGateway::DomainName',
        Properties: {
          DomainName: 'hello.example.com',
          RegionalCertificateArn: sub(
            `arn:aws:acm:\${AWS::Region}:\${AWS::AccountId}:certificate/11111111-2222-3333-4444-555555555555`,
          ),
          EndpointConfiguration: { Types: ['REGIONAL'] },
          SecurityPolicy: 'TLS_1_2',
        },
      },
      Mapping: {
        Type: 'AWS::ApiGateway::BasePathMapping',
        DependsOn: [`${API}Stage`],
        Properties: { DomainName: ref('Domain'), RestApiId: ref(API), Stage: 'dev', BasePath: 'api' },
      },
    },
    calls: ['GET /hello'],
  },
  express: {
    from: 'dougmoscrop/serverless-http: serverless.yml',
    resources: { Role: role(), App: fn(), ...api({ 'ANY /': 'App', 'ANY /{proxy+}': 'App' }) },
    calls: ['GET /', 'POST /a/b/c'],
  },
  checklist: {
    from: 'fourTheorem/slic-starter: packages/checklist-service',
    resources: {
      Checklists: table({ ...provisioned, SSESpecification: { SSEEnabled: true } }),
      Role: role([allow(['dynamodb:PutItem', 'dynamodb:Query'], att('Checklists'))]),
      Create: fn(environment({ TABLE: ref('Checklists'), STAGE: ref('Stage') })),
      Failures: {
        Type: 'AWS::CloudWatch::Alarm',
        Properties: {
          ComparisonOperator: 'GreaterThanThreshold',
          EvaluationPeriods: 1,
          Threshold: 0,
          Period: 60,
          MetricName: 'Errors',
          Namespace: 'AWS/Lambda',
          Statistic: 'Sum',
          Dimensions: [{ Name: 'FunctionName', Value: ref('Create') }],
        },
      },
      ...api({ 'POST /': 'Create' }, { signed: ['POST /'] }),
    },
    sections: {
      Parameters: { Stage: { Type: 'String', Default: 'dev', AllowedValues: ['dev', 'prod'] } },
      Conditions: { IsProduction: { 'Fn::Equals': [ref('Stage'), 'prod'] } },
    },
    calls: ['POST /'],
  },
  'big-mouth': {
    from: 'theburningmonk/manning-aws-lambda-operational-patterns-and-practices: serverless.yml',
    resources: {
      Restaurants: table(onDemand),
      Notifications: { Type: 'AWS::SNS::Topic' },
      Role: role([allow('dynamodb:Scan', att('Restaurants')), allow('sns:Publish', ref('Notifications'))]),
      Index: fn({}, answer('<html></html>', { 'content-type': 'text/html; charset=UTF-8' })),
      List: fn(),
      ...api({ 'GET /': 'Index', 'GET /restaurants': 'List' }, { signed: ['GET /restaurants'] }),
    },
    calls: ['GET /', 'GET /restaurants'],
  },
  'private-bucket': {
    from: 'serverless/serverless-graphql: app-client/apollo-client, with a private bucket',
    resources: {
      Site: {
        Type: 'AWS::S3::Bucket',
        Properties: {
          AccessControl: 'Private',
          OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
          LifecycleConfiguration: { Rules: [{ Id: 'clean', Status: 'Enabled', ExpirationInDays: 30 }] },
          VersioningConfiguration: { Status: 'Enabled' },
        },
      },
      Policy: {
        Type: 'AWS::S3::BucketPolicy',
        Properties: {
          Bucket: ref('Site'),
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Deny',
                Principal: '*',
                Action: 's3:*',
                Resource: [att('Site'), sub(`\${Site.Arn}/*`)],
                Condition: { Bool: { 'aws:SecureTransport': 'false' } },
              },
            ],
          },
        },
      },
    },
  },
};
