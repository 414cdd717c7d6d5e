import type { Decision } from '@cross-account-api/iam';
import { unreadableSignature } from '../../../authentication/verification.ts';
import { AwsError } from '../../../core/errors.ts';
import type { AwsRequest } from '../../../core/request.ts';
import type { Refusal } from '../../../pipeline/endpoint.ts';
import { denialMessage, jsonRefusalCodes, refusalError } from '../../../protocols/refusal.ts';

const internal = ['InternalServerErrorException', 'Internal server error'] as const;

/** API Gateway's errors by type of gateway response: status, code and message. */
const errors = {
  /** The policy that a Lambda authorizer returned does not allow the request. */
  ACCESS_DENIED: [403, 'AccessDeniedException', 'User is not authorized to access this resource'],
  /**
   * A Lambda authorizer failed, could not be invoked, or returned no policy. The message is `null`
   * (https://github.com/serverless/examples/issues/305, https://github.com/auth0-samples/jwt-rsa-aws-custom-authorizer/pull/6).
   */
  AUTHORIZER_CONFIGURATION_ERROR: [500, 'AuthorizerConfigurationException', ''],
  API_CONFIGURATION_ERROR: [500, ...internal],
  BAD_REQUEST_BODY: [400, 'BadRequestException', 'Invalid request body'],
  BAD_REQUEST_PARAMETERS: [400, 'BadRequestException', 'Missing required request parameters'],
  DEFAULT_5XX: [500, ...internal],
  /** Lambda refused the invocation: no permission, no such function, or too many at once. */
  INTEGRATION_FAILURE: [500, ...internal],
  INTEGRATION_TIMEOUT: [504, 'InternalServerErrorException', 'Endpoint request timed out'],
  /** No such path or method, or no signature. */
  MISSING_AUTHENTICATION_TOKEN: [403, 'MissingAuthenticationTokenException', 'Missing Authentication Token'],
  /** The words: https://ntsblog.homedev.com.au/index.php/2021/03/09/aws-api-gateway-http-header-is-larger-than-10240-bytes/ */
  HEADERS_TOO_LARGE: [431, 'RequestHeaderFieldsTooLargeException', 'HTTP header is larger than 10240 bytes.'],
  REQUEST_TOO_LARGE: [413, 'RequestTooLongException', 'Request Too Long'],
  THROTTLED: [429, 'TooManyRequestsException', 'Too Many Requests'],
  /** The request does not say who sends it, its authorizer refuses it, or the authorizer is not judged here. The words: https://github.com/amazon-archives/amazon-cognito-identity-js/issues/602 */
  UNAUTHORIZED: [401, 'UnauthorizedException', 'Unauthorized'],
  /** There is no template for the content type, and the body may not pass through. */
  UNSUPPORTED_MEDIA_TYPE: [415, 'BadRequestException', 'Unsupported Media Type'],
} as const;

/** An error of the data plane, with the type of its gateway response. An API's owner can customize each type. */
export class GatewayError extends AwsError {
  /** e.g. `THROTTLED` */
  readonly responseType: string;

  constructor(responseType: string, status: number, code: string, message: string) {
    super(code, message, status);
    this.responseType = responseType;
  }
}

/** Makes an error of API Gateway. @example throw gatewayError('THROTTLED') */
export function gatewayError(
  type: keyof typeof errors,
  changes: { readonly status?: number; readonly message?: string } = {},
): GatewayError {
  const [status, code, message] = errors[type];
  return new GatewayError(type, changes.status ?? status, code, changes.message ?? message);
}

/** The error for an unknown API or stage. No gateway response customizes it. */
export const forbidden = () => new AwsError('ForbiddenException', 'Forbidden', 403);

/** The type of the gateway response for an error. */
export function responseTypeOf(error: AwsError): string {
  if (error instanceof GatewayError && error.responseType !== 'HEADERS_TOO_LARGE') return error.responseType;
  return error.status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX';
}

/** The types of refusals by error code. All others have the type `DEFAULT_4XX`. */
const refusalTypes: ReadonlyMap<string, string> = new Map([
  ['AccessDeniedException', 'ACCESS_DENIED'],
  ['ExpiredTokenException', 'EXPIRED_TOKEN'],
  ['InvalidSignatureException', 'INVALID_SIGNATURE'],
  ['MissingAuthenticationTokenException', 'MISSING_AUTHENTICATION_TOKEN'],
]);

/** The error for a refused request. */
export function refusedError(refusal: Refusal): GatewayError {
  const { code, message, status } = refusalError(refusal, jsonRefusalCodes(403), maskedDenial);
  return new GatewayError(refusalTypes.get(code) ?? 'DEFAULT_4XX', status, code, message);
}

/** The error for an unknown path or method. If the signature is incomplete, the error says what is missing. */
export function noRouteError(request: AwsRequest): GatewayError {
  const failure = unreadableSignature(request);
  if (failure?.kind === 'incomplete') return refusedError({ step: 'authentication', failure });
  return gatewayError('MISSING_AUTHENTICATION_TOKEN');
}

/** API Gateway shows callers only the last four digits of the account that owns the API. */
function maskedDenial(decision: Exclude<Decision, { allowed: true }>): string {
  const owner = /^(arn:aws[a-z-]*:execute-api:[\w-]+:)\d{8}(\d{4}:)/;
  const masked = decision.resource.replace(owner, '$1********$2');
  return denialMessage(decision).replace(decision.resource, () => masked);
}
