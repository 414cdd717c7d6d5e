import type { Decision, ServicePrincipal } from '@cross-account-api/iam';
import type { AwsError } from '../../core/errors.ts';
import { parseJson } from '../../core/parse-json.ts';
import { header } from '../../core/request.ts';
import { TimeLimitError } from '../../core/within-time.ts';
import { requestKeys } from '../../pipeline/global-context.ts';
import { currentRequest, failedWith, refuses } from '../../pipeline/request-scope.ts';
import { MOST_VALIDATION_MS } from '../apigateway/definition/model-schema.ts';
import { methodSettingsKey, settingsAt } from '../apigateway/definition/stage-settings.ts';
import type { DeployedMethod, DeployedStage, RequestValidation } from '../apigateway/store.ts';
import { invokeQuestions } from './checks/admission.ts';
import { createAuthorizerAsker } from './checks/ask-authorizer.ts';
import { isExplicitDeny, outcome } from './checks/authorization-table.ts';
import { callFunction } from './integrations/function-call.ts';
import { essence, isBinary } from './integrations/headers.ts';
import { answerMock } from './integrations/mock-integration.ts';
import { proxyEvent } from './integrations/proxy-event.ts';
import { readProxyResponse } from './integrations/proxy-response.ts';
import { chosenRequestId, parameterOf, type RestInvocation } from './invocation.ts';
import { createPlane, type Plane, type PlaneKind, type PlaneOptions } from './plane.ts';
import {
  forbidden,
  GatewayError,
  gatewayError,
  noRouteError,
  refusedError,
} from './responses/gateway-error.ts';
import { gatewayResponse } from './responses/gateway-response.ts';
import { type RequestConclusion, type Variables, variablesOf } from './responses/variables.ts';

/** The errors of failed calls (https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html). */
const failures = {
  misconfigured: () => gatewayError('API_CONFIGURATION_ERROR'),
  timeout: () => gatewayError('INTEGRATION_TIMEOUT'),
  rejected: () => gatewayError('INTEGRATION_FAILURE'),
  // As it was recorded: https://github.com/koki-develop/lgtm-generator/issues/10. No gateway response of REQUEST_TOO_LARGE customizes it.
  'too-large': () => new GatewayError('DEFAULT_4XX', 413, 'BadRequestException', 'Request Too Long'),
  'function-error': () => gatewayError('DEFAULT_5XX', { status: 502 }),
  malformed: () => gatewayError('DEFAULT_5XX', { status: 502 }),
} as const;

/** An unsigned caller: a service that matches only statements for everyone. */
const anonymous: ServicePrincipal = { type: 'Service', service: 'anonymous' };

/** Makes the data plane of REST APIs. */
export function createRestPlane(options: PlaneOptions): Plane {
  const askAuthorizer = createAuthorizerAsker(options);
  const kind: PlaneKind<DeployedStage, DeployedMethod> = {
    stages: options.apis,
    paths: ({ api }) => api.resources,
    async admit(invocation, { method: { authorizationType, authorizer } }) {
      const { request, stage } = invocation;
      // Whom a user pool admits is not known here. What it would refuse must not get through.
      if (authorizationType !== 'NONE' && authorizer === undefined) throw gatewayError('UNAUTHORIZED');
      const context = requestKeys(request, stage.region);
      const byPolicy =
        stage.api.policy === undefined
          ? []
          : await Promise.all(
              invokeQuestions(invocation).map((question) =>
                options.authorizer.decide({ ...question, principal: anonymous, context }),
              ),
            );
      if (authorizer === undefined) return obey(byPolicy);
      // "Before calling the Lambda authorizer, API Gateway first evaluates the policy and checks for any explicit denials."
      obey(byPolicy.filter(isExplicitDeny));
      const { decisions, isOwn, context: answered } = await askAuthorizer(authorizer, invocation);
      for (const [index, byAuthorizer] of decisions.entries()) {
        const decision = outcome(byAuthorizer, byPolicy[index], isOwn);
        if (decision !== byAuthorizer) obey([decision]);
        else if (refuses(decision)) throw refusedByAuthorizer(authorizer.functionArn, decision);
      }
      invocation.authorizer = answered;
    },
    limits({ methodSettings }, { resource, method }) {
      const key = methodSettingsKey(resource.path, method.httpMethod);
      return { key, ...settingsAt(methodSettings, key) };
    },
    async integrate(invocation, { resource, method: { integration, validation } }, body) {
      if (validation !== undefined) validateRequest(validation, invocation, body);
      if (integration.type === 'MOCK') return answerMock(integration, invocation, body);
      const { request, stage, traceId } = invocation;
      const response = await callFunction(options, integration, invocation, {
        // The method of the request, and the path as configured, with `{parameters}`.
        place: `${request.method}${resource.path}`,
        event: proxyEvent(invocation, body),
        read: (payload) =>
          readProxyResponse(payload, isBinary(header(request, 'accept'), stage.api.binaryMediaTypes)),
        failure: (why) => failures[why](),
      });
      return { ...response, headers: { ...response.headers, 'X-Amzn-Trace-Id': traceId } };
    },
    noStage: forbidden,
    noRoute: noRouteError,
    error: gatewayError,
    refused: (refusal) => ({ error: refusedError(refusal) }),
    errorResponse: gatewayResponse,
    headers: (request, invocation) => ({
      'x-amzn-RequestId': chosenRequestId(request) ?? request.requestId,
      ...(invocation !== undefined && { 'x-amz-apigw-id': invocation.extendedRequestId }),
    }),
    variables: accessLogVariables,
  };
  return createPlane(kind, options);
}

