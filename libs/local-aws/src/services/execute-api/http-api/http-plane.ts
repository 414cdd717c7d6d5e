import { ACCOUNT_LIMITS } from '../../apigateway/definition/stage-settings.ts';
import {
  DEFAULT_ROUTE_KEY,
  type DeployedHttpRoute,
  type DeployedHttpStage,
  type HttpPath,
} from '../../apigatewayv2/deployed-http-api.ts';
import { callFunction } from '../integrations/function-call.ts';
import type { HttpInvocation } from '../invocation.ts';
import { createPlane, type Plane, type PlaneKind, type PlaneOptions } from '../plane.ts';
import { type Conclusion, commonVariables, lookUp, type Variables } from '../responses/variables.ts';
import { hasDotSegments, segmentsOf } from '../routing/router.ts';
import { answerPreflight, isPreflight, withCors } from './cors.ts';
import { errorResponse, forbiddenError, httpError } from './errors.ts';
import { readFunctionAnswer } from './function-answer.ts';
import { httpEvent, httpRequestContext } from './http-event.ts';

/**
 * Makes the data plane of HTTP APIs. There are no resource policies
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html).
 */
export function createHttpPlane(options: PlaneOptions): Plane {
  const kind: PlaneKind<DeployedHttpStage, HttpPath, DeployedHttpRoute> = {
    findStage: ({ apiId, region, stageName }) => options.httpApis.findStage(apiId, region, stageName),
    isTracing: () => false,
    paths: ({ api }) => api.paths,
    otherwise({ api: { defaultRoute } }, path) {
      if (defaultRoute === undefined || hasDotSegments(segmentsOf(path))) return undefined;
      const resource = { path: defaultRoute.routeKey, methods: new Map() };
      return { resource, method: defaultRoute, pathParameters: {} };
    },
    answerFirst({ request, stage, match }) {
      const { cors } = stage.api;
      if (cors === undefined || !isPreflight(request)) return undefined;
      return match?.method.authorizationType === 'AWS_IAM' ? undefined : answerPreflight(cors, request);
    },
    limits: ({ defaultRouteSettings, routeSettings }, { method: { routeKey } }) => ({
      key: routeKey,
      ...ACCOUNT_LIMITS,
      ...defaultRouteSettings,
      ...routeSettings.get(routeKey),
    }),
    async integrate(invocation, { resource, method: { routeKey, integration } }, body) {
      const { request, stage } = invocation;
      const call = await callFunction(options, integration, invocation, {
        // The permission of the route `$default` names no method: https://github.com/aws/serverless-application-model/issues/1860
        place: routeKey === DEFAULT_ROUTE_KEY ? routeKey : `${request.method}${resource.path}`,
        event: httpEvent(invocation, body),
        read: (payload) => readFunctionAnswer(payload, integration.payloadFormatVersion),
      });
      if (call.kind !== 'ok') {
        throw httpError(call.kind === 'timeout' ? 'INTEGRATION_TIMEOUT' : 'INTEGRATION_FAILURE');
      }
      const { cors } = stage.api;
      return cors === undefined ? call.response : withCors(cors, request, call.response);
    },
    noStage: () => httpError('RESOURCE_NOT_FOUND'),
    noRoute: () => httpError('RESOURCE_NOT_FOUND'),
    error: httpError,
    refused: forbiddenError,
    errorResponse,
    // On AWS the ID is a short code. Here it is the one under which the trace has the request.
    headers: ({ requestId }) => ({ 'apigw-requestid': requestId }),
    variables: variablesOf,
  };
  return createPlane(kind, options);
}

/**
 * The variables of a request, as far as they are known
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html).
 */
function variablesOf(invocation: HttpInvocation, conclusion: Conclusion): Variables {
  const { address, integration, match, stage } = invocation;
  const common = commonVariables(invocation, conclusion);
  return lookUp({
    context: {
      ...httpRequestContext(invocation),
      ...common,
      routeKey: match?.method.routeKey,
      authorizer: { error: conclusion.reason },
      customDomain: { basePathMatched: address.basePath },
      integration: { ...common.integration, status: integration?.status },
      integrationStatus: integration?.integrationStatus,
    },
    stageVariables: stage.variables,
  });
}
