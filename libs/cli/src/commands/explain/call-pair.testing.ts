import { join } from 'node:path';
import {
  CloudFormationClient,
  UpdateStackCommand,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation';
import { plainPalette } from '@cross-account-api/command-line/text';
import type { LocalAws } from '@cross-account-api/local-aws';
import { readCall } from '../../call/call-options.ts';
import {
  API_ACCOUNT,
  CALLER_ACCOUNT,
  createStack,
  lambda,
  role,
  startTestPair,
  sub,
  type TestPair,
  trust,
} from '../../stage/test-pair.testing.ts';
import { type CallExplanation, explainCall } from './explain-call.ts';

/** The external ID that the role of {@link CallPair} asks for. */
export const EXTERNAL_ID = 'orders-external-id';
export const REGION = 'us-east-1';
export const DOMAIN = 'api.orders.example';

type CallValues = Parameters<typeof readCall>[0];

/** A pair without this repository's names: function `billing-run` calls the API `orders` as role `orders-access`. */
export interface CallPair {
  readonly aws: LocalAws;
  readonly url: string;
  readonly apiId: string;
  readonly callerArn: string;
  readonly callerRoleArn: string;
  readonly roleArn: string;
  readonly sdk: TestPair['sdk'];
  /** The options of a call that succeeds. */
  readonly values: CallValues;
  /** Adds or removes the route `POST /orders` of the API, without a deployment. */
  setRoute(isThere: boolean): Promise<void>;
  /** Explains the call with other options. `undefined` leaves one out. */
  explain(
    changes?: { readonly [Name in keyof CallValues]?: CallValues[Name] | undefined },
  ): Promise<CallExplanation>;
  close(): Promise<void>;
}

/** Starts local AWS and deploys the pair. The environment of this process points the AWS SDK at it. */
export async function startCallPair(): Promise<CallPair> {
  const { aws, root, sdk, close } = await startTestPair({ deploy: false });
  process.env.AWS_CONFIG_FILE = join(root, '.local-aws/config');
  process.env.AWS_SHARED_CREDENTIALS_FILE = join(root, '.local-aws/credentials');
  const outputs = await createStack(sdk(API_ACCOUNT), 'orders', apiTemplate(false));
  const { ApiId: apiId = '', RoleArn: roleArn = '' } = outputs;
  const { CallerArn: callerArn = '', RoleArn: callerRoleArn = '' } = await createStack(
    sdk(CALLER_ACCOUNT),
    'billing',
    callerTemplate(roleArn),
  );
  const url = `https://${apiId}.execute-api.${REGION}.amazonaws.com/v1`;
  const values: CallValues = {
    api: url,
    route: ['GET /orders/7'],
    caller: callerArn,
    role: roleArn,
    'external-id': EXTERNAL_ID,
    'caller-profile': 'local-caller',
    'api-profile': 'local-api',
  };
  return {
    aws,
    url,
    apiId,
    callerArn,
    callerRoleArn,
    roleArn,
    sdk,
    values,
    close,
    setRoute: (isThere) => updateStack(sdk(API_ACCOUNT), 'orders', apiTemplate(isThere)),
    async explain(changes = {}) {
      const given = Object.entries({ ...values, ...changes }).filter(([, value]) => value !== undefined);
      const call = await readCall(Object.fromEntries(given));
      return explainCall(call, () => ({ palette: plainPalette, width: 100 }));
    },
  };
}

/** Updates a stack to another template, and waits for it. */
export async function updateStack(
  sdk: ReturnType<TestPair['sdk']>,
  StackName: string,
  template: object,
): Promise<void> {
  const client = new CloudFormationClient(sdk);
  try {
    await client.send(
      new UpdateStackCommand({
        StackName,
        TemplateBody: JSON.stringify(template),
        Capabilities: ['CAPABILITY_NAMED_IAM'],
      }),
    );
    await waitUntilStackUpdateComplete({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { StackName });
  } finally {
    client.destroy();
  }
}

function apiTemplate(hasSecondRoute: boolean): object {
  const restApi = { Ref: 'Orders' };
  const method = (HttpMethod: string, resource: string) => ({
    Type: 'AWS::ApiGateway::Method',
    Properties: {
      RestApiId: restApi,
      ResourceId: { Ref: resource },
      HttpMethod,
      AuthorizationType: 'AWS_IAM',
      Integration: {
        Type: 'AWS_PROXY',
        IntegrationHttpMethod: 'POST',
        Uri: sub(
          'arn:aws:apigateway:<AWS::Region>:lambda:path/2015-03-31/functions/<Backend.Arn>/invocations',
        ),
      },
    },
  });
  const resource = (ParentId: object, PathPart: string) => ({
    Type: 'AWS::ApiGateway::Resource',
    Properties: { RestApiId: restApi, ParentId, PathPart },
  });
  return {
    Resources: {
      Orders: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'orders' } },
      Path: resource({ 'Fn::GetAtt': ['Orders', 'RootResourceId'] }, 'orders'),
      OnePath: resource({ Ref: 'Path' }, '{id}'),
      GetOne: method('GET', 'OnePath'),
      ...(hasSecondRoute && { PostOne: method('POST', 'Path') }),
      Deployment: {
        Type: 'AWS::ApiGateway::Deployment',
        DependsOn: ['GetOne'],
        Properties: { RestApiId: restApi },
      },
      Stage: {
        Type: 'AWS::ApiGateway::Stage',
        Properties: { RestApiId: restApi, DeploymentId: { Ref: 'Deployment' }, StageName: 'v1' },
      },
      Domain: {
        Type: 'AWS::ApiGateway::DomainName',
        Properties: {
          DomainName: DOMAIN,
          EndpointConfiguration: { Types: ['REGIONAL'] },
          RegionalCertificateArn: `arn:aws:acm:${REGION}:${API_ACCOUNT}:certificate/1`,
        },
      },
      Mapping: {
        Type: 'AWS::ApiGateway::BasePathMapping',
        DependsOn: ['Stage'],
        Properties: { DomainName: { Ref: 'Domain' }, RestApiId: restApi, Stage: 'v1', BasePath: 'shop' },
      },
      BackendRole: role('orders-backend-role', trust({ Service: 'lambda.amazonaws.com' })),
      Backend: lambda('orders-backend', 'BackendRole', {}),
      Permission: {
        Type: 'AWS::Lambda::Permission',
        Properties: {
          FunctionName: { Ref: 'Backend' },
          Action: 'lambda:InvokeFunction',
          Principal: 'apigateway.amazonaws.com',
          SourceArn: sub('arn:aws:execute-api:<AWS::Region>:<AWS::AccountId>:<Orders>/*/*'),
        },
      },
      Access: withPath(
        '/partners/',
        role(
          'orders-access',
          trust(
            { AWS: `arn:aws:iam::${CALLER_ACCOUNT}:root` },
            { StringEquals: { 'sts:ExternalId': EXTERNAL_ID } },
          ),
          {
            Effect: 'Allow',
            Action: 'execute-api:Invoke',
            Resource: [
              sub('arn:aws:execute-api:<AWS::Region>:<AWS::AccountId>:<Orders>/v1/GET/orders/*'),
              sub('arn:aws:execute-api:<AWS::Region>:<AWS::AccountId>:<Orders>/v1/POST/orders'),
            ],
          },
        ),
      ),
    },
    Outputs: {
      ApiId: { Value: restApi },
      RoleArn: { Value: { 'Fn::GetAtt': ['Access', 'Arn'] } },
    },
  };
}

function callerTemplate(roleArn: string): object {
  return {
    Resources: {
      Role: withPath(
        '/apps/',
        role('billing-role', trust({ Service: 'lambda.amazonaws.com' }), {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Resource: roleArn,
        }),
      ),
      Function: lambda('billing-run', 'Role', {}),
    },
    Outputs: {
      CallerArn: { Value: { 'Fn::GetAtt': ['Function', 'Arn'] } },
      RoleArn: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } },
    },
  };
}

function withPath(Path: string, template: object): object {
  const { Properties, ...rest } = template as { readonly Properties: object };
  return { ...rest, Properties: { ...Properties, Path } };
}
