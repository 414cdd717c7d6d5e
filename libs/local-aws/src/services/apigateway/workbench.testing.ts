import type { Clock } from '../../core/clock.ts';
import { unboundPrincipals } from '../../core/policy-principals.testing.ts';
import type { AwsRequest } from '../../core/request.ts';
import type { Scope } from '../../core/scope.ts';
import type { Endpoint } from '../../pipeline/endpoint.ts';
import { createApiGatewayV2Service } from '../apigatewayv2/index.ts';
import { readProperties } from '../resource-type.testing.ts';
import type { ResourceContext, ResourceState, ResourceType } from '../resource-type.ts';
import { type ApiGatewayOptions, createApiGatewayService } from './index.ts';
import type { CloudWatchRoles } from './store.ts';

/** The account and region of the tests' APIs. */
export const scope: Scope = { accountId: '111111111111', region: 'eu-central-1' };

/** A clock that only `advance` moves. */
export function stoppedClock(
  start = '2026-11-24T12:00:00Z',
): Clock & { advance(milliseconds: number): void } {
  let time = new Date(start).getTime();
  return {
    now: () => new Date(time),
    advance: (milliseconds) => {
      time += milliseconds;
    },
  };
}

/** The control planes of both kinds of API. Tests take CloudFormation's part. */
export interface Workbench
  extends ReturnType<typeof createApiGatewayService>,
    Pick<ReturnType<typeof createApiGatewayV2Service>, 'httpApis'> {
  /** The endpoint `apigatewayv2`. */
  readonly httpEndpoint: Endpoint;
  /** The resource types of REST APIs and HTTP APIs. */
  readonly allTypes: readonly ResourceType[];
  /** Creates a resource as CloudFormation does, and checks the properties against the type's schema. */
  create(typeName: string, properties: object, logicalId?: string): Promise<ResourceState>;
  update(
    typeName: string,
    current: ResourceState,
    properties: object,
    previous: object,
  ): Promise<ResourceState>;
  remove(typeName: string, current: ResourceState, properties: object): Promise<void>;
}

/** Creates a {@link Workbench}. */
export function createWorkbench(
  options: Partial<Omit<ApiGatewayOptions, 'cloudWatchRoles'>> & {
    readonly cloudWatchRoles?: Partial<CloudWatchRoles>;
  } = {},
): Workbench {
  const clock = options.clock ?? stoppedClock();
  const service = createApiGatewayService({
    clock,
    principals: unboundPrincipals,
    trustHost: async () => {},
    ...options,
    cloudWatchRoles: {
      initial: (accountId) => `arn:aws:iam::${accountId}:role/apigateway-cloudwatch-logs`,
      isTrusting: async () => true,
      ...options.cloudWatchRoles,
    },
  });
  const http = createApiGatewayV2Service({ clock, lagMs: options.lagMs, restApis: service.apis });
  const allTypes: readonly ResourceType[] = [...service.resourceTypes, ...http.resourceTypes];
  const find = (typeName: string) => {
    const type = allTypes.find((candidate) => candidate.typeName === typeName);
    if (type === undefined) throw new Error(`no resource type ${typeName}`);
    return type;
  };
  const context = (logicalId: string): ResourceContext => ({
    ...scope,
    stackName: 'api-local',
    stackId: 'arn:aws:cloudformation:eu-central-1:111111111111:stack/api-local/1',
    logicalId,
    generateName: () => `api-local-${logicalId}-ABC123`,
    tags: {},
  });
  return {
    ...service,
    allTypes,
    httpApis: http.httpApis,
    httpEndpoint: http.endpoint,
    create(typeName, properties, logicalId = 'Thing') {
      const type = find(typeName);
      return type.create(readProperties(type, properties), context(logicalId));
    },
    update(typeName, current, properties, previous) {
      const type = find(typeName);
      return type.update(
        current,
        readProperties(type, properties),
        readProperties(type, previous),
        context('Thing'),
      );
    },
    remove(typeName, current, properties) {
      const type = find(typeName);
      return type.delete(current, readProperties(type, properties), context('Thing'));
    },
  };
}

