import { AwsError } from '../../../core/errors.ts';

/** The gateway responses that the data plane gives; an API's owner can customize each. */
export type GatewayResponseType =
  | 'ACCESS_DENIED'
  | 'API_CONFIGURATION_ERROR'
  | 'BAD_REQUEST_BODY'
  | 'BAD_REQUEST_PARAMETERS'
  | 'DEFAULT_4XX'
  | 'DEFAULT_5XX'
  | 'EXPIRED_TOKEN'
  | 'INTEGRATION_FAILURE'
  | 'INTEGRATION_TIMEOUT'
  | 'INVALID_SIGNATURE'
  | 'MISSING_AUTHENTICATION_TOKEN'
  | 'REQUEST_TOO_LARGE'
  | 'THROTTLED'
  | 'UNSUPPORTED_MEDIA_TYPE';

/** An error of the data plane, with the gateway response that words it. */
export class GatewayError extends AwsError {
  readonly responseType: GatewayResponseType;

  constructor(responseType: GatewayResponseType, code: string, message: string, status: number) {
    super(code, message, status);
    this.responseType = responseType;
  }
}

/** What callers see of everything that is not their fault. */
const INTERNAL = 'Internal server error';

/** No such API or stage: not customizable, since there is no API whose owner could. */
export const forbidden = () => new AwsError('ForbiddenException', 'Forbidden', 403);

/** No such path or method; says the same as for a missing signature. */
export const noRoute = () =>
  new GatewayError(
    'MISSING_AUTHENTICATION_TOKEN',
    'MissingAuthenticationTokenException',
    'Missing Authentication Token',
    403,
  );

/** Over 10 MB. */
export const requestTooLong = () =>
  new GatewayError('REQUEST_TOO_LARGE', 'RequestTooLongException', 'Request Too Long', 413);

/** Over the method's rate or burst limit. */
export const throttled = () =>
  new GatewayError('THROTTLED', 'TooManyRequestsException', 'Too Many Requests', 429);

/** @param missing the names of the parameters */
export const missingParameters = (missing: readonly string[]) =>
  new GatewayError(
    'BAD_REQUEST_PARAMETERS',
    'BadRequestException',
    `Missing required request parameters: [${missing.join(', ')}]`,
    400,
  );

/** The body does not conform to the model. */
export const invalidBody = () =>
  new GatewayError('BAD_REQUEST_BODY', 'BadRequestException', 'Invalid request body', 400);

/** No template for the content type, and passing it through is not allowed. */
export const unsupportedMediaType = () =>
  new GatewayError('UNSUPPORTED_MEDIA_TYPE', 'BadRequestException', 'Unsupported Media Type', 415);

/** Lambda did not take the invocation: no permission, no such function, too many at once. */
export const invocationRefused = () =>
  new GatewayError('INTEGRATION_FAILURE', 'InternalServerErrorException', INTERNAL, 500);

/** The function failed, or its answer is not a proxy response. */
export const malformedAnswer = () =>
  new GatewayError('DEFAULT_5XX', 'InternalServerErrorException', INTERNAL, 502);

/** The integration took longer than its timeout. */
export const integrationTimeout = () =>
  new GatewayError('INTEGRATION_TIMEOUT', 'InternalServerErrorException', 'Endpoint request timed out', 504);

/** The API itself is configured so that there is no answer. */
export const misconfigured = () =>
  new GatewayError('API_CONFIGURATION_ERROR', 'InternalServerErrorException', INTERNAL, 500);

/** Anything unforeseen. */
export const internalError = () =>
  new GatewayError('DEFAULT_5XX', 'InternalServerErrorException', INTERNAL, 500);

/** The type of gateway response that words an error. */
export function responseTypeOf(error: AwsError): GatewayResponseType {
  if (error instanceof GatewayError) return error.responseType;
  return error.status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX';
}
