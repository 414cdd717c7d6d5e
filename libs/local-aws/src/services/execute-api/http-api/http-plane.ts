import type { AwsError } from '../../../core/errors.ts';
import type { AwsRequest, AwsResponse } from '../../../core/request.ts';
import type { Route } from '../../../pipeline/endpoint.ts';
import { ACCOUNT_LIMITS } from '../../apigateway/definition/stage-settings.ts';
import {
  DEFAULT_ROUTE_KEY,
  type DeployedHttpApi,
  type DeployedHttpRoute,
  type DeployedHttpStage,
  type HttpPath,
} from '../../apigatewayv2/deployed-http-api.ts';
import { invokeQuestions } from '../checks/permissions.ts';
import { Throttle } from '../checks/throttle.ts';
import { addOutcome, callFunction } from '../integrations/function-call.ts';
import { beginInvocation } from '../invocation.ts';
import { MAX_BODY_BYTES, type Plane, type PlaneOptions } from '../plane.ts';
import { writeAccessLog } from '../responses/access-log.ts';
import { type Conclusion, commonVariables, lookUp, type Variables } from '../responses/variables.ts';
import { type Address, createRouter, hasDotSegments, type Router, segmentsOf } from '../routing/router.ts';
import { answerPreflight, isPreflight, withCors } from './cors.ts';
import { errorResponse, forbiddenError, httpError } from './errors.ts';
import { readFunctionAnswer } from './function-answer.ts';
import { httpEvent, httpRequestContext } from './http-event.ts';
import type { HttpInvocation, HttpMatch } from './http-invocation.ts';

/** The errors of calls that failed. */
const failures = {
  misconfigured: 'INTEGRATION_FAILURE',
  rejected: 'INTEGRATION_FAILURE',
  'function-error': 'INTEGRATION_FAILURE',
  timeout: 'INTEGRATION_TIMEOUT',
} as const;

/**
 * Makes the data plane of HTTP APIs. Checks are made in the order stage, route, signature, identity policies, throttling,
 * integration. There are no resource policies
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html).
 */
