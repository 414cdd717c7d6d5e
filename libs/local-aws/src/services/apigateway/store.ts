import { randomInt } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import { defined } from '../../core/defined.ts';
import { AwsError } from '../../core/errors.ts';
import type { PolicyDocument } from '../../core/principal.ts';
import type { Scope } from '../../core/scope.ts';
import { type FullMethodSettings, settingsFor } from './definition/method-settings.ts';
import type {
  AccessLogSettings,
  CustomGatewayResponse,
  DeployedApi,
  DeployedApis,
  Integration,
} from './deployed-api.ts';

/** A REST API as its owner edits it. */
export interface RestApi extends Scope {
  readonly id: string;
  readonly createdDate: Date;
  readonly rootResourceId: string;
  settings: RestApiSettings;
  tags: Readonly<Record<string, string>>;
  readonly resources: Map<string, Resource>;
  /** By name. */
  readonly models: Map<string, ModelSchema>;
  readonly requestValidators: Map<string, RequestValidator>;
  /** By response type. */
  readonly gatewayResponses: Map<string, CustomGatewayResponse>;
  readonly deployments: Map<string, Deployment>;
  /** By name. */
  readonly stages: Map<string, Stage>;
}

/** What an owner sets on the API itself. */
export interface RestApiSettings {
  readonly name: string;
  readonly description?: string;
  /** With `execute-api:/…` expanded. */
  readonly policy?: PolicyDocument;
  readonly binaryMediaTypes: readonly string[];
  readonly endpointConfiguration: { readonly types: readonly string[]; readonly ipAddressType: string };
  readonly apiKeySource: string;
  readonly disableExecuteApiEndpoint: boolean;
  readonly minimumCompressionSize?: number;
}

/** A path. */
export interface Resource {
  readonly id: string;
  readonly parentId?: string;
  readonly pathPart?: string;
  readonly path: string;
  /** By HTTP method, or `ANY`. */
  readonly methods: Map<string, Method>;
}

/** A method on a path. */
export interface Method {
  readonly httpMethod: string;
  readonly authorizationType: 'NONE' | 'AWS_IAM';
  readonly operationName?: string;
  readonly requestValidatorId?: string;
  /** By `method.request.<location>.<name>`: whether it is required. */
  readonly requestParameters: Readonly<Record<string, boolean>>;
  /** Model names by content type. */
  readonly requestModels: Readonly<Record<string, string>>;
  readonly methodResponses: readonly MethodResponse[];
  readonly integration?: {
    readonly compiled: Integration;
    /** As `GetIntegration` shows it. */
    readonly description: object;
  };
}

/** A response that a method declares. */
export interface MethodResponse {
  readonly statusCode: string;
  /** By `method.response.header.<name>`. */
  readonly responseParameters: Readonly<Record<string, boolean>>;
  readonly responseModels: Readonly<Record<string, string>>;
}

/** A JSON schema for bodies; for a content type other than JSON, it may be any text. */
export type ModelSchema = Readonly<Record<string, unknown>> | string;

/** What is checked of a request. */
export interface RequestValidator {
  readonly validateRequestBody: boolean;
  readonly validateRequestParameters: boolean;
}

/** An immutable copy of the API. */
export interface Deployment {
  readonly id: string;
  description?: string;
  readonly createdDate: Date;
  readonly api: DeployedApi;
}

/** A named reference to a deployment, with settings. */
export interface Stage {
  readonly stageName: string;
  readonly createdDate: Date;
  lastUpdatedDate: Date;
  settings: StageSettings;
  tags: Readonly<Record<string, string>>;
}

/** What an owner sets on a stage. */
export interface StageSettings {
  readonly deploymentId: string;
  readonly description?: string;
  readonly documentationVersion?: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly tracingEnabled: boolean;
  readonly accessLogSettings?: AccessLogSettings;
  /** By `<path without leading slash>/<METHOD>`; `*` `/` `*` for all methods. */
  readonly methodSettings: ReadonlyMap<string, FullMethodSettings>;
}

/** All REST APIs, of every account and region, and the accounts' settings. */
export interface ApiStore {
  readonly clock: Clock;
  createApi(scope: Scope, settings: (id: string) => RestApiSettings, tags: RestApi['tags']): RestApi;
  /** Of this account and region, oldest first. */
  apis(scope: Scope): readonly RestApi[];
  findApi(scope: Scope, id: string): RestApi | undefined;
  /** @throws AwsError `NotFoundException` */
  api(scope: Scope, id: string): RestApi;
  deleteApi(scope: Scope, id: string): void;
  /**
   * Adds a stage.
   * @throws AwsError `ConflictException` if the name is taken, `BadRequestException` for an invalid name,
   * `NotFoundException` for an unknown deployment
   */
  addStage(api: RestApi, stageName: string, settings: StageSettings, tags?: Stage['tags']): void;
  /** Replaces a stage's settings. */
  updateStage(stage: Stage, settings: StageSettings): void;
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
  const isIn = ({ accountId, region }: Scope, api: RestApi | undefined) =>
    api?.accountId === accountId && api.region === region;

