import type { PolicyDocument } from '@cross-account-api/iam';
import type { LagOptions } from '../../core/lag.ts';
import type { Scope } from '../../core/scope.ts';
import { type AnyApi, ApiCollection, found, type Tags } from './definition/api-collection.ts';
import { badRequest, conflict } from './definition/errors.ts';
import { randomId } from './definition/random-id.ts';
import type {
  CustomDomain,
  CustomGatewayResponse,
  DeployedApi,
  DeployedStage,
  Method,
  Resource,
  StageSettings,
} from './deployed-api.ts';
import { DomainNames } from './domain-names.ts';

/** A REST API as its owner edits it. */
export interface RestApi extends AnyApi {
  readonly rootResourceId: string;
  settings: RestApiSettings;
  readonly resources: Map<string, Resource>;
  readonly models: Map<string, ModelSchema>;
  readonly requestValidators: Map<string, RequestValidator>;
  readonly gatewayResponses: Map<string, CustomGatewayResponse>;
  readonly deployments: Map<string, Deployment>;
  readonly stages: Map<string, Stage>;
}

/** What an owner sets on the API itself. */
export interface RestApiSettings {
  readonly name: string;
  readonly description?: string;
  /** With `execute-api:/…` expanded. */
  readonly policy?: PolicyDocument;
  readonly binaryMediaTypes: readonly string[];
  readonly endpointConfiguration: {
    readonly types: readonly string[];
    readonly ipAddressType: string;
    /** Of a private API. */
    readonly vpcEndpointIds?: readonly string[];
  };
  readonly apiKeySource: string;
  readonly disableExecuteApiEndpoint: boolean;
  readonly minimumCompressionSize?: number;
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
  description?: string | undefined;
  readonly createdDate: Date;
  readonly api: DeployedApi;
}

/** A named reference to a deployment, with settings. */
export interface Stage {
  readonly stageName: string;
  readonly createdDate: Date;
  lastUpdatedDate: Date;
  settings: StageSettings;
  tags: Tags;
}

/** The roles with which API Gateway writes logs. */
export interface CloudWatchRoles {
  /** The role that is set in an account from the beginning. */
  initial(accountId: string): string | undefined;
  /** Whether the role exists and trusts API Gateway. */
  isTrusting(roleArn: string): Promise<boolean>;
}

/** All REST APIs, of every account and region, and the accounts' settings. */
export class ApiStore extends ApiCollection<RestApi, DeployedStage, 'RestApiId'> {
  readonly kind = { idProperty: 'RestApiId', collection: 'restapis', tagVerb: 'PUT' } as const;
  readonly domainNames: DomainNames;
  readonly #roles: CloudWatchRoles;
  readonly #roleArns = new Map<string, string | undefined>();

  /** @param trust as that of {@link DomainNames} */
  constructor(lag: LagOptions, roles: CloudWatchRoles, trust: (hostname: string) => Promise<void>) {
    super(lag);
    this.domainNames = new DomainNames(trust);
    this.#roles = roles;
  }

  /** @param settings makes the settings of the new API's ID, which a resource policy may contain */
  createApi({ accountId, region }: Scope, settings: (id: string) => RestApiSettings, tags: Tags): RestApi {
    const id = randomId(10);
    const rootResourceId = randomId(10);
    return this.add({
      ...{ id, accountId, region, createdDate: this.clock.now(), rootResourceId },
      ...{ settings: settings(id), tags },
      resources: new Map([[rootResourceId, { id: rootResourceId, path: '/', methods: new Map() }]]),
      models: new Map(),
      requestValidators: new Map(),
      gatewayResponses: new Map(),
      deployments: new Map(),
      stages: new Map(),
    });
  }

  addStage(api: RestApi, stageName: string, settings: StageSettings, tags: Tags = {}): Stage {
    if (!/^\w[\w-]{0,127}$/.test(stageName)) throw badRequest('Stage name only allows a-zA-Z0-9_-');
    if (api.stages.has(stageName)) throw conflict('Stage already exists');
    deploymentOf(api, settings.deploymentId);
    const now = this.clock.now();
    this.changing(api, stageName);
    const stage = { stageName, createdDate: now, lastUpdatedDate: now, settings, tags };
    api.stages.set(stageName, stage);
    return stage;
  }

  updateStage(api: RestApi, stage: Stage, settings: StageSettings): void {
    this.changing(api, stage.stageName);
    stage.settings = settings;
    stage.lastUpdatedDate = this.clock.now();
  }

  /** The role with which API Gateway writes logs in an account and region. */
  cloudWatchRoleArn({ accountId, region }: Scope): string | undefined {
    const key = `${accountId}:${region}`;
    return this.#roleArns.has(key) ? this.#roleArns.get(key) : this.#roles.initial(accountId);
  }

  async setCloudWatchRoleArn({ accountId, region }: Scope, arn: string | undefined): Promise<void> {
    if (arn !== undefined && !/^arn:[\w-]+:iam::\d{12}:role\/.{1,600}$/.test(arn)) {
      throw badRequest(`Invalid ARN specified in the request: ${arn}`);
    }
    if (arn !== undefined && !(await this.#roles.isTrusting(arn))) {
      throw badRequest(
        'The role ARN does not have required permissions configured. Please grant trust permission for API Gateway and add the required role policy.',
      );
    }
    this.#roleArns.set(`${accountId}:${region}`, arn);
  }

  /** @param hostname in lower case, without port */
  findDomain(hostname: string): CustomDomain | undefined {
    return this.domainNames.byHost(hostname);
  }

  protected deployedStage(api: RestApi, stageName: string): DeployedStage | undefined {
    const settings = api.stages.get(stageName)?.settings;
    const deployment = settings && api.deployments.get(settings.deploymentId);
    if (settings === undefined || deployment === undefined) return undefined;
    const { id: apiId, accountId, region } = api;
    const { name: apiName, disableExecuteApiEndpoint: defaultEndpointDisabled } = api.settings;
    const { vpcEndpointIds = [] } = api.settings.endpointConfiguration;
    return {
      ...settings,
      protocol: 'REST',
      apiId,
      apiName,
      accountId,
      region,
      stageName,
      defaultEndpointDisabled,
      api: deployment.api,
      ...(isPrivate(api) && { privateTo: vpcEndpointIds }),
    };
  }
}

/** Whether an API can be called from VPCs only. */
export function isPrivate({ settings }: RestApi): boolean {
  return settings.endpointConfiguration.types.includes('PRIVATE');
}

/** A resource that must exist. */
export function resourceOf(api: RestApi, id: string): Resource {
  return found(api.resources.get(id), 'Invalid Resource identifier specified');
}

/** A method that must exist. */
export function methodOf(
  api: RestApi,
  { resourceId, httpMethod }: { readonly resourceId: string; readonly httpMethod: string },
): Method {
  return found(resourceOf(api, resourceId).methods.get(httpMethod), 'Invalid Method identifier specified');
}

/** A stage that must exist. */
export function stageOf(api: RestApi, stageName: string): Stage {
  return found(api.stages.get(stageName), 'Invalid stage identifier specified');
}

/** A deployment that must exist. */
export function deploymentOf(api: RestApi, id: string): Deployment {
  return found(api.deployments.get(id), 'Invalid Deployment identifier specified');
}

/** A request validator that must exist. */
export function requestValidatorOf(api: RestApi, id: string): RequestValidator {
  return found(api.requestValidators.get(id), 'Invalid Request Validator identifier specified');
}
