import { defined } from '../../core/defined.ts';
import { AwsError, errorMessage } from '../../core/errors.ts';
import type { Scope } from '../../core/scope.ts';
import { type AnyApi, ApiCollection, found, type Tags } from '../apigateway/definition/api-collection.ts';
import { badRequest, conflict } from '../apigateway/definition/errors.ts';
import { randomId } from '../apigateway/definition/random-id.ts';
import {
  type CorsConfiguration,
  DEFAULT_ROUTE_KEY,
  type DeployedHttpApi,
  type DeployedHttpRoute,
  type DeployedHttpStage,
  type HttpIntegration,
  type HttpStageSettings,
  type PayloadFormatVersion,
} from './deployed-http-api.ts';

/** An HTTP API as its owner edits it. */
export interface HttpApi extends AnyApi {
  settings: HttpApiSettings;
  /** By ID, as integrations. */
  readonly routes: Map<string, HttpRoute>;
  readonly integrations: Map<string, Integration>;
  readonly stages: Map<string, HttpStage>;
}

/** What an owner sets on the API itself. */
export interface HttpApiSettings {
  readonly name: string;
  readonly description?: string;
  readonly version?: string;
  readonly cors?: CorsConfiguration;
  readonly disableExecuteApiEndpoint: boolean;
  readonly ipAddressType: string;
}

/** A route as its owner edits it. */
export interface HttpRoute {
  /** `GET /messages`, or `$default` */
  readonly routeKey: string;
  readonly authorizationType: 'NONE' | 'AWS_IAM';
  readonly operationName?: string;
  /** The integration that answers. Without one, the API cannot be deployed. */
  readonly integrationId?: string;
}

/** An integration as its owner edits it. */
export interface Integration {
  readonly description?: string;
  readonly uri: string;
  readonly method: string;
  readonly functionArn: string;
  readonly payloadFormatVersion: PayloadFormatVersion;
  readonly timeoutInMillis: number;
}

/** A name under which an API is called, with settings. What is changed of the API is deployed to all of its stages. */
export interface HttpStage {
  readonly stageName: string;
  readonly createdDate: Date;
  lastUpdatedDate: Date;
  settings: HttpStageSettings;
  /** Absent until something could be deployed. The API is an immutable copy. */
  deployment?: { readonly id: string; readonly api: DeployedHttpApi };
  /** How the last deployment ended. */
  lastDeploymentStatusMessage?: string;
  tags: Tags;
}

/** All HTTP APIs, of every account and region. */
export class HttpApiStore extends ApiCollection<HttpApi, DeployedHttpStage, 'ApiId'> {
  readonly kind = { idProperty: 'ApiId', collection: 'apis', tagVerb: 'POST' } as const;

  createApi({ accountId, region }: Scope, settings: HttpApiSettings, tags: Tags): HttpApi {
    return this.add({
      ...{ id: randomId(10), accountId, region, createdDate: this.clock.now(), settings, tags },
      routes: new Map(),
      integrations: new Map(),
      stages: new Map(),
    });
  }

  updateApi(api: HttpApi, settings: HttpApiSettings): void {
    api.settings = settings;
    this.#deploy(api);
  }

  /**
   * Creates a route, or changes the one with the given ID.
   * @returns the ID
   * @throws AwsError `ConflictException` if another route has the key, `NotFoundException` for an unknown integration
   */
  putRoute(api: HttpApi, route: HttpRoute, id = randomId(7)): string {
    const { routeKey, integrationId } = route;
    if ([...api.routes].some(([other, { routeKey: taken }]) => taken === routeKey && other !== id)) {
      throw conflict(`Route with key ${routeKey} already exists for this API`);
    }
    if (integrationId !== undefined) {
      found(api.integrations.get(integrationId), `Unable to find Integration with id ${integrationId}`);
    }
    api.routes.set(id, route);
    this.#deploy(api);
    return id;
  }

  removeRoute(api: HttpApi, id: string): void {
    api.routes.delete(id);
    this.#deploy(api);
  }

  /** Creates an integration, or changes the one with the given ID. @returns the ID */
  putIntegration(api: HttpApi, integration: Integration, id = randomId(7)): string {
    api.integrations.set(id, integration);
    this.#deploy(api);
    return id;
  }

