import { type AwsRequest, type AwsResponse, header } from '../../../core/request.ts';
import type { CorsConfiguration } from '../../apigatewayv2/deployed-http-api.ts';

/** Whether a browser asks with a request whether it may send another one. */
export function isPreflight(request: Pick<AwsRequest, 'method' | 'headers'>): boolean {
  const { method } = request;
  return (
    method === 'OPTIONS' &&
    header(request, 'origin') !== undefined &&
    header(request, 'access-control-request-method') !== undefined
  );
}

/**
 * Answers a preflight request from the configuration, without an integration
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html).
 */
export function answerPreflight(cors: CorsConfiguration, request: AwsRequest): AwsResponse {
  const { allowMethods, allowHeaders, maxAge } = cors;
  const origin = originHeaders(cors, request);
  const headers = {
    ...origin,
    ...(origin !== undefined && {
      ...list('Access-Control-Allow-Methods', allowMethods),
      ...list('Access-Control-Allow-Headers', allowHeaders),
      ...(maxAge !== undefined && { 'Access-Control-Max-Age': String(maxAge) }),
    }),
  };
  return { status: 204, headers, body: '' };
}

/**
 * A function's response with the headers of the configuration in place of the function's own: "API Gateway ignores CORS headers
 * returned from your backend integration".
 */
export function withCors(cors: CorsConfiguration, request: AwsRequest, response: AwsResponse): AwsResponse {
  const own = Object.entries(response.headers).filter(([name]) => !/^access-control-/i.test(name));
  return { ...response, headers: { ...Object.fromEntries(own), ...originHeaders(cors, request) } };
}

/** @returns `undefined` if the request has no origin, or one that is not allowed */
function originHeaders(
  { allowOrigins = [], allowCredentials, exposeHeaders }: CorsConfiguration,
  request: AwsRequest,
): Readonly<Record<string, string>> | undefined {
  const origin = header(request, 'origin');
  if (origin === undefined) return undefined;
  const isAny = allowOrigins.includes('*');
  if (!isAny && !allowOrigins.some((allowed) => matches(allowed.toLowerCase(), origin.toLowerCase()))) {
    return undefined;
  }
  return {
    'Access-Control-Allow-Origin': isAny ? '*' : origin,
    ...(allowCredentials === true && { 'Access-Control-Allow-Credentials': 'true' }),
    ...list('Access-Control-Expose-Headers', exposeHeaders),
  };
}

function matches(allowed: string, origin: string): boolean {
  return allowed.endsWith('://*') ? origin.startsWith(allowed.slice(0, -1)) : origin === allowed;
}

function list(name: string, values: readonly string[] | undefined): Record<string, string> {
  return values === undefined || values.length === 0 ? {} : { [name]: values.join(',') };
}