/** One route of {@link deployApi}. */
export interface TestRoute {
  readonly path: string;
  readonly method?: string;
  /** Properties of the method, or a function of the result of `prepare`. Default: IAM-authorized, and invokes the function. */
  readonly properties?: object | ((prepared: object) => object);
}

/** Parameters of {@link deployApi}. */
export interface TestApi {
  readonly api?: object;
  readonly routes: readonly TestRoute[];
  readonly stage?: object;
  /** Adds models, validators and gateway responses before the methods are created. */
  prepare?(workbench: Workbench, restApiId: string): Promise<object>;
}

/** The function that the tests' integrations invoke. */
export const functionArn = 'arn:aws:lambda:eu-central-1:111111111111:function:api-local-handler';

/** A Lambda proxy integration, as in a CloudFormation template. */
export const lambdaIntegration = {
  Type: 'AWS_PROXY',
  IntegrationHttpMethod: 'POST',
  Uri: `arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/${functionArn}/invocations`,
};

/** Creates an API with its routes, and deploys it to the stage `dev`. */
export async function deployApi(
  workbench: Workbench,
  { api, routes, stage, prepare }: TestApi,
): Promise<{ readonly restApiId: string; readonly deploymentId: string }> {
  const restApi = await workbench.create('AWS::ApiGateway::RestApi', { Name: 'messages', ...api });
  const restApiId = restApi.physicalId;
  const prepared = (await prepare?.(workbench, restApiId)) ?? {};
  const ids = new Map([['', String(restApi.attributes.RootResourceId)]]);
  for (const route of routes) {
    const resourceId = await resourceAt(workbench, restApiId, ids, route.path.replace(/^\/$/, ''));
    await workbench.create('AWS::ApiGateway::Method', {
      RestApiId: restApiId,
      ResourceId: resourceId,
      HttpMethod: route.method ?? 'GET',
      AuthorizationType: 'AWS_IAM',
      Integration: lambdaIntegration,
      ...(typeof route.properties === 'function' ? route.properties(prepared) : route.properties),
    });
  }
  const deployment = await workbench.create('AWS::ApiGateway::Deployment', { RestApiId: restApiId });
  await workbench.create('AWS::ApiGateway::Stage', {
    RestApiId: restApiId,
    DeploymentId: deployment.physicalId,
    StageName: 'dev',
    ...stage,
  });
  return { restApiId, deploymentId: deployment.physicalId };
}

async function resourceAt(
  workbench: Workbench,
  restApiId: string,
  ids: Map<string, string>,
  path: string,
): Promise<string> {
  const known = ids.get(path);
  if (known !== undefined) return known;
  const end = path.lastIndexOf('/');
  const parentId = await resourceAt(workbench, restApiId, ids, path.slice(0, end));
  const { physicalId } = await workbench.create('AWS::ApiGateway::Resource', {
    RestApiId: restApiId,
    ParentId: parentId,
    PathPart: path.slice(end + 1),
  });
  ids.set(path, physicalId);
  return physicalId;
}

let requests = 0;

/** A request as the listener creates it. */
export function request(
  parts: Partial<Omit<AwsRequest, 'body'>> & { readonly body?: string | Buffer },
): AwsRequest {
  requests += 1;
  return {
    requestId: `00000000-0000-4000-8000-${String(requests).padStart(12, '0')}`,
    method: 'GET',
    host: 'apigateway.eu-central-1.amazonaws.com',
    rawPath: '/',
    rawQuery: '',
    headers: [],
    sourceIp: '127.0.0.1',
    secureTransport: true,
    receivedAt: new Date('2026-11-24T12:00:00Z'),
    ...parts,
    body: Buffer.from(parts.body ?? ''),
  };
}
