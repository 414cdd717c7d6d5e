import type { PolicyDocument } from '@cross-account-api/iam';
import type { LagOptions } from '../../core/lag.ts';
import type { Scope } from '../../core/scope.ts';
import {
  type AnyApi,
  ApiCollection,
  type DeployedStageOf,
  randomId,
  type Stage,
  type Tags,
} from './definition/api-collection.ts';
import { badRequest, partOf } from './definition/errors.ts';
import type { Integration } from './definition/integration.ts';
import type { LambdaAuthorizer } from './definition/lambda-authorizer.ts';
import { type CustomGatewayResponse, type MethodProperties, ROLE_ARN } from './definition/properties.ts';
import type { AccessLogSettings, FullMethodSettings } from './definition/stage-settings.ts';
import { DomainNames } from './domain-names.ts';

/** A REST API as its owner edits it. */
export interface RestApi extends AnyApi<StageSettings> {
  readonly rootResourceId: string;
  settings: RestApiSettings;
  resources: Map<string, Resource>;
  models: Map<string, ModelSchema>;
  requestValidators: Map<string, RequestValidator>;
  gatewayResponses: Map<string, CustomGatewayResponse>;
  /** By ID. `undefined` for a user pool, which is not asked here. */
  readonly authorizers: Map<string, LambdaAuthorizer | undefined>;
  readonly deployments: Map<string, Deployment>;
}

/** The settings of a REST API. */
export interface RestApiSettings {
  readonly name: string;
  readonly description?: string;
  /** With `execute-api:/…` expanded. */
  readonly policy?: PolicyDocument;
  readonly binaryMediaTypes: readonly string[];
  readonly endpointConfiguration: {
    readonly types: readonly string[];
    readonly ipAddressType: string;
    readonly vpcEndpointIds?: readonly string[];
  };
  readonly apiKeySource: string;
  readonly disableExecuteApiEndpoint: boolean;
  readonly minimumCompressionSize?: number;
  readonly securityPolicy: string;
  /** Only with a security policy that begins with `SecurityPolicy_`. */
  readonly endpointAccessMode?: string | undefined;
}

/** A JSON schema for bodies; for a content type other than JSON, it may be any text. */
export type ModelSchema = Readonly<Record<string, unknown>> | string;

/** The checks of a request. */
export interface RequestValidator {
  readonly validateRequestBody: boolean;
  readonly validateRequestParameters: boolean;
}

/** A deployment, with an immutable copy of the API. */
export interface Deployment {
  readonly id: string;
  description?: string | undefined;
  readonly createdDate: Date;
  readonly api: DeployedApi;
}

/** The roles that API Gateway uses to write logs. */
export interface CloudWatchRoles {
  /** The initial role of an account. */
  initial(accountId: string): string | undefined;
  /** Whether the role exists and trusts API Gateway. */
  isTrusting(roleArn: string): Promise<boolean>;
}

/** All REST APIs, of every account and region, and the accounts' settings. */
export class ApiStore extends ApiCollection<RestApi, StageSettings, DeployedApi, 'REST', 'RestApiId'> {
  readonly kind = {
    protocol: 'REST',
    idProperty: 'RestApiId',
    collection: 'restapis',
    missing: (id: string, { accountId }: Scope) => `Invalid API identifier specified ${accountId}:${id}`,
    stageName: /^\w[\w-]{0,127}$/,
    stageNameRule: 'Stage name only allows a-zA-Z0-9_-',
    missingStage: () => 'Invalid stage identifier specified',
  } as const;
  readonly domainNames: DomainNames;
  readonly #roles: CloudWatchRoles;
  readonly #roleArns = new Map<string, string | undefined>();

  /** @param trust see {@link DomainNames} */
  constructor(lag: LagOptions, roles: CloudWatchRoles, trust: (hostname: string) => Promise<void>) {
    super(lag);
    this.domainNames = new DomainNames(trust);
    this.#roles = roles;
  }

