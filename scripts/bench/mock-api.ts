import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import type { AccessKey } from '../lib/local-aws-process.ts';

const RestApiId = { Ref: 'Api' };
const REGION = 'us-east-1';

/** `GET /dev/ping`: requires signed requests, has a resource policy and no backend. */
const template = {
  Resources: {
    Api: {
      Type: 'AWS::ApiGateway::RestApi',
      Properties: {
        Name: 'bench',
        Policy: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*' },
            {
              Effect: 'Deny',
              Principal: '*',
              Action: 'execute-api:Invoke',
              Resource: 'execute-api:/*',
              Condition: { NotIpAddress: { 'aws:SourceIp': '127.0.0.0/8' } },
            },
          ],
        },
      },
    },
    Ping: {
      Type: 'AWS::ApiGateway::Resource',
      Properties: { RestApiId, ParentId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] }, PathPart: 'ping' },
    },
    Get: {
      Type: 'AWS::ApiGateway::Method',
      Properties: {
        RestApiId,
        ResourceId: { Ref: 'Ping' },
        HttpMethod: 'GET',
        AuthorizationType: 'AWS_IAM',
        MethodResponses: [{ StatusCode: '200' }],
        Integration: {
          Type: 'MOCK',
          RequestTemplates: { 'application/json': '{"statusCode":200}' },
          IntegrationResponses: [
            { StatusCode: '200', ResponseTemplates: { 'application/json': '{"ok":true}' } },
          ],
        },
      },
    },
    Deployment: { Type: 'AWS::ApiGateway::Deployment', DependsOn: ['Get'], Properties: { RestApiId } },
    Stage: {
      Type: 'AWS::ApiGateway::Stage',
      Properties: {
        RestApiId,
        DeploymentId: { Ref: 'Deployment' },
        StageName: 'dev',
        MethodSettings: [
          {
            ResourcePath: '/*',
            HttpMethod: '*',
            // Higher than any measured rate.
            ThrottlingRateLimit: 1_000_000,
            ThrottlingBurstLimit: 1_000_000,
          },
        ],
      },
    },
  },
  Outputs: { ApiId: { Value: RestApiId } },
};

/** The address of the API, for the load generator. */
export interface MockApi {
  readonly host: string;
  readonly path: string;
  readonly region: string;
}

/** Deploys an API with a MOCK integration through CloudFormation. */
export async function deployMockApi(url: string, credentials: AccessKey): Promise<MockApi> {
  const client = new CloudFormationClient({ endpoint: url, region: REGION, credentials });
  const StackName = 'bench';
  await client.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify(template) }));
  await waitUntilStackCreateComplete({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { StackName });
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
  client.destroy();
  const apiId = Stacks?.[0]?.Outputs?.[0]?.OutputValue ?? '';
  return { host: `${apiId}.execute-api.${REGION}.amazonaws.com`, path: '/dev/ping', region: REGION };
}
