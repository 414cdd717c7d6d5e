import type { DeployedStageOf } from '../apigateway/definition/api-collection.ts';
import type { AccessLogSettings } from '../apigateway/definition/stage-settings.ts';
import type { FunctionTarget } from '../apigateway/deployed-api.ts';

/** The stage of an HTTP API that answers at the root of its host. */
export const DEFAULT_STAGE = '$default';

/** The route of an HTTP API that answers what no other route does. */
export const DEFAULT_ROUTE_KEY = '$default';

/** A stage of an HTTP API, its settings, and the deployment that it points to. */
export type DeployedHttpStage = DeployedStageOf<'HTTP', DeployedHttpApi> & HttpStageSettings;

/** What an owner sets on a stage of an HTTP API. */
export interface HttpStageSettings {
  readonly description?: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly accessLogSettings?: AccessLogSettings;
  readonly defaultRouteSettings: RouteSettings;
  /** By route key. */
  readonly routeSettings: ReadonlyMap<string, RouteSettings>;
}

/** Settings for one route, or for all of a stage. */
export interface RouteSettings {
  readonly detailedMetricsEnabled?: boolean;
  readonly throttlingBurstLimit?: number;
  readonly throttlingRateLimit?: number;
}

/** An HTTP API as deployed: never changes. */
export interface DeployedHttpApi {
  readonly paths: readonly HttpPath[];
  /** What answers if no other route does. */
  readonly defaultRoute?: DeployedHttpRoute;
  readonly cors?: CorsConfiguration;
}

/** A path of an HTTP API. */
export interface HttpPath {
  /** e.g. `/messages/{id}` */
  readonly path: string;
  /** By HTTP method, or `ANY`. */
  readonly methods: ReadonlyMap<string, DeployedHttpRoute>;
}

/** A route that can be called. */
export interface DeployedHttpRoute {
  /** `GET /messages`, `ANY /files/{path+}`, or `$default` */
  readonly routeKey: string;
  readonly authorizationType: 'NONE' | 'AWS_IAM';
  readonly integration: HttpIntegration;
}

/** The Lambda proxy integration of a route. */
export interface HttpIntegration extends FunctionTarget {
  readonly description?: string;
  /** As configured: the ARN of the function, or the one with which REST APIs name it. */
  readonly integrationUri: string;
  readonly integrationMethod: string;
  readonly payloadFormatVersion: PayloadFormatVersion;
}

/** The format of the event and of the function's answer. */
export type PayloadFormatVersion = '1.0' | '2.0';

/** Which origins may call an API from a browser, and how. Names of methods and headers may be `*`. */
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
