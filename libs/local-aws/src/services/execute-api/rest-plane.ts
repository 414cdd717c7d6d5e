import { currentRequest, refuses } from '../../pipeline/request-scope.ts';
import { methodSettingsKey, settingsAt } from '../apigateway/definition/stage-settings.ts';
import type { DeployedMethod, DeployedStage, Resource } from '../apigateway/deployed-api.ts';
import { anonymousQuestions } from './checks/permissions.ts';
import { validateRequest } from './checks/request-validation.ts';
import { invokeLambda } from './integrations/lambda-integration.ts';
import { answerMock } from './integrations/mock-integration.ts';
import { createPlane, type Plane, type PlaneKind, type PlaneOptions } from './plane.ts';
import { forbidden, gatewayError, noRouteError, refusedError } from './responses/gateway-error.ts';
import { plainGatewayResponse, renderGatewayResponse } from './responses/gateway-response.ts';
import { variablesOf } from './responses/variables.ts';

/** Makes the data plane of REST APIs. */
export function createRestPlane(options: PlaneOptions): Plane {
  const kind: PlaneKind<DeployedStage, Resource<DeployedMethod>, DeployedMethod> = {
    findStage: ({ apiId, region, stageName }) => options.apis.findStage(apiId, region, stageName),
    isTracing: ({ tracingEnabled }) => tracingEnabled,
    paths: ({ api }) => api.resources,
    async admitAnonymous(invocation) {
      for (const question of anonymousQuestions(invocation)) {
        const decision = await options.authorizer.decide(question);
        currentRequest()?.decisions.push(decision);
        if (refuses(decision)) throw refusedError({ step: 'authorization', decision });
      }
    },
    limits({ methodSettings }, { resource, method }) {
      const key = methodSettingsKey(resource.path, method.httpMethod);
      return { key, ...settingsAt(methodSettings, key) };
    },
    async integrate(invocation, { method: { integration, validation } }, body) {
      if (validation !== undefined) validateRequest(validation, invocation, body);
      if (integration.type === 'MOCK') return answerMock(integration, invocation, body);
      const response = await invokeLambda(options, integration, invocation, body);
      return { ...response, headers: { ...response.headers, 'X-Amzn-Trace-Id': invocation.traceId } };
    },
    noStage: forbidden,
    noRoute: noRouteError,
    error: gatewayError,
    refused: (refusal) => ({ error: refusedError(refusal) }),
    errorResponse: (error, invocation) =>
      invocation === undefined
        ? plainGatewayResponse(error)
        : renderGatewayResponse(error, invocation, variablesOf(invocation, { error })),
    headers: ({ requestId }, invocation) => ({
      'x-amzn-RequestId': requestId,
      ...(invocation !== undefined && { 'x-amz-apigw-id': invocation.extendedRequestId }),
    }),
    variables: variablesOf,
  };
  return createPlane(kind, options);
}
