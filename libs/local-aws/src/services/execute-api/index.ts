import type { Authorizer } from '../../authorization/decision.ts';
import type { Clock } from '../../core/clock.ts';
import type { AwsError } from '../../core/errors.ts';
import type { AwsRequest, AwsResponse } from '../../core/request.ts';
import type { Call, Endpoint, Route, RouteQuestion } from '../../pipeline/endpoint.ts';
import { currentRequest } from '../../pipeline/request-scope.ts';
import type { DeployedApi, DeployedApis, DeployedMethod } from '../apigateway/deployed-api.ts';
import { anonymousQuestions, resourcePolicyOf } from './checks/permissions.ts';
import { validateRequest } from './checks/request-validation.ts';
import { createThrottle } from './checks/throttle.ts';
import { invokeLambda } from './integrations/lambda-integration.ts';
import type { LambdaInvoker } from './integrations/lambda-invoker.ts';
import { answerMock } from './integrations/mock-integration.ts';
import { beginInvocation, type Invocation, requestArns } from './invocation.ts';
import { type LogWriter, writeAccessLog } from './responses/access-log.ts';
import { forbidden, internalError, requestTooLong, throttled } from './responses/gateway-error.ts';
import { renderGatewayResponse } from './responses/gateway-response.ts';
import { deniedError, noRouteError, refusedError } from './responses/refusal.ts';
import { requestContext } from './responses/request-context.ts';
import { variablesOf } from './responses/variables.ts';
import { addressOf } from './routing/address.ts';
import { createRouter, type Router } from './routing/router.ts';

export type { InvokeOutcome, LambdaInvoker } from './integrations/lambda-invoker.ts';
export type { LogWriter } from './responses/access-log.ts';

/** What the data plane needs. */
export interface ExecuteApiOptions {
  readonly apis: DeployedApis;
  readonly lambda: LambdaInvoker;
  readonly logs: LogWriter;
  /** Decides on requests to methods without authorization, where the API has a resource policy. */
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  /** The organization of an account, for `requestContext.identity.principalOrgId`. Default: none. */
  readonly organizationOf?: (accountId: string) => string | undefined;
  /** Receives the error if an access log cannot be written. The caller is answered all the same. */
  readonly onLogFailure: (error: unknown) => void;
}

const MAX_BODY_BYTES = 10 * 1024 * 1024;

/**
 * Makes the data plane of API Gateway: `https://<apiId>.execute-api.<region>.amazonaws.com/<stage>/<path>`. Checks are made in
 * the order API and stage, route, signature, policy, throttling, request model, integration.
 */
export function createExecuteApiEndpoint(options: ExecuteApiOptions): Endpoint {
  const { apis, lambda, logs, authorizer, clock } = options;
  const organizationOf = options.organizationOf ?? (() => undefined);
  const routers = new WeakMap<DeployedApi, Router>();
  const invocations = new WeakMap<AwsRequest, Invocation>();
  const throttle = createThrottle(clock);

  return {
    signingName: 'execute-api',
    signatureRules(request) {
      const address = addressOf(request);
      return {
        signingName: 'execute-api',
        ...(address === undefined ? {} : { region: address.region }),
        maxSkewSeconds: 300,
        path: 'normalize-and-double-encode',
        unsignedPayload: false,
      };
    },
    route(request) {
      const address = addressOf(request);
      const stage = address && apis.findStage(address.apiId, address.region, address.stageName);
      if (address === undefined || stage === undefined || stage.defaultEndpointDisabled) throw forbidden();
      const invocation = beginInvocation(request, address, stage);
      invocations.set(request, invocation);
      const match = routerOf(stage.api)(request.method, address.path);
      if (match === undefined) throw noRouteError(request);
      invocation.match = match;
      if (request.body.length > MAX_BODY_BYTES) throw requestTooLong();
      return routeTo(invocation, match.method, match.resource.path);
    },
    refuse: (refusal, request) => answerError(refusedError(refusal), request),
    fail: (error, request) =>
      answerError(error.code === 'InternalFailure' ? internalError() : error, request),
  };

  function routerOf(api: DeployedApi): Router {
    const router = routers.get(api) ?? createRouter(api);
    routers.set(api, router);
    return router;
  }

  function routeTo(invocation: Invocation, method: DeployedMethod, resourcePath: string): Route {
    const { request, stage } = invocation;
    const base = { operation: `${request.method} ${resourcePath}`, accountId: stage.accountId };
    if (method.authorizationType === 'NONE') {
      const anonymous = () => admitAnonymous(invocation, method);
      // A signature on such a request means nothing to API Gateway.
      return { ...base, anonymous, questions: () => [], dispatch: anonymous };
    }
    return {
      ...base,
      questions({ principal }) {
        invocation.caller = { principal };
        return invokeQuestions(invocation);
      },
      dispatch({ principal, accessKeyId, payload }: Call) {
        invocation.caller = { principal, accessKeyId };
        return serve(invocation, method, payload);
      },
    };
  }

  async function admitAnonymous(invocation: Invocation, method: DeployedMethod): Promise<AwsResponse> {
    for (const question of anonymousQuestions(invocation)) {
      const decision = await authorizer.decide(question);
      currentRequest()?.decisions.push(decision);
      if (!decision.allowed) throw deniedError(decision);
    }
    return serve(invocation, method, invocation.request.body);
  }

  async function serve(invocation: Invocation, method: DeployedMethod, body: Buffer): Promise<AwsResponse> {
    const { stage, match } = invocation;
    const resourcePath = match?.resource.path ?? '/';
    const key = `${stage.apiId}/${stage.stageName}${resourcePath} ${method.httpMethod}`;
    if (!throttle.admit(key, stage.settingsFor(resourcePath, method.httpMethod))) throw throttled();
    if (method.validation !== undefined) validateRequest(method.validation, invocation, body);
    const { integration } = method;
    if (integration.type === 'MOCK') return conclude(invocation, answerMock(integration, invocation, body));
    const context = requestContext(invocation, organizationOf);
    const response = await invokeLambda(lambda, integration, invocation, body, context, ({ decision }) =>
      currentRequest()?.decisions.push(decision),
    );
    const headers = { ...response.headers, 'X-Amzn-Trace-Id': invocation.traceId };
    return conclude(invocation, { ...response, headers });
  }

  function answerError(error: AwsError, request: AwsRequest): AwsResponse {
    const invocation = invocations.get(request);
    const context = invocation && requestContext(invocation, organizationOf);
    const response = renderGatewayResponse(error, invocation, variablesOf(invocation, context, error));
    if (invocation !== undefined) return conclude(invocation, response, error);
    return { ...response, headers: { ...response.headers, 'x-amzn-RequestId': request.requestId } };
  }

  /** The last step of every request that reached a stage: API Gateway's own headers, and the access log. */
  function conclude(invocation: Invocation, response: AwsResponse, error?: AwsError): AwsResponse {
    if (invocation.stage.accessLog !== undefined) {
      const context = requestContext(invocation, organizationOf);
      const variables = variablesOf(invocation, context, error, response);
      writeAccessLog(logs, invocation, variables).catch(options.onLogFailure);
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

function invokeQuestions(invocation: Invocation): RouteQuestion[] {
  const resourcePolicy = resourcePolicyOf(invocation.stage);
  return requestArns(invocation).map((resource) => ({
    action: 'execute-api:Invoke',
    resource,
    resourceAccountId: invocation.stage.accountId,
    ...(resourcePolicy === undefined ? {} : { resourcePolicy }),
  }));
}
