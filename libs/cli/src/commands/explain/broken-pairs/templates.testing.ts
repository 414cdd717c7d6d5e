import { API_ACCOUNT, CALLER_ACCOUNT, lambda, role, sub, trust } from '../../../stage/test-pair.testing.ts';

export const REGION = 'us-east-1';
export const EXTERNAL_ID = 'an-external-id';

/** A pair of an API and a function that calls it. */
export interface Shape {
  /** The name of the API and of its resource, and the prefix of the resources of account A. */
  readonly api: string;
  /** The prefix of the resources of account B. */
  readonly caller: string;
  /** Whether the function assumes a role of account A. Otherwise it calls as its own role, which the API's policy admits. */
  readonly assumesRole: boolean;
  /** Whether the API is private, and called through a VPC endpoint. */
  readonly isPrivate?: boolean;
}

/** A shape with the VPC endpoint of its API, if that is private. */
export interface PlacedShape extends Shape {
  readonly vpcEndpointId?: string | undefined;
}

/** A change of the API's template, for a break that only a deployment makes. */
export interface Variant {
  /** The method is open to anybody. */
  readonly withoutAuthorization?: boolean;
  /** The function behind the API is removed. */
  readonly withoutBackend?: boolean;
  /** `POST` is added to the resource. */
  readonly withPost?: boolean;
}

/** The role of account B as which the function runs. */
export const callerRoleName = ({ caller }: Shape): string => `${caller}-role`;
export const callerName = ({ caller }: Shape): string => `${caller}-run`;
export const callerRoleArn = (shape: Shape): string =>
  `arn:aws:iam::${CALLER_ACCOUNT}:role/${callerRoleName(shape)}`;
export const accessRoleName = ({ api }: Shape): string => `${api}-access`;
export const backendRoleName = ({ api }: Shape): string => `${api}-backend-role`;
export const backendName = ({ api }: Shape): string => `${api}-backend`;

/** The template of the API's account. */
export function apiTemplate(shape: PlacedShape, variant: Variant = {}): object {
  const { api, vpcEndpointId } = shape;
  const restApi = { Ref: 'Api' };
  const functionArn = `arn:aws:lambda:${REGION}:${API_ACCOUNT}:function:${backendName(shape)}`;
  const method = (HttpMethod: string) => ({
    Type: 'AWS::ApiGateway::Method',
    Properties: {
      RestApiId: restApi,
      ResourceId: { Ref: 'One' },
      HttpMethod,
      AuthorizationType: variant.withoutAuthorization === true ? 'NONE' : 'AWS_IAM',
      Integration: {
        Type: 'AWS_PROXY',
        IntegrationHttpMethod: 'POST',
        Uri: `arn:aws:apigateway:${REGION}:lambda:path/2015-03-31/functions/${functionArn}/invocations`,
      },
    },
  });
  const resource = (ParentId: object, PathPart: string) => ({
    Type: 'AWS::ApiGateway::Resource',
    Properties: { RestApiId: restApi, ParentId, PathPart },
  });
  return {
    Resources: {
      Api: {
        Type: 'AWS::ApiGateway::RestApi',
        Properties: {
          Name: api,
          ...(vpcEndpointId !== undefined && {
            EndpointConfiguration: { Types: ['PRIVATE'], VpcEndpointIds: [vpcEndpointId] },
          }),
          ...(!shape.assumesRole && { Policy: { Version: '2012-10-17', Statement: admission(shape) } }),
        },
      },
      All: resource({ 'Fn::GetAtt': ['Api', 'RootResourceId'] }, api),
      One: resource({ Ref: 'All' }, '{id}'),
      Get: method('GET'),
      ...(variant.withPost === true && { Post: method('POST') }),
      Deployment: {
        Type: 'AWS::ApiGateway::Deployment',
        DependsOn: ['Get'],
        Properties: { RestApiId: restApi },
      },
      Stage: {
        Type: 'AWS::ApiGateway::Stage',
        Properties: { RestApiId: restApi, DeploymentId: { Ref: 'Deployment' }, StageName: 'v1' },
      },
      BackendRole: role(backendRoleName(shape), trust({ Service: 'lambda.amazonaws.com' })),
      ...(variant.withoutBackend !== true && {
        Backend: lambda(backendName(shape), 'BackendRole', {}),
        Permission: {
          Type: 'AWS::Lambda::Permission',
          Properties: {
            FunctionName: { Ref: 'Backend' },
            Action: 'lambda:InvokeFunction',
            Principal: 'apigateway.amazonaws.com',
            SourceArn: sub('arn:aws:execute-api:<AWS::Region>:<AWS::AccountId>:<Api>/*/*'),
          },
        },
      }),
      ...(shape.assumesRole && {
        Access: role(
          accessRoleName(shape),
          trust(
            { AWS: `arn:aws:iam::${CALLER_ACCOUNT}:root` },
            {
              ArnEquals: { 'aws:PrincipalArn': callerRoleArn(shape) },
              StringEquals: { 'sts:ExternalId': EXTERNAL_ID },
            },
          ),
          {
            Sid: 'Invoke',
            Effect: 'Allow',
            Action: 'execute-api:Invoke',
            Resource: sub(`arn:aws:execute-api:<AWS::Region>:<AWS::AccountId>:<Api>/v1/*/${api}/*`),
          },
        ),
      }),
    },
    Outputs: { ApiId: { Value: restApi } },
  };
}

