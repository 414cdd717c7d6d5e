import type { Principal } from '@cross-account-api/iam';
import { type AwsRequest, header } from '../../core/request.ts';
import type { DeployedMethod, DeployedStage, RequestParameter } from '../apigateway/store.ts';
import type { DeployedHttpRoute, DeployedHttpStage } from '../apigatewayv2/store.ts';
import type { Address, RouteMatch } from './routing/router.ts';

/** Who called, once the signature is verified. */
export interface Caller {
  readonly principal: Principal;
  /** Known once the request is let through. */
  accessKeyId?: string;
  readonly organizationId: string | undefined;
}

/** What became of the integration, for the access log. */
export interface IntegrationOutcome {
  readonly latencyMs: number;
  /** What the backend said: for Lambda the status that Lambda's own API answered with. */
  readonly integrationStatus?: number;
  /** What the backend's answer says: the function's own status code. */
  readonly status?: number;
  readonly requestId?: string;
  readonly error?: string;
}

/** One request on its way through a stage of any kind of API; what is not known yet is `undefined`. */
export interface Invocation<Stage = DeployedStage | DeployedHttpStage, Method = unknown> {
  readonly request: AwsRequest;
  readonly address: Address;
  readonly stage: Stage;
  readonly extendedRequestId: string;
  /** `Root=1-…;Parent=…;Sampled=…` */
  readonly traceId: string;
  /** `performance.now()` at the start. */
  readonly startedAt: number;
  match?: RouteMatch<Method>;
  caller?: Caller;
  integration?: IntegrationOutcome;
}

/** One request on its way through a stage of a REST API. */
export type RestInvocation = Invocation<DeployedStage, DeployedMethod>;

/** One request on its way through a stage of an HTTP API. */
export type HttpInvocation = Invocation<DeployedHttpStage, DeployedHttpRoute>;

/** The query's parameters, decoded. The last value counts if a name is repeated. */
export function queryParameters({ rawQuery }: AwsRequest): Readonly<Record<string, string>> {
  return Object.fromEntries(new URLSearchParams(rawQuery));
}

/** The value of `method.request.<location>.<name>`; `undefined` if the request does not have it. */
export function parameterOf(
  { request, match }: RestInvocation,
  { location, name }: RequestParameter,
): string | undefined {
  if (location === 'header') return header(request, name);
  const parameters = location === 'path' ? (match?.pathParameters ?? {}) : queryParameters(request);
  return Object.hasOwn(parameters, name) ? parameters[name] : undefined;
}