  /** @throws AwsError `ConflictException` while a route leads to it */
  removeIntegration(api: HttpApi, id: string): void {
    const used = [...api.routes.values()].find(({ integrationId }) => integrationId === id);
    if (used !== undefined) {
      throw conflict(`Cannot delete Integration '${id}' as it is referenced by the route ${used.routeKey}.`);
    }
    api.integrations.delete(id);
  }

  /** @throws AwsError `BadRequestException` for a name that cannot be used, `ConflictException` if it is taken */
  addStage(api: HttpApi, stageName: string, settings: HttpStageSettings, tags: Tags): void {
    if (!/^(?:\$default|[\w-]{1,128})$/.test(stageName)) {
      throw badRequest(
        'Stage name only allows a-zA-Z0-9_-, or $default for the stage without a path segment',
      );
    }
    if (api.stages.has(stageName)) throw conflict('Stage already exists');
    this.changing(api, stageName);
    const now = this.clock.now();
    api.stages.set(stageName, { stageName, createdDate: now, lastUpdatedDate: now, settings, tags });
    this.#deploy(api);
  }

  updateStage(api: HttpApi, stage: HttpStage, settings: HttpStageSettings): void {
    this.changing(api, stage.stageName);
    stage.settings = settings;
    stage.lastUpdatedDate = this.clock.now();
    this.#deploy(api);
  }

  protected deployedStage(api: HttpApi, stageName: string): DeployedHttpStage | undefined {
    const stage = api.stages.get(stageName);
    if (stage?.deployment === undefined) return undefined;
    const { id: apiId, accountId, region, settings } = api;
    return {
      ...stage.settings,
      protocol: 'HTTP',
      apiId,
      apiName: settings.name,
      accountId,
      region,
      stageName,
      defaultEndpointDisabled: settings.disableExecuteApiEndpoint,
      api: stage.deployment.api,
    };
  }

  /** "Changes to an API are automatically released" to stages with `AutoDeploy`. What cannot be deployed leaves them as they are. */
  #deploy(api: HttpApi): void {
    for (const stage of api.stages.values()) {
      try {
        const deployment = { id: randomId(6), api: snapshot(api) };
        this.changing(api, stage.stageName);
        stage.deployment = deployment;
        stage.lastDeploymentStatusMessage = `Successfully deployed stage with deployment ID '${deployment.id}'`;
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        stage.lastDeploymentStatusMessage = `Deployment attempt failed: ${errorMessage(error)}`;
      }
    }
  }
}

/** A copy of the API as it is now. Later changes do not touch it. */
function snapshot(api: HttpApi): DeployedHttpApi {
  if (api.routes.size === 0) throw badRequest('Unable to deploy API because no routes exist in this API');
  const routes = [...api.routes.values()].map((route) => deployRoute(api, route));
  const paths = Map.groupBy(
    routes.filter(({ routeKey }) => routeKey !== DEFAULT_ROUTE_KEY),
    ({ routeKey }) => splitRouteKey(routeKey).path,
  );
  const { cors } = api.settings;
  return {
    paths: [...paths].map(([path, group]) => ({
      path,
      methods: new Map(group.map((route) => [splitRouteKey(route.routeKey).method, route])),
    })),
    ...defined({ cors, defaultRoute: routes.find(({ routeKey }) => routeKey === DEFAULT_ROUTE_KEY) }),
  };
}

function deployRoute(
  api: HttpApi,
  { routeKey, authorizationType, integrationId }: HttpRoute,
): DeployedHttpRoute {
  const given = api.integrations.get(integrationId ?? '');
  if (given === undefined) {
    throw badRequest(`Unable to deploy API because the route ${routeKey} has no integration`);
  }
  const { functionArn, timeoutInMillis, payloadFormatVersion } = given;
  const integration: HttpIntegration = { functionArn, timeoutInMillis, payloadFormatVersion };
  return { routeKey, authorizationType, integration };
}

/** @example splitRouteKey('GET /messages') // { method: 'GET', path: '/messages' } */
function splitRouteKey(routeKey: string) {
  const [method = '', path = ''] = routeKey.split(' ', 2);
  return { method, path };
}

/** A stage that must exist. */
export function stageOf(api: HttpApi, stageName: string): HttpStage {
  return found(
    api.stages.get(stageName),
    `Unable to find Stage by name ${stageName} within the provided API`,
  );
}
