import { randomBytes } from 'node:crypto';
import type { Principal } from '../../core/principal.ts';
import { type AwsRequest, header } from '../../core/request.ts';
import type { DeployedStage } from '../apigateway/deployed-api.ts';
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

/**
 * The ARNs that the caller must be allowed to invoke, all of them: method and path as requested and, if the path ends in
 * slashes, the same without them.
 *
 * A REST API routes `/whoami/` to `/whoami`. AWS does not document which of the two it authorizes, so both must be allowed here:
 * a Deny on `…/GET/whoami` covers `/whoami/`, and nobody comes to rely on a call that AWS may refuse. That the two can differ is
 * known from HTTP APIs: https://www.infoq.com/news/2026/06/aws-api-gateway-auth-bypass/.
 */
export function requestArns({ stage, request, address }: Invocation): string[] {
  const { region, accountId, apiId, stageName } = stage;
  const method = `arn:aws:execute-api:${region}:${accountId}:${apiId}/${stageName}/${request.method}`;
  return [...new Set([address.path, withoutTrailingSlashes(address.path)])].map((path) => method + path);
}

function withoutTrailingSlashes(path: string): string {
  let end = path.length;
  while (end > 1 && path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}
