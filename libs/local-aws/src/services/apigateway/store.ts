import type { PolicyDocument } from '@cross-account-api/iam';
import type { LagOptions } from '../../core/lag.ts';
import type { Scope } from '../../core/scope.ts';
import { type AnyApi, ApiCollection, randomId, type Stage, type Tags } from './definition/api-collection.ts';
import { badRequest, partOf } from './definition/errors.ts';
import { type CustomGatewayResponse, ROLE_ARN } from './definition/properties.ts';
import type { DeployedApi, Resource, StageSettings } from './deployed-api.ts';
import { DomainNames } from './domain-names.ts';

/** A REST API as its owner edits it. */
export interface RestApi extends AnyApi<StageSettings> {
  readonly rootResourceId: string;
  settings: RestApiSettings;
  resources: Map<string, Resource>;
  models: Map<string, ModelSchema>;
  requestValidators: Map<string, RequestValidator>;
  gatewayResponses: Map<string, CustomGatewayResponse>;
  readonly deployments: Map<string, Deployment>;
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

/** The roles with which API Gateway writes logs. */
export interface CloudWatchRoles {
  /** The role that is set in an account from the beginning. */
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

  /** @param trust as that of {@link DomainNames} */
  constructor(lag: LagOptions, roles: CloudWatchRoles, trust: (hostname: string) => Promise<void>) {
    super(lag);
    this.domainNames = new DomainNames(trust);
    this.#roles = roles;
  }

  /**
   * @param settings makes the settings of the new API's ID, which a resource policy may contain
   * @param complete adds the first parts; if it throws, there is no API
   */
  createApi(
    { accountId, region }: Scope,
    settings: (id: string) => RestApiSettings,
    tags: Tags,
    complete: (api: RestApi) => void,
  ): RestApi {
    const id = randomId(10);
    const rootResourceId = randomId(10);
    const api: RestApi = {
      id,
      accountId,
      region,
      createdDate: this.clock.now(),
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
    complete(api);
    this.items.set(id, api);
    return api;
  }

  override updateStage(api: RestApi, stage: Stage<StageSettings>, settings: StageSettings): void {
    partOf(api.deployments, settings.deploymentId, 'Deployment');
    super.updateStage(api, stage, settings);
  }

  /** The role with which API Gateway writes logs in an account and region. */
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

  protected deployedApi(
    { deployments }: RestApi,
    { settings }: Stage<StageSettings>,
  ): DeployedApi | undefined {
    return deployments.get(settings.deploymentId)?.api;
  }
}
