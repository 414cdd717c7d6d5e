import type { DeployedHttpRoute, DeployedHttpStage } from '../../apigatewayv2/deployed-http-api.ts';
import type { Invocation } from '../invocation.ts';

/** The route of an HTTP API that answers a request. */
export interface HttpMatch {
  readonly route: DeployedHttpRoute;
  /** The path of the route; `$default` for the route that answers all others. */
  readonly routePath: string;
  /** As sent: percent-encoding untouched. */
  readonly pathParameters: Readonly<Record<string, string>>;
}

/** One request on its way through a stage of an HTTP API. */
export type HttpInvocation = Invocation<DeployedHttpStage, HttpMatch>;
