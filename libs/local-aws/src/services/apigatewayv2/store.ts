import { defined } from '../../core/defined.ts';
import { AwsError, errorMessage } from '../../core/errors.ts';
import type { Scope } from '../../core/scope.ts';
import {
  type AnyApi,
  ApiCollection,
  type DeployedStageOf,
  randomId,
  type Stage,
  type Tags,
} from '../apigateway/definition/api-collection.ts';
import { type AuthorizationType, checkAuthorizer } from '../apigateway/definition/authorizers.ts';
import { badRequest, conflict, found } from '../apigateway/definition/errors.ts';
import type { AccessLogSettings, FullMethodSettings } from '../apigateway/definition/stage-settings.ts';
import type { FunctionTarget } from '../apigateway/store.ts';

/** An HTTP API as its owner edits it. */
export interface HttpApi extends AnyApi<HttpStageSettings> {
  settings: HttpApiSettings;
  /** By ID, like `integrations`. */
  readonly routes: Map<string, HttpRoute>;
  readonly integrations: Map<string, HttpIntegration>;
  /** The IDs of its authorizers, which decide nothing here. */
  readonly authorizers: Set<string>;
  readonly stages: Map<string, HttpStage>;
}

/** The settings of an HTTP API. */
export interface HttpApiSettings {
  readonly name: string;
  readonly description?: string;
  readonly version?: string;
  readonly corsConfiguration?: CorsConfiguration;
  readonly disableExecuteApiEndpoint: boolean;
  readonly ipAddressType: string;
}

/** A route as its owner edits it. */
export interface HttpRoute extends Pick<DeployedHttpRoute, 'routeKey' | 'authorizationType'> {
  readonly authorizerId?: string;
  readonly operationName?: string;
  /** The integration of the route. Without it, the API cannot be deployed. */
  readonly integrationId?: string;
}

/** A stage. Every change of the API is deployed to all stages. */
export interface HttpStage extends Stage<HttpStageSettings> {
  /** Absent until the first successful deployment. `api` is an immutable copy. */
  deployment?: { readonly id: string; readonly api: DeployedHttpApi };
  lastDeploymentStatusMessage?: string;
}

/** The HTTP APIs of all accounts and regions. */
export class HttpApiStore extends ApiCollection<
  HttpApi,
  HttpStageSettings,
  DeployedHttpApi,
  'HTTP',
  'ApiId'