  const store: ApiStore = {
    clock,
    createApi({ accountId, region }, settings, tags) {
      const id = randomId(10);
      const rootResourceId = randomId(10);
      const api: RestApi = {
        id,
        accountId,
        region,
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
    apis: (scope) => [...apis.values()].filter((api) => isIn(scope, api)),
    findApi(scope, id) {
      const api = apis.get(id);
      return isIn(scope, api) ? api : undefined;
    },
    api: (scope, id) =>
      found(store.findApi(scope, id), `Invalid API identifier specified ${scope.accountId}:${id}`),
    deleteApi(scope, id) {
      if (store.findApi(scope, id) !== undefined) apis.delete(id);
    },
    addStage(api, stageName, settings, tags = {}) {
      if (!/^\w[\w-]{0,127}$/.test(stageName)) throw badRequest('Stage name only allows a-zA-Z0-9_-');
      if (api.stages.has(stageName)) throw conflict('Stage already exists');
      deploymentOf(api, settings.deploymentId);
      const now = clock.now();
      api.stages.set(stageName, { stageName, createdDate: now, lastUpdatedDate: now, settings, tags });
    },
    updateStage(stage, settings) {
      stage.settings = settings;
      stage.lastUpdatedDate = clock.now();
    },
    cloudWatchRoleArn({ accountId, region }) {
      const key = `${accountId}:${region}`;
      return cloudWatchRoles.has(key) ? cloudWatchRoles.get(key) : roles.initial(accountId);
    },
    async setCloudWatchRoleArn({ accountId, region }, arn) {
      if (arn !== undefined && !/^arn:[\w-]+:iam::\d{12}:role\/.{1,600}$/.test(arn)) {
        throw badRequest(`Invalid ARN specified in the request: ${arn}`);
      }
      if (arn !== undefined && !(await roles.isTrusting(arn))) {
        throw badRequest(
          'The role ARN does not have required permissions configured. Please grant trust permission for API Gateway and add the required role policy.',
        );
      }
      cloudWatchRoles.set(`${accountId}:${region}`, arn);
    },
    deployed: {
      findStage(apiId, region, stageName) {
        const api = apis.get(apiId);
        const settings = api?.stages.get(stageName)?.settings;
        const deployment = settings && api?.deployments.get(settings.deploymentId);
        if (api?.region !== region || settings === undefined || deployment === undefined) return undefined;
        return {
          apiId,
          apiName: api.settings.name,
          accountId: api.accountId,
          region,
          stageName,
          deploymentId: deployment.id,
          api: deployment.api,
          variables: settings.variables,
          tracingEnabled: settings.tracingEnabled,
          defaultEndpointDisabled: api.settings.disableExecuteApiEndpoint,
          settingsFor: (resourcePath, httpMethod) =>
            settingsFor(settings.methodSettings, resourcePath, httpMethod),
          ...defined({ accessLog: settings.accessLogSettings }),
        };
      },
    },
  };
  return store;
}

/** API Gateway's kind of ID: digits and lower-case letters. */
export function randomId(length: number): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/** The error for what API Gateway does not accept. */
export function badRequest(message: string): AwsError {
  return new AwsError('BadRequestException', message);
}

/** The error for a part of an API that does not exist. */
export function notFound(message: string): AwsError {
  return new AwsError('NotFoundException', message, 404);
}

/** The error for a part of an API that exists already. */
export function conflict(message: string): AwsError {
  return new AwsError('ConflictException', message, 409);
}

function found<Part>(part: Part | undefined, message: string): Part {
  if (part === undefined) throw notFound(message);
  return part;
}

/** @throws AwsError `NotFoundException` */
export function resourceOf(api: RestApi, id: string): Resource {
  return found(api.resources.get(id), 'Invalid Resource identifier specified');
}

/** @throws AwsError `NotFoundException` */
export function methodOf(api: RestApi, resourceId: string, httpMethod: string): Method {
  return found(resourceOf(api, resourceId).methods.get(httpMethod), 'Invalid Method identifier specified');
}

/** @throws AwsError `NotFoundException` */
export function stageOf(api: RestApi, stageName: string): Stage {
  return found(api.stages.get(stageName), 'Invalid stage identifier specified');
}

/** @throws AwsError `NotFoundException` */
export function deploymentOf(api: RestApi, id: string): Deployment {
  return found(api.deployments.get(id), 'Invalid Deployment identifier specified');
}

/** @throws AwsError `NotFoundException` */
export function requestValidatorOf(api: RestApi, id: string): RequestValidator {
  return found(api.requestValidators.get(id), 'Invalid Request Validator identifier specified');
}
