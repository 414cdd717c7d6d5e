import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { PostMessageResponse } from '@cross-account-api/contract';
import type { AccessKey } from '../lib/local-aws-process.ts';
import { createStack } from './stacks.ts';

const REGION = 'us-east-1';

const RestApiId = { Ref: 'Api' };

/** What every route answers: the caller's function checks it by the contract. */
const mockAnswer: PostMessageResponse = {
  id: '6f1c7d3e-2b4a-4c58-9d0e-8a7b6c5d4e3f',
  received: { foo: 'bar' },
  caller: {
    accountId: '111111111111',
    arn: 'arn:aws:iam::111111111111:role/r',
    roleName: null,
    sessionName: null,
  },
  requestId: '1',
};

/**
 * A route of a REST API with the logical ID `Api`. Its answers cost nothing: what is measured is the way there.
 * @param id begins the logical IDs of its resources; that of the method is `${id}Method`
 */
export function mockRoute(
  id: string,
  HttpMethod: string,
  PathPart: string,
  AuthorizationType = 'AWS_IAM',
): Record<string, object> {
  const ParentId = { 'Fn::GetAtt': ['Api', 'RootResourceId'] };
  return {
    [id]: { Type: 'AWS::ApiGateway::Resource', Properties: { RestApiId, ParentId, PathPart } },
    [`${id}Method`]: {
      Type: 'AWS::ApiGateway::Method',
      Properties: {
        ...{ RestApiId, ResourceId: { Ref: id }, HttpMethod, AuthorizationType },
        MethodResponses: [{ StatusCode: '200' }],
        Integration: {
          Type: 'MOCK',
          RequestTemplates: { 'application/json': '{"statusCode":200}' },
          IntegrationResponses: [
            { StatusCode: '200', ResponseTemplates: { 'application/json': JSON.stringify(mockAnswer) } },
          ],
        },
      },
    },
  };
}

/** The stage `bench` of that API, and its deployment. @param routes the IDs of its routes */
export function mockStage(routes: readonly string[]): Record<string, object> {
  return {
    Deployment: {
      Type: 'AWS::ApiGateway::Deployment',
      DependsOn: routes.map((id) => `${id}Method`),
      Properties: { RestApiId },
    },
    Stage: {
      Type: 'AWS::ApiGateway::Stage',
      Properties: {
        RestApiId,
        DeploymentId: { Ref: 'Deployment' },
        StageName: 'bench',
        MethodSettings: [
          // Higher than any measured rate.
          { ResourcePath: '/*', HttpMethod: '*', ThrottlingRateLimit: 1e6, ThrottlingBurstLimit: 1e6 },
        ],
      },
    },
  };
}

/** An API with a resource policy, and the role that another account assumes for it. */
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
    ...mockRoute('Ping', 'GET', 'ping'),
    ...mockRoute('Messages', 'POST', 'messages'),
    // For the floor: unsigned requests.
    ...mockRoute('Open', 'POST', 'open', 'NONE'),
    ...mockStage(['Ping', 'Messages', 'Open']),
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { AWS: 'arn:aws:iam::222222222222:root' },
              Action: 'sts:AssumeRole',
            },
          ],
        },
        Policies: [
          {
            PolicyName: 'invoke-api',
            PolicyDocument: {
              Version: '2012-10-17',
              Statement: [
                {
                  Effect: 'Allow',
                  Action: 'execute-api:Invoke',
                  Resource: {
                    'Fn::Sub':
                      // biome-ignore lint/suspicious/noTemplateCurlyInString: for CloudFormation
                      'arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/bench/POST/messages',
                  },
                },
              ],
            },
          },
        ],
      },
    },
  },
  Outputs: { ApiId: { Value: RestApiId }, RoleArn: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
};

/** The API that benchmarks call. */
export interface MockApi {
  /** The address of `GET /ping`, for the load generator. */
  readonly host: string;
  readonly path: string;
  readonly region: string;
  /** The stage's URL. */
  readonly apiUrl: string;
  /** The role that account 222222222222 assumes for `POST /messages`. */
  readonly roleArn: string;
}

/** Deploys the API through CloudFormation. */
export async function deployMockApi(url: string, credentials: AccessKey): Promise<MockApi> {
  const client = new CloudFormationClient({ endpoint: url, region: REGION, credentials });
  const TemplateBody = JSON.stringify(template);
  const outputs = await createStack(client, { StackName: 'bench', TemplateBody });
  client.destroy();
  const host = `${outputs.get('ApiId')}.execute-api.${REGION}.amazonaws.com`;
  const apiUrl = `https://${host}/bench`;
  return { host, path: '/bench/ping', region: REGION, apiUrl, roleArn: outputs.get('RoleArn') ?? '' };
}