export function createHttpPlane(options: PlaneOptions): Plane {
  const { httpApis, logs, clock, organizationOf } = options;
  const routers = new WeakMap<DeployedHttpApi, Router<HttpPath, DeployedHttpRoute>>();
  const invocations = new WeakMap<AwsRequest, HttpInvocation>();
  const throttle = new Throttle(clock);

  return {
    route(request, address) {
      const stage = httpApis.findStage(address.apiId, address.region, address.stageName);
      if (stage === undefined || !answersAt(stage, address)) throw httpError('RESOURCE_NOT_FOUND');
      const invocation: HttpInvocation = beginInvocation(request, address, stage, false);
      invocations.set(request, invocation);
      const match = findRoute(stage.api, request.method, address.path);
      if (match !== undefined) invocation.match = match;
      const { cors } = stage.api;
      if (cors !== undefined && isPreflight(request) && match?.route.authorizationType !== 'AWS_IAM') {
        const answer = async () => conclude(invocation, answerPreflight(cors, request));
        return routeOf(invocation, match?.routePath ?? address.path, { anonymous: answer, dispatch: answer });
      }
      if (match === undefined) throw httpError('RESOURCE_NOT_FOUND');
      if (request.body.length > MAX_BODY_BYTES) throw httpError('REQUEST_TOO_LARGE');
      if (match.route.authorizationType === 'NONE') {
        const answer = () => serve(invocation, match, request.body);
        return routeOf(invocation, match.routePath, { anonymous: answer, dispatch: answer });
      }
      return routeOf(invocation, match.routePath, {
        questions({ principal }) {
          invocation.caller = { principal, organizationId: organizationOf(principal.accountId) };
          return invokeQuestions(invocation);
        },
        dispatch({ accessKeyId, payload }) {
          if (invocation.caller !== undefined) invocation.caller.accessKeyId = accessKeyId;
          return serve(invocation, match, payload);
        },
      });
    },
    refuse(refusal, request) {
      const { error, reason } = forbiddenError(refusal);
      return answerError(request, error, reason);
    },
    fail: (error, request) =>
      answerError(request, error.code === 'InternalFailure' ? httpError('DEFAULT_5XX') : error),
  };

  function findRoute(api: DeployedHttpApi, method: string, path: string): HttpMatch | undefined {
    const router = routers.get(api) ?? createRouter<HttpPath, DeployedHttpRoute>(api.paths);
    routers.set(api, router);
    const match = router(method, path);
    if (match !== undefined) {
      const { resource, method: route, pathParameters } = match;
      return { route, routePath: resource.path, pathParameters };
    }
    const { defaultRoute } = api;
    if (defaultRoute === undefined || hasDotSegments(segmentsOf(path))) return undefined;
    return { route: defaultRoute, routePath: defaultRoute.routeKey, pathParameters: {} };
  }

  async function serve(
    invocation: HttpInvocation,
    { route, routePath }: HttpMatch,
    body: Buffer,
  ): Promise<AwsResponse> {
    const { request, stage } = invocation;
    const { routeKey, integration } = route;
    const limits = { ...ACCOUNT_LIMITS, ...stage.defaultRouteSettings, ...stage.routeSettings.get(routeKey) };
    if (!throttle.admit(`${stage.apiId}/${stage.stageName}/${routeKey}`, limits))
      throw httpError('THROTTLED');
    const call = await callFunction(options, integration, invocation, {
      // The permission of the route `$default` names no method: https://github.com/aws/serverless-application-model/issues/1860
      place: routeKey === DEFAULT_ROUTE_KEY ? routeKey : `${request.method}${routePath}`,
      event: httpEvent(invocation, body),
    });
    if (call.kind !== 'ok') throw httpError(failures[call.kind]);
    const answer = readFunctionAnswer(call.payload, integration.payloadFormatVersion);
    if (!answer.valid) {
      addOutcome(invocation, { error: `Malformed Lambda proxy response: ${answer.reason}` });
      throw httpError('INTEGRATION_FAILURE');
    }
    addOutcome(invocation, { status: answer.response.status });
    const { cors } = stage.api;
    return conclude(
      invocation,
      cors === undefined ? answer.response : withCors(cors, request, answer.response),
    );
  }

  function answerError(request: AwsRequest, error: AwsError, reason?: string): AwsResponse {
    const invocation = invocations.get(request);
    const response = errorResponse(error);
    return invocation === undefined
      ? withRequestId(request, response)
      : conclude(invocation, response, { error, ...(reason !== undefined && { reason }) });
  }

  /** The last step of every request that reached a stage: API Gateway's own header, and the access log. */
  function conclude(
    invocation: HttpInvocation,
    response: AwsResponse,
    why: { readonly error?: AwsError; readonly reason?: string } = {},
  ): AwsResponse {
    const { accessLogSettings } = invocation.stage;
    if (accessLogSettings !== undefined) {
      const variables = variablesOf(invocation, { error: why.error, response }, why.reason);
      writeAccessLog(logs, invocation, accessLogSettings, variables);
    }
    return withRequestId(invocation.request, response);
  }
}

function answersAt({ api }: DeployedHttpStage, { isCustom, vpcEndpointId }: Address): boolean {
  return vpcEndpointId === undefined && (isCustom || !api.defaultEndpointDisabled);
}

function routeOf(
  { request, stage }: HttpInvocation,
  path: string,
  route: Omit<Route, 'operation' | 'accountId' | 'questions'> & Partial<Pick<Route, 'questions'>>,
): Route {
  return {
    operation: `${request.method} ${path}`,
    accountId: stage.accountId,
    // A signature on a request to a route without authorization means nothing to API Gateway.
    questions: () => [],
    ...route,
  };
}

/** On AWS the ID is a short code. Here it is the one under which the trace has the request. */
function withRequestId({ requestId }: AwsRequest, response: AwsResponse): AwsResponse {
  return { ...response, headers: { ...response.headers, 'apigw-requestid': requestId } };
}

/**
 * The variables of a request, as far as they are known
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html).
 * @param reason why the request was refused
 */
function variablesOf(
  invocation: HttpInvocation,
  conclusion: Conclusion,
  reason: string | undefined,
): Variables {
  const { address, integration, match, stage } = invocation;
  const common = commonVariables(invocation, conclusion);
  return lookUp({
    context: {
      ...httpRequestContext(invocation),
      ...common,
      routeKey: match?.route.routeKey,
      authorizer: { error: reason },
      customDomain: { basePathMatched: address.basePath },
      integration: { ...common.integration, status: integration?.status },
      integrationStatus: integration?.integrationStatus,
    },
    stageVariables: stage.variables,
  });
}