/** The statement of the API's policy that admits the caller's own role. */
function admission(shape: PlacedShape): object {
  const { api, vpcEndpointId } = shape;
  return {
    Sid: 'Admit',
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${CALLER_ACCOUNT}:root` },
    Action: 'execute-api:Invoke',
    Resource: `execute-api:/v1/*/${api}/*`,
    Condition: {
      ArnEquals: { 'aws:PrincipalArn': callerRoleArn(shape) },
      ...(vpcEndpointId !== undefined && { StringEquals: { 'aws:SourceVpce': vpcEndpointId } }),
    },
  };
}

/** The template of the caller's account: a function that returns its credentials, so a test can send its requests. */
export function callerTemplate(shape: PlacedShape, apiId: string): object {
  const apiArn = `arn:aws:execute-api:${REGION}:${API_ACCOUNT}:${apiId}`;
  const call = shape.assumesRole
    ? { Action: 'sts:AssumeRole', Resource: `arn:aws:iam::${API_ACCOUNT}:role/${accessRoleName(shape)}` }
    : { Action: 'execute-api:Invoke', Resource: `${apiArn}/v1/*/${shape.api}/*` };
  const connect = {
    Effect: 'Allow',
    Action: ['ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DeleteNetworkInterface'],
    Resource: '*',
  };
  const isPrivate = shape.isPrivate === true;
  const { Properties, ...rest } = lambda(callerName(shape), 'Role', {}) as { readonly Properties: object };
  return {
    Resources: {
      Role: role(
        callerRoleName(shape),
        trust({ Service: 'lambda.amazonaws.com' }),
        { Sid: 'Call', Effect: 'Allow', ...call },
        ...(isPrivate ? [connect] : []),
      ),
      Function: {
        ...rest,
        Properties: {
          ...Properties,
          Code: {
            ZipFile: `exports.handler = async () => ({
              accessKeyId: process.env.AWS_ACCESS_KEY_ID,
              secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
              sessionToken: process.env.AWS_SESSION_TOKEN,
            });`,
          },
          ...(isPrivate && {
            VpcConfig: {
              SubnetIds: ['subnet-0123456789abcdef0'],
              SecurityGroupIds: ['sg-0123456789abcdef0'],
            },
          }),
        },
      },
    },
    Outputs: { CallerArn: { Value: { 'Fn::GetAtt': ['Function', 'Arn'] } } },
  };
}
