import { randomBytes } from 'node:crypto';
import type { Principal } from '../../core/principal.ts';
import { type AwsRequest, header } from '../../core/request.ts';
import type { DeployedStage, RequiredParameter } from '../apigateway/deployed-api.ts';
import { traceContext } from './integrations/trace-context.ts';
import type { Address } from './routing/address.ts';
import type { RouteMatch } from './routing/router.ts';

/** Who called, once the signature is verified. */
export interface Caller {
  readonly principal: Principal;
  /** Known once the request is let through. */
  readonly accessKeyId?: string;
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

/** One request on its way through a stage; what is not known yet is `undefined`. */
export interface Invocation {
  readonly request: AwsRequest;
  readonly address: Address;
  readonly stage: DeployedStage;
  readonly extendedRequestId: string;
  /** `Root=1-…;Parent=…;Sampled=…` */
  readonly traceId: string;
  /** `performance.now()` at the start. */
  readonly startedAt: number;
  match?: RouteMatch;
  caller?: Caller;
  integration?: IntegrationOutcome;
}

/** The state of a request that reached a stage. */
export function beginInvocation(request: AwsRequest, address: Address, stage: DeployedStage): Invocation {
  return {
    request,
    address,
    stage,
    extendedRequestId: randomBytes(11).toString('base64'),
    traceId: traceContext(header(request, 'x-amzn-trace-id'), request.receivedAt, stage.tracingEnabled),
    startedAt: performance.now(),
  };
}

/** The query's parameters, decoded. The last value counts if a name is repeated. */
export function queryParameters({ rawQuery }: AwsRequest): Readonly<Record<string, string>> {
  return Object.fromEntries(new URLSearchParams(rawQuery));
}

/** The value of `method.request.<location>.<name>`; `undefined` if the request does not have it. */
export function parameterOf(
  { request, match }: Invocation,
  { location, name }: RequiredParameter,
): string | undefined {
  if (location === 'header') return header(request, name);
  const parameters = location === 'path' ? (match?.pathParameters ?? {}) : queryParameters(request);
  return Object.hasOwn(parameters, name) ? parameters[name] : undefined;
}
