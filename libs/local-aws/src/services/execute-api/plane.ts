import { createHash } from 'node:crypto';
import type { Authorizer, Principal } from '@cross-account-api/iam';
import { routeName } from '@cross-account-api/iam/explanation';
import type { Clock } from '../../core/clock.ts';
import type { AwsError } from '../../core/errors.ts';
import type { Holds } from '../../core/holds.ts';
import { randomHex } from '../../core/random-hex.ts';
import { type AwsRequest, type AwsResponse, header } from '../../core/request.ts';
import { continueTrace } from '../../core/trace-header.ts';
import type { Endpoint, Refusal, Route } from '../../pipeline/endpoint.ts';
import { answeredAs } from '../../pipeline/request-scope.ts';
import type { AuthorizationType } from '../apigateway/definition/authorizers.ts';
import type { ApiStore, DeployedStage } from '../apigateway/store.ts';
import type { DeployedHttpStage, HttpApiStore } from '../apigatewayv2/store.ts';
import type { LambdaService } from '../lambda/index.ts';
import type { LogsService } from '../logs/index.ts';
import { createThrottle, invokeQuestions, type Limits } from './checks/admission.ts';
import { chosenRequestId, type GatewayRequest } from './invocation.ts';
import { type RequestConclusion, substitute, type Variables } from './responses/variables.ts';
import {
  type Address,
  createRouter,
  type RoutedPath,
  type RouteMatch,
  type Router,
} from './routing/router.ts';

/** Answers the requests to one kind of API. */
export interface Plane extends Pick<Endpoint, 'refuse' | 'fail'> {
  route(request: AwsRequest, address: Address): Route;
}

/** The dependencies of the planes. Stages are as callers see them: with a lag after changes. */
export interface PlaneOptions {
  readonly lambda: Pick<LambdaService, 'invokeFor' | 'isInspected'>;
  /** The time for which functions are held counts for no time-out. */
  readonly holds: Holds;
  /** Starts a session of a role. @throws AwsError if the role does not exist, or does not trust API Gateway */
  assumeRole(roleArn: string): Promise<Principal>;
  readonly apis: Pick<ApiStore, 'findStage' | 'domainNames'>;
  readonly httpApis: Pick<HttpApiStore, 'findStage' | 'stageNames'>;
  readonly logs: Pick<LogsService, 'write'>;
  /** Decides by the resource policy of an API on requests to methods that IAM does not authorize. */
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  /** The organization of an account, for the event. */
  organizationOf(accountId: string): string | undefined;
}

/** The differences between the kinds of API. */
export interface PlaneKind<
  Stage extends DeployedStage | DeployedHttpStage,
  Method extends { readonly authorizationType: AuthorizationType },
> {
  readonly stages: { findStage(apiId: string, region: string, stageName: string): Stage | undefined };
  paths(stage: Stage): readonly RoutedPath<Method>[];
  /** The route for requests that match no path. */
  otherwise?(stage: Stage, path: string): RouteMatch<Method> | undefined;
  /** Answers a request before its signature is read. */
  answerFirst?(invocation: GatewayRequest<Stage, Method>): AwsResponse | undefined;
  /** Lets a request through to a method that IAM does not authorize, or throws the error for it. */
  admit(invocation: GatewayRequest<Stage, Method>, match: RouteMatch<Method>): Promise<void>;
  /** The limits of a method, and the key of its token bucket. */
  limits(stage: Stage, match: RouteMatch<Method>): Limits & { readonly key: string };
  integrate(
    invocation: GatewayRequest<Stage, Method>,
    match: RouteMatch<Method>,
    body: Buffer,
  ): Promise<AwsResponse>;
  noStage(): AwsError;
  noRoute(request: AwsRequest): AwsError;
  error(type: 'DEFAULT_5XX' | 'HEADERS_TOO_LARGE' | 'REQUEST_TOO_LARGE' | 'THROTTLED'): AwsError;
  /** The error for a refused request, and a `reason` for the access log if the error does not give it. */
  refused(refusal: Refusal): { readonly error: AwsError; readonly reason?: string };
  /** The response for an error. @param invocation absent if the request reached no stage */
  errorResponse(error: AwsError, invocation: GatewayRequest<Stage, Method> | undefined): AwsResponse;
  headers(request: AwsRequest, invocation: GatewayRequest | undefined): AwsResponse['headers'];
  variables(invocation: GatewayRequest<Stage, Method>, conclusion: RequestConclusion): Variables;
}

/** The total size of all header values (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html). */
const MAX_HEADER_BYTES = 10_240;

/** The maximum size of a request's body (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html). */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

const LOG_GROUP = /^arn:aws[a-z-]*:logs:([\w-]+):(\d{12}):log-group:(.+?)(?::\*)?$/;

/** Makes the data plane of one kind of API. Order of checks: API and stage, route, signature, policy, throttling, model, integration. */
export function createPlane<
  Stage extends DeployedStage | DeployedHttpStage,
  Method extends { readonly authorizationType: AuthorizationType },
