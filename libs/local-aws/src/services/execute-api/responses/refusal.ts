import { unreadableSignature } from '../../../authentication/index.ts';
import type { Decision } from '../../../authorization/decision.ts';
import type { AwsError } from '../../../core/errors.ts';
import type { AwsRequest } from '../../../core/request.ts';
import type { Refusal } from '../../../pipeline/endpoint.ts';
import { denialMessage, jsonRefusalCodes, refusalError } from '../../../protocols/refusal.ts';
import { GatewayError, type GatewayResponseType, noRoute } from './gateway-error.ts';

/** The gateway error for a refused request. */
export function refusedError(refusal: Refusal): GatewayError {
  const { code, message, status } = refusalError(refusal, jsonRefusalCodes(403), maskedDenial);
  return new GatewayError(responseTypes.get(code) ?? 'DEFAULT_4XX', code, message, status);
}

/** The gateway error for a denial. */
export function deniedError(decision: Exclude<Decision, { allowed: true }>): GatewayError {
  return refusedError({ step: 'authorization', decision });
}

/**
 * The error for a path or method that the API does not have. API Gateway looks at the `Authorization` header first: if it is no
 * signature (`Bearer …`), the answer says what it lacks.
 */
export function noRouteError(request: AwsRequest): AwsError {
  const failure = unreadableSignature(request);
  return failure?.kind === 'incomplete' ? refusedError({ step: 'authentication', failure }) : noRoute();
}

/** By error code; the rest are plain client errors. */
const responseTypes: ReadonlyMap<string, GatewayResponseType> = new Map([
  ['AccessDeniedException', 'ACCESS_DENIED'],
  ['ExpiredTokenException', 'EXPIRED_TOKEN'],
  ['InvalidSignatureException', 'INVALID_SIGNATURE'],
  ['MissingAuthenticationTokenException', 'MISSING_AUTHENTICATION_TOKEN'],
]);

/** API Gateway shows callers only the last four digits of the account that owns the API. */
function maskedDenial(decision: Exclude<Decision, { allowed: true }>): string {
  const masked = decision.resource.replace(
    /^(arn:[\w-]+:execute-api:[\w-]+:)\d{8}(\d{4}:)/,
    (_, head: string, tail: string) => `${head}********${tail}`,
  );
  return denialMessage(decision).replace(decision.resource, () => masked);
}
