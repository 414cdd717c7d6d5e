import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { type LocalAws, type LocalAwsOptions, startLocalAws } from '@cross-account-api/local-aws';
import { pairProject } from '../project/pair.testing.ts';
import { type Run, runInProcess } from '../run-in-process.testing.ts';

/** Account A, which has the API. */
export const API_ACCOUNT = '111111111111';
/** Account B, which calls it. */
export const CALLER_ACCOUNT = '222222222222';

const INVOKE_ROLE = 'depot-local-invoke';
const CALLER = 'shop-local';

/** A local AWS with a pair that has the names, policies and outputs of the project {@link pairProject}, deployed without the framework. */
export interface TestPair {
  readonly aws: LocalAws;
  readonly root: string;
  readonly apiUrl: string;
  /** Settings for clients of the AWS SDK that act as an account's administrator. */
  sdk(accountId: string): {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  explain(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Run>;
  close(): Promise<void>;
}

/** The options of a test pair. */
export interface TestPairOptions extends Pick<LocalAwsOptions, 'organization'> {
  /** Default: `true` */
  readonly deploy?: boolean;
  /** Whether the API is an HTTP API. Default: a REST API */
  readonly http?: boolean;
  /** The routes that the invoke role may call, e.g. `POST/parcels`. Default: those of the API */
  readonly routes?: readonly string[];
}

/** Starts local AWS on a free port and deploys the pair to it. */
export async function startTestPair({
  deploy = true,
  http = false,
  routes,
  ...options
}: TestPairOptions = {}): Promise<TestPair> {
  await using stack = new AsyncDisposableStack();
  const root = await mkdtemp(join(tmpdir(), 'explain-'));
  stack.defer(() => rm(root, { recursive: true, force: true }));
  const aws = await startLocalAws({ ...options, root, port: 0 });
  stack.defer(() => aws.close());
  const sdk: TestPair['sdk'] = (accountId) => {
    const { accessKeyId, secretAccessKey } = aws.directory.administrator(accountId);
    return { endpoint: aws.url, region: 'us-east-1', credentials: { accessKeyId, secretAccessKey } };
  };
  let apiUrl = '';
  if (deploy) {
    const outputs = await createStack(sdk(API_ACCOUNT), 'depot-local', apiTemplate(http, routes));
    apiUrl = outputs.ApiUrl ?? '';
    await createStack(sdk(CALLER_ACCOUNT), CALLER, callerTemplate(apiUrl, outputs.InvokeRoleArn ?? ''));
  }
  const running = stack.move();
  return {
    aws,
    root,
    apiUrl,
    sdk,
    explain: (args, environment = {}) => runExplain(args, { LOCAL_AWS_ROOT: root, ...environment }),
    close: () => running.disposeAsync(),
  };
}

/** Runs `npm run explain` in the project {@link pairProject}. */
export function runExplain(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Run> {
  return runInProcess(['explain', ...args], pairProject, environment);
}

/** Creates a stack from a template. @returns its outputs */
export async function createStack(
  sdk: ReturnType<TestPair['sdk']>,
  StackName: string,
  template: object,
): Promise<Readonly<Record<string, string>>> {
  const client = new CloudFormationClient(sdk);
  try {
    const TemplateBody = JSON.stringify(template);
    await client.send(
      new CreateStackCommand({ StackName, TemplateBody, Capabilities: ['CAPABILITY_NAMED_IAM'] }),
    );
    await waitUntilStackCreateComplete({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { StackName });
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
    return Object.fromEntries(
      (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    );
  } finally {
    client.destroy();
  }
}

/** An HTTP API in the names that the framework gives to one. */
const httpApi = {
  resources: {
    Api: {
      Type: 'AWS::ApiGatewayV2::Api',
      Properties: { Name: 'depot-local', ProtocolType: 'HTTP' },
    },
    HttpApiStage: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: { ApiId: { Ref: 'Api' }, StageName: '$default', AutoDeploy: true },
    },
    HttpApiIntegrationParcels: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ApiId: { Ref: 'Api' },
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: { 'Fn::GetAtt': ['ParcelsLambdaFunction', 'Arn'] },
        PayloadFormatVersion: '2.0',
      },
    },
    HttpApiRoutePostParcels: httpRoute('POST /parcels'),
    HttpApiRouteGetParcelsIdVar: httpRoute('GET /parcels/{id}'),
    HttpApiRouteGetSender: httpRoute('GET /sender'),
    ParcelsLambdaPermissionHttpApi: permission('<Api>/*'),
  },
  stage: '$default',
  routes: ['POST/parcels', 'GET/parcels/*', 'GET/sender'],
  url: 'https://<Api>.execute-api.<AWS::Region>.amazonaws.com',
};

function httpRoute(RouteKey: string): object {
  return {
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: {
      ApiId: { Ref: 'Api' },
      RouteKey,
      AuthorizationType: 'AWS_IAM',
      Target: { 'Fn::Join': ['/', ['integrations', { Ref: 'HttpApiIntegrationParcels' }]] },
    },
  };
}

function apiTemplate(http: boolean, allowed?: readonly string[]): object {
  const { resources, routes, stage, url } = http ? httpApi : restApi();
  return {
    Resources: {
      ...resources,
      ParcelsRole: role('depot-local-parcels', trust({ Service: 'lambda.amazonaws.com' })),
      ParcelsLambdaFunction: lambda('depot-local-parcels', 'ParcelsRole', {}),
      InvokeRole: role(
        INVOKE_ROLE,
        trust(
          { AWS: `arn:aws:iam::${CALLER_ACCOUNT}:root` },
          {
            ArnEquals: { 'aws:PrincipalArn': `arn:aws:iam::${CALLER_ACCOUNT}:role/${CALLER}` },
            StringEquals: { 'sts:ExternalId': 'local-external-id' },
          },
        ),
        {
          Sid: 'InvokeRoutes',
          Effect: 'Allow',
          Action: 'execute-api:Invoke',
          Resource: (allowed ?? routes).map((route) =>
            sub(`arn:aws:execute-api:<AWS::Region>:<AWS::AccountId>:<Api>/${stage}/${route}`),
          ),
        },
      ),
    },
    Outputs: {
      ApiUrl: { Value: sub(url) },
      InvokeRoleArn: { Value: { 'Fn::GetAtt': ['InvokeRole', 'Arn'] } },
    },
  };
}

function permission(source: string): object {
  return {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      FunctionName: { Ref: 'ParcelsLambdaFunction' },
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
      SourceArn: sub(`arn:aws:execute-api:<AWS::Region>:<AWS::AccountId>:${source}`),
    },
  };
}

function restApi() {
  const restApi = { Ref: 'Api' };
  return {
    resources: {
      Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'depot-local' } },
      Path: {
        Type: 'AWS::ApiGateway::Resource',
        Properties: {
          RestApiId: restApi,
          ParentId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] },
          PathPart: 'parcels',
        },
      },
      Method: {
        Type: 'AWS::ApiGateway::Method',
        Properties: {
          RestApiId: restApi,
          ResourceId: { Ref: 'Path' },
          HttpMethod: 'POST',
          AuthorizationType: 'AWS_IAM',
          Integration: {
            Type: 'AWS_PROXY',
            IntegrationHttpMethod: 'POST',
            Uri: sub(
              'arn:aws:apigateway:<AWS::Region>:lambda:path/2015-03-31/functions/<ParcelsLambdaFunction.Arn>/invocations',
            ),
          },
        },
      },
      Deployment: {
        Type: 'AWS::ApiGateway::Deployment',
        DependsOn: ['Method'],
        Properties: { RestApiId: restApi, StageName: 'local' },
      },
      ParcelsLambdaPermissionApiGateway: permission('<Api>/*/*'),
    },
    stage: 'local',
    routes: ['POST/parcels'],
    url: 'https://<Api>.execute-api.<AWS::Region>.amazonaws.com/local',
  };
}