  /** @param complete adds the first parts; if it throws, the API is not created */
  createApi(
    { id, accountId, region }: Scope & { readonly id: string },
    settings: RestApiSettings,
    tags: Tags,
    complete: (api: RestApi) => void,
  ): RestApi {
    const rootResourceId = randomId(10);
    const api: RestApi = {
      id,
      accountId,
      region,
      createdDate: this.clock.now(),
      rootResourceId,
      settings,
      tags,
      resources: new Map([[rootResourceId, { id: rootResourceId, path: '/', methods: new Map() }]]),
      models: new Map(),
      requestValidators: new Map(),
      gatewayResponses: new Map(),
      authorizers: new Map(),
      deployments: new Map(),
      stages: new Map(),
    };
    complete(api);
    this.items.set(id, api);
    return api;
  }

  override updateStage(api: RestApi, stage: Stage<StageSettings>, settings: StageSettings): void {
    partOf(api.deployments, settings.deploymentId, 'Deployment');
    super.updateStage(api, stage, settings);
  }

  /** The role that API Gateway uses to write logs in an account and region. */
  cloudWatchRoleArn({ accountId, region }: Scope): string | undefined {
    const key = `${accountId}:${region}`;
    return this.#roleArns.has(key) ? this.#roleArns.get(key) : this.#roles.initial(accountId);
  }

  async setCloudWatchRoleArn({ accountId, region }: Scope, arn: string | undefined): Promise<void> {
    if (arn !== undefined && !ROLE_ARN.test(arn)) {
      throw badRequest(`Invalid ARN specified in the request: ${arn}`);
    }
    if (arn !== undefined && !(await this.#roles.isTrusting(arn))) {
      throw badRequest(
        'The role ARN does not have required permissions configured. Please grant trust permission for API Gateway and add the required role policy.',
      );
    }
    this.#roleArns.set(`${accountId}:${region}`, arn);
  }

  protected deployedApi({ deployments }: RestApi, { settings }: Stage<StageSettings>) {
    return deployments.get(settings.deploymentId)?.api;
  }
}

/** A stage of a REST API, its settings, and the deployment that it points to. */
export type DeployedStage = DeployedStageOf<'REST', DeployedApi> & StageSettings;

/** The settings of a stage. */
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

/** An API as deployed. Immutable. */
export interface DeployedApi {
  /** The resource policy, with `execute-api:/…` expanded. */
  readonly policy?: PolicyDocument;
  readonly binaryMediaTypes: readonly string[];
  readonly resources: readonly Resource<DeployedMethod>[];
  readonly gatewayResponses: ReadonlyMap<string, CustomGatewayResponse>;
}

/** A path of an API. */
export interface Resource<AnyMethod = Method> {
  readonly id: string;
  readonly parentId?: string;
  readonly pathPart?: string;
  /** e.g. `/messages/{id}` */
  readonly path: string;
  /** By HTTP method, or `ANY`. */
  readonly methods: Map<string, AnyMethod>;
}

/** A method on a path. */
export interface Method extends Omit<MethodProperties, 'integration'> {
  readonly integration?: Integration;
  /** The integration as API Gateway's API shows it. */
  readonly methodIntegration?: object;
}

/** A method that can be called. */
export interface DeployedMethod extends Pick<Method, 'authorizationType'> {
  readonly httpMethod: string;
  readonly integration: Integration;
  /** Present if a Lambda authorizer admits the callers. */
  readonly authorizer?: LambdaAuthorizer;
  readonly validation?: RequestValidation;
}

/** The parameters and bodies that a request must have to reach the integration. */
export interface RequestValidation {
  readonly requiredParameters: readonly RequestParameter[];
  /** By content type: whether a JSON document conforms to the model; `undefined` for a model that accepts every body. */
  readonly bodies: ReadonlyMap<string, ((document: unknown) => boolean) | undefined>;
}

/** A parameter of a request. */
export interface RequestParameter {
  readonly location: 'header' | 'querystring' | 'path';
  readonly name: string;
}

/** Reads `method.request.<location>.<name>`, as templates name a parameter. */
export function requestParameter(expression: string): RequestParameter | undefined {
  const [, location, name] =
    /^method\.request\.(header|querystring|path)\.(.{1,200})$/.exec(expression) ?? [];
  if (location === undefined || name === undefined) return undefined;
  return { location: location as RequestParameter['location'], name };
}

/** The function that an integration calls. */
export interface FunctionTarget {
  /** As configured; may contain `${stageVariables.name}`. */
  readonly functionArn: string;
  readonly timeoutInMillis: number;
  /** The principal that invokes the function: `caller`, or the ARN of a role. Absent: API Gateway. */
  readonly credentials?: string;
}
