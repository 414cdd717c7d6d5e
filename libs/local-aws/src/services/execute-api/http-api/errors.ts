import type { AwsError } from '../../../core/errors.ts';
import type { AwsResponse } from '../../../core/request.ts';
import type { Refusal } from '../../../pipeline/endpoint.ts';
import { GatewayError, refusedError } from '../responses/gateway-error.ts';

const internal = [500, 'InternalServerErrorException', 'Internal Server Error'] as const;

/** HTTP APIs' own errors by the type that access logs show: status, code for the trace, and message. */
const errors = {
  /** The function failed, may not be invoked, or answered in the wrong format. */
  INTEGRATION_FAILURE: internal,
  /** https://github.com/cortexlabs/cortex/issues/1225 */
  INTEGRATION_TIMEOUT: [503, 'ServiceUnavailableException', 'Service Unavailable'],
  /** Over 10 MB. */
  REQUEST_TOO_LARGE: [413, 'RequestTooLongException', 'Request Entity Too Large'],
  /**
   * No such stage or route, or a default endpoint that is disabled
   * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html,
   * https://repost.aws/knowledge-center/api-gateway-disable-endpoint).
   */
  RESOURCE_NOT_FOUND: [404, 'NotFoundException', 'Not Found'],
  /** Over the route's rate or burst limit. */
  THROTTLED: [429, 'TooManyRequestsException', 'Too Many Requests'],
  /** Anything unforeseen. */
  DEFAULT_5XX: internal,
} as const;

/** One of HTTP APIs' own errors. @example throw httpError('THROTTLED') */
export function httpError(type: keyof typeof errors): GatewayError {
  const [status, code, message] = errors[type];
  return new GatewayError(type, status, code, message);
}

/**
 * The error for a refused request. An HTTP API says `Forbidden`, whatever the reason
 * (https://github.com/aws/aws-cdk/issues/21182); `reason` is for the access log.
 */
export function forbiddenError(refusal: Refusal): { readonly error: GatewayError; readonly reason: string } {
  const { responseType, status, code, message } = refusedError(refusal);
  return { error: new GatewayError(responseType, status, code, 'Forbidden'), reason: message };
}

/** The response for an error. */
export function errorResponse({ status, message }: AwsError): AwsResponse {
  return { status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ message }) };
}
