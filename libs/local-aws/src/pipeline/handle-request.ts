import { createMistakeFinder, redactTokens } from '../authentication/explanation.ts';
import { scopeOf } from '../authentication/read-signature.ts';
import type { Clock } from '../core/clock.ts';
import type { CredentialStore } from '../core/credential.ts';
import { defined } from '../core/defined.ts';
import { isObject } from '../core/is-object.ts';
import type { ParentRequest } from '../core/parent-request.ts';
import { parseJson } from '../core/parse-json.ts';
import { type AwsRequest, type AwsResponse, header, type Severed } from '../core/request.ts';
import type { FaultInjector } from '../faults/fault-injector.ts';
import { VERIFY_USER_AGENT } from '../trace/event.ts';
import type { Trace } from '../trace/store.ts';
import { type AddressedRequest, awsErrorOf, createResponder, type ResponderOptions } from './answer.ts';
import type { Endpoint, Route, ServiceRequest } from './endpoint.ts';
import { type EndSession, withFaults } from './faults.ts';
import { inRequestScope } from './request-scope.ts';

interface PipelineOptions extends ResponderOptions {
  /** The endpoint that a request is addressed to, by its host or its credential scope. */
  selectEndpoint(request: AwsRequest): Endpoint;
  readonly credentials: CredentialStore;
  /** The request whose invocation uses this access key. */
  parentRequest(accessKeyId: string): ParentRequest | undefined;
  readonly clock: Clock;
  readonly trace: Trace;
  readonly faults?: FaultInjector;
  readonly endSession?: EndSession;
  readonly soft?: boolean;
}

/** Makes the function through which every request goes: route, authenticate, authorize, dispatch, and one trace event. */
export function createPipeline(
  options: PipelineOptions,
): (request: AwsRequest) => Promise<AwsResponse | Severed> {
  const { clock, credentials, trace, faults, endSession = () => {}, soft = false } = options;
  const findMistake = createMistakeFinder(credentials);
  const plain = createResponder(options);
  const answer = faults === undefined ? plain : withFaults(plain, faults, endSession);
  return (request) =>
    inRequestScope(request.requestId, soft, async (scope) => {
      const start = performance.now();
      const addressed = address(request, options);
      const { endpoint, operation, routes, accountId } = addressed;
      // Asked before the answer. Later, the invocation may have ended, and the next one begun.
      const parent = parentOf(request, options.parentRequest);
      const dispatch = (route: Route, call: ServiceRequest) => route.dispatch(call);
      const outcome = await answer(addressed, { clock, credentials, dispatch });
      const { response, authenticated, decisions = [], refusal, error } = outcome;
      const credential = authenticated?.credential;
      const functionError = response && headerOf(response, 'x-amz-function-error');
      // With 401 and 403, API Gateway refuses what a Lambda authorizer does not admit.
      const isFailure =
        functionError !== undefined ||
        (response?.status ?? 0) >= 500 ||
        (error !== undefined && [401, 403].includes(error.status));
      trace.record({
        time: request.receivedAt,
        requestId: request.requestId,
        service: endpoint.signingName,
        operation,
        decisions: [...decisions, ...scope.decisions],
        status: response?.status ?? 0,
        durationMs: performance.now() - start,
        ...defined({
          answeredIds: scope.answeredIds,
          parentRequestId: parent?.requestId,
          phase: parent?.phase === 'init' ? parent.phase : undefined,
          accountId: accountId ?? credential?.principal.accountId,
          principal: credential?.principal.arn,
          accessKeyId: credential?.accessKeyId,
          region: authenticated?.region,
          refusal,
          clientMistake:
            refusal?.step === 'authentication'
              ? findMistake(refusal.failure, request, endpoint.signatureRules(request))
              : undefined,
          errorCode: error?.code ?? (response && errorTypeOf(response)),
          functionError,
          failure: isFailure ? scope.failure : undefined,
          errorMessage: error?.message ?? (response && problemOf(response)),
          routes,
          faults: scope.faults.length === 0 ? undefined : [...scope.faults],
          softened: scope.softened || undefined,
          probe: header(request, 'user-agent')?.includes(VERIFY_USER_AGENT) || undefined,
        }),
      });
      return outcome.sent ?? response ?? ({ severed: true } satisfies Severed);
    });
}

function address(request: AwsRequest, { selectEndpoint, onDefect }: PipelineOptions): AddressedRequest {
  const endpoint = selectEndpoint(request);
  try {
    const route = endpoint.route(request);
    return { request, endpoint, route, operation: route.operation, accountId: route.accountId };
  } catch (error) {
    const route = awsErrorOf(error, request, onDefect);
    const { operation = `${request.method} ${request.rawPath}`, routes } = route.unmatched ?? {};
    return { request, endpoint, route, operation, routes, accountId: undefined };
  }
}

/**
 * The request whose invocation made this request. It is found by the access key or, also for an unsigned request, by the user name in the
 * function's proxy URL.
 */
export function parentOf(
  request: AwsRequest,
  parentRequest: PipelineOptions['parentRequest'],
): ParentRequest | undefined {
  const accessKeyId = scopeOf(request)?.accessKeyId;
  const parent = accessKeyId === undefined ? undefined : parentRequest(accessKeyId);
  return parent ?? (request.proxyUser === undefined ? undefined : parentRequest(request.proxyUser));
}

function errorTypeOf(response: AwsResponse): string | undefined {
  if (response.status < 400) return undefined;
  const type = headerOf(response, 'x-amzn-errortype');
  if (type !== undefined) return type;
  if (/^application\/x-amz-json-/.test(headerOf(response, 'content-type') ?? '')) {
    const document = parseJson(response.body.toString());
    // e.g. com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException
    return isObject(document) && typeof document.__type === 'string'
      ? document.__type.replace(/^.*#/, '')
      : undefined;
  }
  return /<Code>([^<]{1,100})<\/Code>/.exec(response.body.toString())?.[1];
}

/** The detail of a problem document (RFC 9457), with which a function answers: it says why. */
function problemOf(response: AwsResponse): string | undefined {
  const isProblem = /^application\/problem\+json\b/i.test(headerOf(response, 'content-type') ?? '');
  if (response.status < 400 || !isProblem || response.body.length > MAX_PROBLEM) return undefined;
  const document = parseJson(response.body.toString());
  if (!isObject(document) || typeof document.detail !== 'string') return undefined;
  return redactTokens(document.detail.slice(0, 2_000));
}

/** A longer one, in bytes, is not read. */
const MAX_PROBLEM = 65_536;

function headerOf({ headers }: AwsResponse, wanted: string): string | undefined {
  const [, value] = Object.entries(headers).find(([name]) => name.toLowerCase() === wanted) ?? [];
  return typeof value === 'string' ? value : undefined;
}
