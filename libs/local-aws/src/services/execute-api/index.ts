import type { Authorizer } from '@cross-account-api/iam';
import type { Clock } from '../../core/clock.ts';
import { defined } from '../../core/defined.ts';
import type { AwsError } from '../../core/errors.ts';
import type { AwsRequest, AwsResponse } from '../../core/request.ts';
import type { Endpoint, Route } from '../../pipeline/endpoint.ts';
import { currentRequest, refuses } from '../../pipeline/request-scope.ts';
import { methodSettingsKey, settingsAt } from '../apigateway/definition/stage-settings.ts';
import type { DeployedApi, DeployedApis, DeployedStage } from '../apigateway/deployed-api.ts';
import type { LogsService } from '../logs/index.ts';
import { anonymousQuestions, invokeQuestions } from './checks/permissions.ts';
import { validateRequest } from './checks/request-validation.ts';
import { Throttle } from './checks/throttle.ts';
import { invokeLambda, type LambdaIntegrationServices } from './integrations/lambda-integration.ts';
import { answerMock } from './integrations/mock-integration.ts';
import { beginInvocation, type Invocation } from './invocation.ts';
import { writeAccessLog } from './responses/access-log.ts';
import { forbidden, gatewayError, noRouteError, refusedError } from './responses/gateway-error.ts';
import { plainGatewayResponse, renderGatewayResponse } from './responses/gateway-response.ts';
import { variablesOf } from './responses/variables.ts';
import { type Address, addressOf, createRouter, type RouteMatch, type Router } from './routing/router.ts';

/** What the data plane needs. */
export interface ExecuteApiOptions extends LambdaIntegrationServices {
  readonly apis: DeployedApis;
  readonly logs: Pick<LogsService, 'write'>;
  /** Decides on requests to methods without authorization if the API has a resource policy. */
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  /** The organization of an account, for `requestContext.identity.principalOrgId`. Default: none. */
  readonly organizationOf?: (accountId: string) => string | undefined;
}

const MAX_BODY_BYTES = 10 * 1024 * 1024;

/**
 * Makes the data plane of API Gateway: `https://<apiId>.execute-api.<region>.amazonaws.com/<stage>/<path>`, and custom domains.
 * Checks are made in the order API and stage, route, signature, policy, throttling, request model, integration.
 */
export function createExecuteApiEndpoint(options: ExecuteApiOptions): Endpoint {
  const { apis, logs, authorizer, clock, organizationOf = () => undefined } = options;
  const routers = new WeakMap<DeployedApi, Router>();
  const invocations = new WeakMap<AwsRequest, Invocation>();
  const throttle = new Throttle(clock);

  return {
    signingName: 'execute-api',
    answersFor: (hostname) => apis.findDomain(hostname) !== undefined,
    signatureRules: (request) => ({
      signingName: 'execute-api',
      maxSkewSeconds: 300,
      path: 'normalize-and-double-encode',
      unsignedPayload: false,
      ...defined({ region: addressOf(request, apis)?.region }),
    }),
    route(request) {
      const address = addressOf(request, apis);
      const stage = address && apis.findStage(address.apiId, address.region, address.stageName);
      if (address === undefined || stage === undefined) throw forbidden();
      if (!answersAt(stage, address)) throw forbidden();
      const invocation = beginInvocation(request, address, stage);
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

  function routerOf(api: DeployedApi): Router {
    const router = routers.get(api) ?? createRouter(api);
    routers.set(api, router);
    return router;
  }

  function routeTo(invocation: Invocation, match: RouteMatch): Route {
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

  async function admitAnonymous(invocation: Invocation, match: RouteMatch): Promise<AwsResponse> {
    for (const question of anonymousQuestions(invocation)) {
      const decision = await authorizer.decide(question);
      currentRequest()?.decisions.push(decision);
      if (refuses(decision)) throw refusedError({ step: 'authorization', decision });
    }
    return serve(invocation, match, invocation.request.body);
  }

  async function serve(
    invocation: Invocation,
    { resource, method }: RouteMatch,
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
  function conclude(invocation: Invocation, response: AwsResponse, error?: AwsError): AwsResponse {
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
