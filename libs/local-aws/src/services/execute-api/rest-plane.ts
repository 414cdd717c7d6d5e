import type { AwsError } from '../../core/errors.ts';
import type { AwsRequest, AwsResponse } from '../../core/request.ts';
import type { Route } from '../../pipeline/endpoint.ts';
import { currentRequest, refuses } from '../../pipeline/request-scope.ts';
import { methodSettingsKey, settingsAt } from '../apigateway/definition/stage-settings.ts';
import type { DeployedApi, DeployedMethod, DeployedStage, Resource } from '../apigateway/deployed-api.ts';
import { anonymousQuestions, invokeQuestions } from './checks/permissions.ts';
import { validateRequest } from './checks/request-validation.ts';
import { Throttle } from './checks/throttle.ts';
import { invokeLambda } from './integrations/lambda-integration.ts';
import { answerMock } from './integrations/mock-integration.ts';
import { beginInvocation, type RestInvocation, type RestMatch } from './invocation.ts';
import { MAX_BODY_BYTES, type Plane, type PlaneOptions } from './plane.ts';
import { writeAccessLog } from './responses/access-log.ts';
import { forbidden, gatewayError, noRouteError, refusedError } from './responses/gateway-error.ts';
import { plainGatewayResponse, renderGatewayResponse } from './responses/gateway-response.ts';
import { variablesOf } from './responses/variables.ts';
import { type Address, createRouter, type Router } from './routing/router.ts';

type RestRouter = Router<Resource<DeployedMethod>, DeployedMethod>;

/**
 * Makes the data plane of REST APIs. Checks are made in the order API and stage, route, signature, policy, throttling, request
 * model, integration.
 */
export function createRestPlane(options: PlaneOptions): Plane {
  const { apis, logs, authorizer, clock, organizationOf } = options;
  const routers = new WeakMap<DeployedApi, RestRouter>();
  const invocations = new WeakMap<AwsRequest, RestInvocation>();
  const throttle = new Throttle(clock);

  return {
    route(request, address) {
      const stage = apis.findStage(address.apiId, address.region, address.stageName);
      if (stage === undefined || !answersAt(stage, address)) throw forbidden();
      const invocation: RestInvocation = beginInvocation(request, address, stage, stage.tracingEnabled);
      invocations.set(request, invocation);
      const match = routerOf(stage.api)(request.method, address.path);
      if (match === undefined) throw noRouteError(request);
      invocation.match = match;
      if (request.body.length > MAX_BODY_BYTES) throw gatewayError('REQUEST_TOO_LARGE');
      return routeTo(invocation, match);
    },
    refuse: (refusal, request) => answerError(refusedError(refusal), request),
    fail: (error, request) =>
      answerError(error.code === 'InternalFailure' ? gatewayError('DEFAULT_5XX') : error, request),
  };

  function routerOf(api: DeployedApi): RestRouter {
    const router = routers.get(api) ?? createRouter<Resource<DeployedMethod>, DeployedMethod>(api.resources);
    routers.set(api, router);
    return router;
  }

  function routeTo(invocation: RestInvocation, match: RestMatch): Route {
    const { request, stage } = invocation;
    const base = { operation: `${request.method} ${match.resource.path}`, accountId: stage.accountId };
    if (match.method.authorizationType === 'NONE') {
      const anonymous = () => admitAnonymous(invocation, match);
      // A signature on such a request means nothing to API Gateway.
      return { ...base, anonymous, questions: () => [], dispatch: anonymous };
    }
    return {
      ...base,
      questions({ principal }) {
        invocation.caller = { principal, organizationId: organizationOf(principal.accountId) };
        return invokeQuestions(invocation);
      },
      dispatch({ accessKeyId, payload }) {
        if (invocation.caller !== undefined) invocation.caller.accessKeyId = accessKeyId;
        return serve(invocation, match, payload);
      },
    };
  }

  async function admitAnonymous(invocation: RestInvocation, match: RestMatch): Promise<AwsResponse> {
    for (const question of anonymousQuestions(invocation)) {
      const decision = await authorizer.decide(question);
      currentRequest()?.decisions.push(decision);
      if (refuses(decision)) throw refusedError({ step: 'authorization', decision });
    }
    return serve(invocation, match, invocation.request.body);
  }

  async function serve(
    invocation: RestInvocation,
    { resource, method }: RestMatch,
    body: Buffer,
  ): Promise<AwsResponse> {
    const { stage } = invocation;
    const { integration, validation, httpMethod } = method;
    const key = methodSettingsKey(resource.path, httpMethod);
    const limits = settingsAt(stage.methodSettings, key);
    if (!throttle.admit(`${stage.apiId}/${stage.stageName}/${key}`, limits)) throw gatewayError('THROTTLED');
    if (validation !== undefined) validateRequest(validation, invocation, body);
    if (integration.type === 'MOCK') return conclude(invocation, answerMock(integration, invocation, body));
    const response = await invokeLambda(options, integration, invocation, body);
    const headers = { ...response.headers, 'X-Amzn-Trace-Id': invocation.traceId };
    return conclude(invocation, { ...response, headers });
  }

  function answerError(error: AwsError, request: AwsRequest): AwsResponse {
    const invocation = invocations.get(request);
    if (invocation === undefined) {
      const { headers, ...response } = plainGatewayResponse(error);
      return { ...response, headers: { ...headers, 'x-amzn-RequestId': request.requestId } };
    }
    const response = renderGatewayResponse(error, invocation, variablesOf(invocation, { error }));
    return conclude(invocation, response, error);
  }

  /** The last step of every request that reached a stage: API Gateway's own headers, and the access log. */
  function conclude(invocation: RestInvocation, response: AwsResponse, error?: AwsError): AwsResponse {
    const { accessLogSettings } = invocation.stage;
    if (accessLogSettings !== undefined) {
      writeAccessLog(logs, invocation, accessLogSettings, variablesOf(invocation, { error, response }));
    }
    return {
      ...response,
      headers: {
        ...response.headers,
        'x-amzn-RequestId': invocation.request.requestId,
        'x-amz-apigw-id': invocation.extendedRequestId,
      },
    };
  }
}

/**
 * Whether an API answers at the host of a request: a private one through its VPC endpoints only, and a public one not through
 * them (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-api-test-invoke-url.html).
 */
function answersAt(
  { privateTo, defaultEndpointDisabled }: DeployedStage,
  { isCustom, vpcEndpointId }: Address,
): boolean {
  if (privateTo !== undefined) return vpcEndpointId !== undefined && privateTo.includes(vpcEndpointId);
  return vpcEndpointId === undefined && (isCustom || !defaultEndpointDisabled);
}
