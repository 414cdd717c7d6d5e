import type { Principal } from '@cross-account-api/iam';
import { type AwsRequest, header } from '../../core/request.ts';
import type { DeployedMethod, DeployedStage, RequestParameter } from '../apigateway/store.ts';
import type { DeployedHttpRoute, DeployedHttpStage } from '../apigatewayv2/store.ts';
import type { Address, RouteMatch } from './routing/router.ts';

/** The caller, after the signature is verified. */
export interface VerifiedCaller {
  readonly principal: Principal;
  /** Set after authorization. */
  accessKeyId?: string;
  readonly organizationId: string | undefined;
}

/** The result of the integration, for the access log. */
export interface IntegrationOutcome {
  readonly latencyMs: number;
  /** The status from the backend service: for Lambda, the status of Lambda's API. */
  readonly integrationStatus?: number;
  /** The status code in the function's response. */
  readonly status?: number;
  readonly requestId?: string;
  readonly error?: string;
}

/** What a Lambda authorizer says of the caller, for the function: `principalId`, and texts of its own. */
export type AuthorizerContext = Readonly<Record<string, string | number>>;

/** A request to a stage of any kind of API. Fields that are not known yet are absent. */
export interface GatewayRequest<Stage = DeployedStage | DeployedHttpStage, Method = unknown> {
  readonly request: AwsRequest;
  readonly address: Address;
  readonly stage: Stage;
  /** `$context.requestId`. The client of a REST API can choose it: see {@link chosenRequestId}. */
  readonly requestId: string;
  /** The ID that no client can choose. An HTTP API has one ID only: it is the same. */
  readonly extendedRequestId: string;
  /** `Root=1-…;Parent=…;Sampled=…` */
  readonly traceId: string;
  /** `performance.now()` at the start. */
  readonly startedAt: number;
  match?: RouteMatch<Method>;
  caller?: VerifiedCaller;
  /** Present if a Lambda authorizer admitted the caller. */
  authorizer?: AuthorizerContext;
  integration?: IntegrationOutcome;
}

/**
 * The ID that the client of a REST API has chosen, by the header `x-amzn-RequestId`. API Gateway answers with it, whatever it is: on AWS,
 * `12345678` was answered with `12345678` (https://github.com/awsdocs/amazon-api-gateway-developer-guide/issues/71).
 */
export function chosenRequestId(request: AwsRequest): string | undefined {
  return header(request, 'x-amzn-requestid') || undefined;
}

/** A request to a stage of a REST API. */
export type RestInvocation = GatewayRequest<DeployedStage, DeployedMethod>;

/** A request to a stage of an HTTP API. */
export type HttpInvocation = GatewayRequest<DeployedHttpStage, DeployedHttpRoute>;

/** The decoded parameters of the query. The last value of a repeated name counts. */
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