>(kind: PlaneKind<Stage, Method>, { logs, clock, organizationOf }: PlaneOptions): Plane {
  type ThisInvocation = GatewayRequest<Stage, Method>;
  const routers = new WeakMap<object, Router<Method>>();
  const invocations = new WeakMap<AwsRequest, ThisInvocation>();
  const admits = createThrottle(clock);

  return {
    route(request, address) {
      const stage = kind.stages.findStage(address.apiId, address.region, address.stageName);
      if (stage === undefined || !answersAt(stage, address)) throw kind.noStage();
      // Whether API Gateway itself takes part in X-Ray traces.
      const tracing = stage.protocol === 'REST' && stage.tracingEnabled;
      const received = header(request, 'x-amzn-trace-id');
      const ids = requestIds(request, stage);
      if (stage.protocol === 'REST') answeredAs(ids);
      const invocation: ThisInvocation = {
        request,
        address,
        stage,
        ...ids,
        traceId: continueTrace(received, request.receivedAt, { tracing, keepsParent: !tracing }),
        startedAt: performance.now(),
      };
      invocations.set(request, invocation);
      const router = routers.get(stage.api) ?? createRouter<Method>(kind.paths(stage));
      routers.set(stage.api, router);
      const match = router(request.method, address.path) ?? kind.otherwise?.(stage, address.path);
      if (match !== undefined) invocation.match = match;
      const path = match?.resource.path ?? address.path;
      const base = { operation: `${request.method} ${path}`, accountId: stage.accountId };
      // API Gateway ignores signatures on requests to methods that IAM does not authorize.
      const unsigned = (answer: () => Promise<AwsResponse>): Route => ({
        ...base,
        anonymous: answer,
        questions: () => [],
        dispatch: answer,
      });
      const first = kind.answerFirst?.(invocation);
      if (first !== undefined) return unsigned(async () => conclude(invocation, first));
      if (match === undefined) {
        const routes = kind
          .paths(stage)
          .flatMap(({ path, methods }) => [...methods.keys()].map((method) => routeName({ method, path })));
        const unmatched = { operation: base.operation, routes: routes.sort() };
        throw Object.assign(kind.noRoute(request), { unmatched });
      }
      const headerBytes = request.headers.reduce((sum, [, value]) => sum + value.length, 0);
      if (headerBytes > MAX_HEADER_BYTES) throw kind.error('HEADERS_TOO_LARGE');
      if (request.body.length > MAX_BODY_BYTES) throw kind.error('REQUEST_TOO_LARGE');
      if (match.method.authorizationType !== 'AWS_IAM') {
        return unsigned(async () => {
          await kind.admit(invocation, match);
          return serve(invocation, match, request.body);
        });
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
    },
    refuse(refusal, request) {
      const { error, reason } = kind.refused(refusal);
      return answerError(request, error, reason);
    },
    fail: (error, request) =>
      answerError(request, error.code === 'InternalFailure' ? kind.error('DEFAULT_5XX') : error),
  };

  async function serve(
    invocation: ThisInvocation,
    match: RouteMatch<Method>,
    body: Buffer,
  ): Promise<AwsResponse> {
    const { stage } = invocation;
    const { key, ...limits } = kind.limits(stage, match);
    if (!admits(`${stage.apiId}/${stage.stageName}/${key}`, limits)) throw kind.error('THROTTLED');
    return conclude(invocation, await kind.integrate(invocation, match, body));
  }

  function answerError(request: AwsRequest, error: AwsError, reason?: string): AwsResponse {
    const invocation = invocations.get(request);
    const response = kind.errorResponse(error, invocation);
    if (invocation !== undefined) return conclude(invocation, response, { error, reason });
    return { ...response, headers: { ...response.headers, ...kind.headers(request, undefined) } };
  }

  /** The last step of every request that reached a stage: adds API Gateway's headers, and writes the access log. */
  function conclude(
    invocation: ThisInvocation,
    response: AwsResponse,
    why?: Pick<RequestConclusion, 'error' | 'reason'>,
  ): AwsResponse {
    const { request, stage } = invocation;
    const log = stage.accessLogSettings;
    if (log !== undefined) {
      const variables = kind.variables(invocation, { ...why, response });
      // A variable without a value is `-`.
      const message = substitute(log.format.replace(/\r?\n$/, ''), variables, '-');
      const [, region = '', accountId = '', group = ''] = LOG_GROUP.exec(log.destinationArn) ?? [];
      const stream = createHash('md5').update(`${stage.apiId}/${stage.stageName}`).digest('hex');
      const timestamp = request.receivedAt.getTime();
      logs.write({ accountId, region }, group, stream, [{ timestamp, message }]);
    }
    return { ...response, headers: { ...response.headers, ...kind.headers(request, invocation) } };
  }
}

/**
 * The IDs by which clients and logs know a request. An HTTP API has one only, which nobody chooses: its extended ID is "Equivalent to
 * $context.requestId" (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html). On AWS, that ID is a
 * short code. Here, it is the request ID of the trace.
 */
function requestIds(request: AwsRequest, { protocol }: Pick<DeployedStage | DeployedHttpStage, 'protocol'>) {
  const { requestId } = request;
  if (protocol !== 'REST') return { requestId, extendedRequestId: requestId };
  const extendedRequestId = `${Buffer.from(randomHex(22), 'hex').toString('base64url')}=`;
  return { requestId: chosenRequestId(request) ?? requestId, extendedRequestId };
}

/**
 * Whether an address reaches a stage. Only its VPC endpoints reach a private API; no VPC endpoint reaches a public API
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-api-test-invoke-url.html).
 */
function answersAt(
  { defaultEndpointDisabled, privateTo }: Pick<DeployedStage, 'defaultEndpointDisabled' | 'privateTo'>,
  { isCustom, vpcEndpointId }: Address,
): boolean {
  if (privateTo !== undefined) return vpcEndpointId !== undefined && privateTo.includes(vpcEndpointId);
  return vpcEndpointId === undefined && (isCustom || !defaultEndpointDisabled);
}
