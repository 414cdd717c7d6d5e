import { defined } from '../../../core/defined.ts';
import { type AwsRequest, type AwsResponse, header } from '../../../core/request.ts';
import { ACCOUNT_LIMITS } from '../../apigateway/definition/stage-settings.ts';
import {
  type CorsConfiguration,
  DEFAULT_ROUTE_KEY,
  type DeployedHttpRoute,
  type DeployedHttpStage,
} from '../../apigatewayv2/store.ts';
import { callFunction } from '../integrations/function-call.ts';
import { readFunctionAnswer } from '../integrations/proxy-response.ts';
import type { HttpInvocation } from '../invocation.ts';
import { createPlane, type Plane, type PlaneKind, type PlaneOptions } from '../plane.ts';
import { GatewayError, refusedError } from '../responses/gateway-error.ts';
import { lookUp, type RequestConclusion, type Variables } from '../responses/variables.ts';
import { hasDotSegments, segmentsOf } from '../routing/router.ts';
import { httpEvent, httpRequestContext } from './http-event.ts';

const internal = [500, 'InternalServerErrorException', 'Internal Server Error'] as const;

/** The errors of HTTP APIs by their type in access logs: status, code for the trace, and message. */
const errors = {
  /** The function failed, could not be invoked, or returned the wrong format. */
  INTEGRATION_FAILURE: internal,
  /** https://github.com/cortexlabs/cortex/issues/1225 */
  INTEGRATION_TIMEOUT: [503, 'ServiceUnavailableException', 'Service Unavailable'],
  /** The words: https://ntsblog.homedev.com.au/index.php/2021/03/09/aws-api-gateway-http-header-is-larger-than-10240-bytes/ */
  HEADERS_TOO_LARGE: [431, 'RequestHeaderFieldsTooLargeException', 'HTTP header is larger than 10240 bytes.'],
  REQUEST_TOO_LARGE: [413, 'RequestTooLongException', 'Request Entity Too Large'],
  /**
   * No such stage or route, or a disabled default endpoint
   * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html,
   * https://repost.aws/knowledge-center/api-gateway-disable-endpoint).
   */
  RESOURCE_NOT_FOUND: [404, 'NotFoundException', 'Not Found'],
  THROTTLED: [429, 'TooManyRequestsException', 'Too Many Requests'],
  /** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-jwt.html */
  UNAUTHORIZED: [401, 'UnauthorizedException', 'Unauthorized'],
  DEFAULT_5XX: internal,
} as const;

/** The types of failed calls. AWS does not document the one of an event that is too large. */
const failures = {
  misconfigured: 'INTEGRATION_FAILURE',
  timeout: 'INTEGRATION_TIMEOUT',
  rejected: 'INTEGRATION_FAILURE',
  'too-large': 'REQUEST_TOO_LARGE',
  'function-error': 'INTEGRATION_FAILURE',
  malformed: 'INTEGRATION_FAILURE',
} as const;

function httpError(type: keyof typeof errors): GatewayError {
  const [status, code, message] = errors[type];
  return new GatewayError(type, status, code, message);
}