> {
  readonly kind = {
    protocol: 'HTTP',
    idProperty: 'ApiId',
    collection: 'apis',
    missing: (id: string, { accountId }: Scope) => `Invalid API identifier specified ${accountId}:${id}`,
    stageName: /^(?:\$default|[\w-]{1,128})$/,
    stageNameRule: 'Stage name only allows a-zA-Z0-9_-, or $default for the stage without a path segment',
    missingStage: (name: string) => `Unable to find Stage by name ${name} within the provided API`,
  } as const;

  createApi({ accountId, region }: Scope, settings: HttpApiSettings, tags: Tags): HttpApi {
    const api: HttpApi = {
      id: randomId(10),
      accountId,
      region,
      createdDate: this.clock.now(),
      settings,
      tags,
      routes: new Map(),
      integrations: new Map(),
      authorizers: new Set(),
      stages: new Map(),
    };
    this.items.set(api.id, api);
    return api;
  }

  updateApi(api: HttpApi, settings: HttpApiSettings): void {
    api.settings = settings;
    this.#deploy(api);
  }

  /** Creates a route, or changes the one with the given ID. @returns the ID */
  putRoute(api: HttpApi, route: HttpRoute, id = randomId(7)): string {
    const { routeKey, integrationId } = route;
    if ([...api.routes].some(([other, { routeKey: taken }]) => taken === routeKey && other !== id)) {
      throw conflict(`Route with key ${routeKey} already exists for this API`);
    }
    checkAuthorizer(api.authorizers, route);
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
  putIntegration(api: HttpApi, integration: HttpIntegration, id = randomId(7)): string {
    api.integrations.set(id, integration);
    this.#deploy(api);
    return id;
  }

  removeIntegration(api: HttpApi, id: string): void {
    const used = [...api.routes.values()].find(({ integrationId }) => integrationId === id);
    if (used !== undefined) {
      throw conflict(`Cannot delete Integration '${id}' as it is referenced by the route ${used.routeKey}.`);
    }
    api.integrations.delete(id);
  }

  /** Replaces the routes and integrations of an API by those of a document. */
  importRoutes(
    api: HttpApi,
    imported: readonly { readonly route: HttpRoute; readonly integration: HttpIntegration }[],
  ): void {
    api.routes.clear();
    api.integrations.clear();
    for (const { route, integration } of imported) {
      const integrationId = randomId(7);
      api.integrations.set(integrationId, integration);
      api.routes.set(randomId(7), { ...route, integrationId });
    }
    this.#deploy(api);
  }

  override updateStage(api: HttpApi, stage: HttpStage, settings: HttpStageSettings): void {
    super.updateStage(api, stage, settings);
    this.#deploy(api);
  }

  protected deployedApi(_api: HttpApi, { deployment }: HttpStage): DeployedHttpApi | undefined {
    return deployment?.api;
  }

  /** "Changes to an API are automatically released" to stages with `AutoDeploy`. A failed deployment does not change a stage's API. */
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

function snapshot({ routes, integrations, settings }: HttpApi): DeployedHttpApi {
  if (routes.size === 0) throw badRequest('Unable to deploy API because no routes exist in this API');
  const deployed = [...routes.values()].map(({ integrationId = '', ...route }): DeployedHttpRoute => {
    const integration = integrations.get(integrationId);
    if (integration !== undefined) return { ...route, integration };
    throw badRequest(`Unable to deploy API because the route ${route.routeKey} has no integration`);
  });
  const paths = new Map<string, Map<string, DeployedHttpRoute>>();
  for (const route of deployed) {
    const [method = '', path = ''] = route.routeKey.split(' ', 2);
    if (route.routeKey !== DEFAULT_ROUTE_KEY) {
      paths.set(path, new Map(paths.get(path)).set(method, route));
    }
  }
  return {
    paths: [...paths].map(([path, methods]) => ({ path, methods })),
    ...defined({
      cors: settings.corsConfiguration,
      defaultRoute: deployed.find(({ routeKey }) => routeKey === DEFAULT_ROUTE_KEY),
    }),
  };
}

/** The stage of an HTTP API without a segment in the path. */
export const DEFAULT_STAGE = '$default';

/** The route of an HTTP API for requests that match no other route. */
export const DEFAULT_ROUTE_KEY = '$default';

/** A stage of an HTTP API, its settings, and the deployment that it points to. */
export type DeployedHttpStage = DeployedStageOf<'HTTP', DeployedHttpApi> & HttpStageSettings;

/** The settings of a stage of an HTTP API. */
export interface HttpStageSettings {
  readonly description?: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly accessLogSettings?: AccessLogSettings;
  readonly defaultRouteSettings: RouteSettings;
  /** By route key. */
  readonly routeSettings: ReadonlyMap<string, RouteSettings>;
}

/** The settings of a route, or of all routes of a stage. */
export interface RouteSettings
  extends Partial<Pick<FullMethodSettings, 'throttlingBurstLimit' | 'throttlingRateLimit'>> {
  readonly detailedMetricsEnabled?: boolean;
}

/** An HTTP API as deployed. Immutable. */
export interface DeployedHttpApi {
  /** Paths such as `/messages/{id}`, and their routes by HTTP method, or `ANY`. */
  readonly paths: readonly {
    readonly path: string;
    readonly methods: ReadonlyMap<string, DeployedHttpRoute>;
  }[];
  readonly defaultRoute?: DeployedHttpRoute;
  readonly cors?: CorsConfiguration;
}

/** A route that can be called. */
export interface DeployedHttpRoute {
  /** `GET /messages`, `ANY /files/{path+}`, or `$default` */
  readonly routeKey: string;
  readonly authorizationType: AuthorizationType;
  readonly integration: HttpIntegration;
}

/** The Lambda proxy integration of a route. */
export interface HttpIntegration extends FunctionTarget {
  readonly description?: string;
  /** As configured: the ARN of the function, or the URI of the form that REST APIs use. */
  readonly integrationUri: string;
  readonly integrationMethod: string;
  readonly payloadFormatVersion: PayloadFormatVersion;
}

/** The format of the event and of the function's response. */
export type PayloadFormatVersion = '1.0' | '2.0';

/** The requests that browsers may send from other origins. Methods and headers may be `*`. */
export interface CorsConfiguration {
  readonly allowCredentials?: boolean;
  readonly allowHeaders?: readonly string[];
  readonly allowMethods?: readonly string[];
  /** Also `*`, `http://*` and `https://*`. */
  readonly allowOrigins?: readonly string[];
  readonly exposeHeaders?: readonly string[];
  /** Seconds. */
  readonly maxAge?: number;
}