/**
 * Notes decisions by the resource policy, and refuses the request if one of them does. Without a policy, there is none, and everyone may call
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html).
 */
function obey(decisions: readonly Decision[]): void {
  for (const decision of decisions) {
    currentRequest()?.decisions.push(decision);
    if (refuses(decision)) throw refusedError({ step: 'authorization', decision });
  }
}

/** The error for a request that the policy of an authorizer does not allow. The trace says why: no command changes what a function returns. */
function refusedByAuthorizer(functionArn: string, decision: Exclude<Decision, { allowed: true }>): AwsError {
  const [first] = decision.denial === 'explicit' ? decision.decidedBy : [];
  const errorMessage =
    first === undefined
      ? `No statement of the policy that the authorizer returned allows ${decision.action} on ${decision.resource}.`
      : `Statement ${first.statement} of the policy that the authorizer returned denies ${decision.action} on ${decision.resource}.`;
  failedWith({ functionArn, errorType: 'AccessDeniedException', errorMessage, stack: [] });
  const message = 'User is not authorized to access this resource';
  // Both texts: https://repost.aws/knowledge-center/api-gateway-403-error-lambda-authorizer
  return gatewayError('ACCESS_DENIED', first && { message: `${message} with an explicit deny` });
}

/**
 * The variables of the access log. "API Gateway replaces overridden request IDs that aren't in the format of a UUID"
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-access-logging.html).
 */
function accessLogVariables(invocation: RestInvocation, conclusion: RequestConclusion): Variables {
  const isUuid = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i.test(invocation.requestId);
  const requestId = isUuid ? invocation.requestId : 'UUID_REPLACED_INVALID_REQUEST_ID';
  return variablesOf({ ...invocation, requestId }, conclusion);
}

/** Checks the parameters, then the body against the model of its content type. Without a model, every body is valid. */
function validateRequest(validation: RequestValidation, invocation: RestInvocation, body: Buffer): void {
  const { requiredParameters, bodies } = validation;
  const missing = requiredParameters.filter((parameter) => parameterOf(invocation, parameter) === undefined);
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(', ');
    const message = `Missing required request parameters: [${names}]`;
    throw gatewayError('BAD_REQUEST_PARAMETERS', { message });
  }
  const contentType = essence(header(invocation.request, 'content-type') ?? 'application/json');
  const conforms = bodies.get(bodies.has(contentType) ? contentType : '$default');
  if (conforms === undefined) return;
  const document = body.length === 0 ? {} : parseJson(body.toString('utf8'));
  if (document === undefined || !conformsInTime(conforms, document)) throw gatewayError('BAD_REQUEST_BODY');
}

/** Whoever calls the API chooses the body, so a pattern of the model must not keep local AWS busy. */
function conformsInTime(conforms: (document: unknown) => boolean, document: unknown): boolean {
  try {
    return conforms(document);
  } catch (error) {
    if (!(error instanceof TimeLimitError)) throw error;
    const message = `Invalid request body: local AWS ended its validation after ${MOST_VALIDATION_MS} ms. Look for a pattern with a repetition inside a repetition in the model, such as (a+)+.`;
    throw gatewayError('BAD_REQUEST_BODY', { message });
  }
}