/** Makes the data plane of HTTP APIs, which have no resource policies (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html). */
export function createHttpPlane(options: PlaneOptions): Plane {
  const kind: PlaneKind<DeployedHttpStage, DeployedHttpRoute> = {
    stages: options.httpApis,
    paths: ({ api }) => api.paths,
    otherwise({ api: { defaultRoute } }, path) {
      if (defaultRoute === undefined || hasDotSegments(segmentsOf(path))) return undefined;
      const resource = { path: defaultRoute.routeKey, methods: new Map() };
      return { resource, method: defaultRoute, pathParameters: {} };
    },
    answerFirst({ request, stage, match }) {
      const { cors } = stage.api;
      const isSigned = match?.method.authorizationType === 'AWS_IAM';
      return cors === undefined || isSigned ? undefined : answerPreflight(cors, request);
    },
    async admit(_invocation, { method }) {
      // Whom another authorizer admits is not known here. What it would refuse must not get through.
      if (method.authorizationType !== 'NONE') throw httpError('UNAUTHORIZED');
    },
    limits: ({ defaultRouteSettings, routeSettings }, { method: { routeKey } }) => ({
      key: routeKey,
      ...ACCOUNT_LIMITS,
      ...defaultRouteSettings,
      ...routeSettings.get(routeKey),
    }),
    async integrate(invocation, { resource, method: { routeKey, integration } }, body) {
      const { request, stage } = invocation;
      const response = await callFunction(options, integration, invocation, {
        // The permission of the route `$default` names no method: https://github.com/aws/serverless-application-model/issues/1860
        place: routeKey === DEFAULT_ROUTE_KEY ? routeKey : `${request.method}${resource.path}`,
        event: httpEvent(invocation, body),
        read: (payload) => readFunctionAnswer(payload, integration.payloadFormatVersion),
        failure: (why) => httpError(failures[why]),
      });
      const { cors } = stage.api;
      return cors === undefined ? response : withCors(cors, request, response);
    },
    noStage: () => httpError('RESOURCE_NOT_FOUND'),
    noRoute: () => httpError('RESOURCE_NOT_FOUND'),
    error: httpError,
    // An HTTP API always says `Forbidden`: https://github.com/aws/aws-cdk/issues/21182
    refused(refusal) {
      const { responseType, status, code, message } = refusedError(refusal);
      return { error: new GatewayError(responseType, status, code, 'Forbidden'), reason: message };
    },
    errorResponse: ({ status, message }) => ({
      status,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ message }),
    }),
    headers: ({ requestId }) => ({ 'apigw-requestid': requestId }),
    variables: variablesOf,
  };
  return createPlane(kind, options);
}

/** The known variables of a request (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html). */
function variablesOf(invocation: HttpInvocation, conclusion: RequestConclusion): Variables {
  const { address, integration, match } = invocation;
  return lookUp(invocation, conclusion, {
    ...httpRequestContext(invocation),
    routeKey: match?.method.routeKey,
    authorizer: { error: conclusion.reason },
    customDomain: { basePathMatched: address.basePath },
    integration: { status: integration?.status },
    integrationStatus: integration?.integrationStatus,
  });
}

/**
 * Answers a preflight request of a browser from the CORS configuration, without the integration
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html).
 * @returns `undefined` if the request is not a preflight request
 */
function answerPreflight(cors: CorsConfiguration, request: AwsRequest): AwsResponse | undefined {
  const asks = ['origin', 'access-control-request-method'].every(
    (name) => header(request, name) !== undefined,
  );
  if (request.method !== 'OPTIONS' || !asks) return undefined;
  const origin = originHeaders(cors, request);
  const headers = origin && {
    ...origin,
    'Access-Control-Allow-Methods': list(cors.allowMethods),
    'Access-Control-Allow-Headers': list(cors.allowHeaders),
    'Access-Control-Max-Age': cors.maxAge?.toString(),
  };
  return { status: 204, headers: defined(headers ?? {}), body: '' };
}

/** Replaces the CORS headers of a response: "API Gateway ignores CORS headers returned from your backend integration". */
function withCors(cors: CorsConfiguration, request: AwsRequest, response: AwsResponse): AwsResponse {
  const own = Object.entries(response.headers).filter(([name]) => !/^access-control-/i.test(name));
  return { ...response, headers: { ...Object.fromEntries(own), ...originHeaders(cors, request) } };
}

/** @returns `undefined` if the request has no allowed origin */
function originHeaders(
  { allowOrigins = [], allowCredentials, exposeHeaders }: CorsConfiguration,
  request: AwsRequest,
): Readonly<Record<string, string>> | undefined {
  const origin = header(request, 'origin');
  if (origin === undefined) return undefined;
  const isAny = allowOrigins.includes('*');
  const asked = origin.toLowerCase();
  const matches = (allowed: string) =>
    allowed.endsWith('://*') ? asked.startsWith(allowed.slice(0, -1)) : asked === allowed;
  if (!isAny && !allowOrigins.some((allowed) => matches(allowed.toLowerCase()))) return undefined;
  return defined({
    'Access-Control-Allow-Origin': isAny ? '*' : origin,
    'Access-Control-Allow-Credentials': allowCredentials === true ? 'true' : undefined,
    'Access-Control-Expose-Headers': list(exposeHeaders),
  });
}

function list(values: readonly string[] = []): string | undefined {
  return values.length === 0 ? undefined : values.join(',');
}
