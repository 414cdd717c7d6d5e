import { randomInt } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import { AwsError } from '../../core/errors.ts';
import type { Scope } from '../../core/scope.ts';
import { settingsFor } from './definition/method-settings.ts';
import type { DeployedApis } from './deployed-api.ts';
import type { Deployment, Method, Resource, RestApi, RestApiSettings, Stage } from './rest-api.ts';

/** All REST APIs, of every account and region, and the accounts' settings. */
export interface ApiStore {
  readonly clock: Clock;
  createApi(scope: Scope, settings: (id: string) => RestApiSettings, tags: Record<string, string>): RestApi;
  /** Of this account and region, oldest first. */
  apis(scope: Scope): readonly RestApi[];
  /** @throws AwsError `NotFoundException` */
  api(scope: Scope, id: string): RestApi;
  deleteApi(scope: Scope, id: string): void;
  /** The role with which API Gateway writes logs in an account and region. */
  cloudWatchRoleArn(scope: Scope): string | undefined;
  /** @throws AwsError `BadRequestException` if this is not a role that API Gateway may assume */
  setCloudWatchRoleArn(scope: Scope, arn: string | undefined): Promise<void>;
  /** What the data plane sees. */
  readonly deployed: DeployedApis;
}

/** The roles with which API Gateway writes logs. */
export interface CloudWatchRoles {
  /** The role that is set in an account from the beginning. */
  initial(accountId: string): string | undefined;
  /** Whether the role exists and trusts API Gateway. */
  isTrusting(roleArn: string): Promise<boolean>;
}

/** Makes an empty store. */
export function createApiStore(clock: Clock, roles: CloudWatchRoles): ApiStore {
  const apis = new Map<string, RestApi>();
  const cloudWatchRoles = new Map<string, string | undefined>();
  const find = (scope: Scope, id: string) => {
    const api = apis.get(id);
    return api?.accountId === scope.accountId && api.region === scope.region ? api : undefined;
  };
  return {
    clock,
    createApi(scope, settings, tags) {
      const id = randomId(10);
      const rootResourceId = randomId(10);
      const api: RestApi = {
        id,
        accountId: scope.accountId,
        region: scope.region,
        createdDate: clock.now(),
        rootResourceId,
        settings: settings(id),
        tags,
        resources: new Map([[rootResourceId, { id: rootResourceId, path: '/', methods: new Map() }]]),
        models: new Map(),
        requestValidators: new Map(),
        gatewayResponses: new Map(),
        deployments: new Map(),
        stages: new Map(),
      };
      apis.set(id, api);
      return api;
    },
    apis: (scope) =>
      [...apis.values()].filter((api) => api.accountId === scope.accountId && api.region === scope.region),
    api(scope, id) {
      const api = find(scope, id);
      if (api === undefined) {
        throw notFound(`Invalid API identifier specified ${scope.accountId}:${id}`);
      }
      return api;
    },
    deleteApi(scope, id) {
      if (find(scope, id) !== undefined) apis.delete(id);
    },
    cloudWatchRoleArn(scope) {
      const key = `${scope.accountId}:${scope.region}`;
      return cloudWatchRoles.has(key) ? cloudWatchRoles.get(key) : roles.initial(scope.accountId);
    },
    async setCloudWatchRoleArn(scope, arn) {
      if (arn !== undefined && !/^arn:[\w-]+:iam::\d{12}:role\/.{1,600}$/.test(arn)) {
        throw new AwsError('BadRequestException', `Invalid ARN specified in the request: ${arn}`);
      }
      if (arn !== undefined && !(await roles.isTrusting(arn))) {
        throw new AwsError(
          'BadRequestException',
          'The role ARN does not have required permissions configured. Please grant trust permission for API Gateway and add the required role policy.',
        );
      }
      cloudWatchRoles.set(`${scope.accountId}:${scope.region}`, arn);
    },
    deployed: {
      findStage(apiId, region, stageName) {
        const api = apis.get(apiId);
        const stage = api?.stages.get(stageName);
        if (api === undefined || api.region !== region || stage === undefined) return undefined;
        const deployment = api.deployments.get(stage.deploymentId);
        if (deployment === undefined) return undefined;
        return {
          apiId: api.id,
          apiName: api.settings.name,
          accountId: api.accountId,
          region: api.region,
          stageName: stage.stageName,
          deploymentId: deployment.id,
          api: deployment.api,
          variables: stage.variables,
          tracingEnabled: stage.tracingEnabled,
          ...(stage.accessLogSettings === undefined ? {} : { accessLog: stage.accessLogSettings }),
          defaultEndpointDisabled: api.settings.disableExecuteApiEndpoint,
          settingsFor: (resourcePath, httpMethod) =>
            settingsFor(stage.methodSettings, resourcePath, httpMethod),
        };
      },
    },
  };
}

/** API Gateway's kind of ID: digits and lower-case letters. */
export function randomId(length: number): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/** A `NotFoundException`, as every lookup of the control plane answers. */
export function notFound(message: string): AwsError {
  return new AwsError('NotFoundException', message, 404);
}

/** @throws AwsError `NotFoundException` */
export function resourceOf(api: RestApi, id: string): Resource {
  const resource = api.resources.get(id);
  if (resource === undefined) throw notFound('Invalid Resource identifier specified');
  return resource;
}

/** @throws AwsError `NotFoundException` */
export function methodOf(api: RestApi, resourceId: string, httpMethod: string): Method {
  const method = resourceOf(api, resourceId).methods.get(httpMethod);
  if (method === undefined) throw notFound('Invalid Method identifier specified');
  return method;
}

/** @throws AwsError `NotFoundException` */
export function stageOf(api: RestApi, stageName: string): Stage {
  const stage = api.stages.get(stageName);
  if (stage === undefined) throw notFound('Invalid stage identifier specified');
  return stage;
}

/** @throws AwsError `NotFoundException` */
export function deploymentOf(api: RestApi, id: string): Deployment {
  const deployment = api.deployments.get(id);
  if (deployment === undefined) throw notFound('Invalid Deployment identifier specified');
  return deployment;
}