function callerTemplate(apiUrl: string, invokeRoleArn: string): object {
  return {
    Resources: {
      CallerRole: role(CALLER, trust({ Service: 'lambda.amazonaws.com' }), {
        Sid: 'AssumeInvokeRole',
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Resource: invokeRoleArn,
      }),
      CallerLambdaFunction: lambda(CALLER, 'CallerRole', {
        API_URL: apiUrl,
        INVOKE_ROLE_ARN: invokeRoleArn,
        EXTERNAL_ID: 'local-external-id',
      }),
    },
  };
}

/** A trust policy. */
export function trust(principal: object, condition?: object): object {
  const Action = 'sts:AssumeRole';
  return {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: principal, Action, ...(condition && { Condition: condition }) },
    ],
  };
}

/** A role that may write logs and take the actions of the statements. */
export function role(
  RoleName: string,
  AssumeRolePolicyDocument: object,
  ...statements: readonly object[]
): object {
  const PolicyDocument = { Version: '2012-10-17', Statement: statements };
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName,
      AssumeRolePolicyDocument,
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'],
      ...(statements.length === 0 ? {} : { Policies: [{ PolicyName: 'main', PolicyDocument }] }),
    },
  };
}

/** A function that answers 200. @param roleId the logical ID of its role */
export function lambda(
  FunctionName: string,
  roleId: string,
  variables: Readonly<Record<string, string>>,
): object {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      FunctionName,
      Role: { 'Fn::GetAtt': [roleId, 'Arn'] },
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: 'exports.handler = async () => ({ statusCode: 200, body: "{}" });' },
      Environment: { Variables: variables },
    },
  };
}

/** `Fn::Sub`, with `<name>` for `\${name}`, which JavaScript would read as its own. */
export function sub(text: string): object {
  return { 'Fn::Sub': text.replace(/<([^>]+)>/g, (_, name: string) => `$\{${name}}`) };
}
