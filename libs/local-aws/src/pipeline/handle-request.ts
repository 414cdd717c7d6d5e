import { authenticate, type ClientMistake, guessClientMistake, scopeOf } from '../authentication/index.ts';
import type { Authenticated } from '../authentication/outcome.ts';
import type { Authorizer, Decision } from '../authorization/decision.ts';
import { globalContext } from '../authorization/index.ts';
import type { Clock } from '../core/clock.ts';
import { AwsError } from '../core/errors.ts';
import type { Credential, CredentialStore } from '../core/principal.ts';
import type { AwsRequest, AwsResponse, Severed } from '../core/request.ts';
import type { Fault } from '../faults/next-fault.ts';
import type { Endpoint, Refusal, Route } from './endpoint.ts';
import { type RequestFaults, strikeAnswer, strikeArrival, struckError, underSkew } from './strike.ts';
import type { Trace } from './trace.ts';

/** What the pipeline needs to take a request through its steps. */
export interface PipelineOptions {
  /** The endpoint that a request is addressed to, by its host or its credential scope. */
  selectEndpoint(request: AwsRequest): Endpoint;
  readonly credentials: CredentialStore;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  readonly trace: Trace;
  /** Faults to inject. Default: none. */
  readonly faults?: RequestFaults;
  /** The invocation during which this credential's holder is making requests, if it is a function's. */
  parentRequest(credential: Credential): string | undefined;
  /** Decisions that dispatch made for a request beyond the caller's own, e.g. whether API Gateway may invoke the function. */
  takeFurtherDecisions(requestId: string): readonly Decision[];
  /** Told of defects: errors that are no {@link AwsError}. The client sees only `InternalFailure`. */
  onDefect(error: unknown, request: AwsRequest): void;
}

/** What is known of a request so far; the trace event is made of it. */
interface Progress {
  endpoint: Endpoint;
  route?: Route;
  authenticated?: Authenticated;
  parentRequestId?: string | undefined;
  decisions: readonly Decision[];
  refusal?: Refusal;
  error?: AwsError;
}

/**
 * Makes the function through which every request to local AWS goes, control plane and API calls alike:
 * route, authenticate, authorize, dispatch, and one trace event. What the fault plan says happens on the way.
 */
export function createPipeline(
  options: PipelineOptions,
): (request: AwsRequest) => Promise<AwsResponse | Severed> {
  const guessMistake = createMistakeGuesser();
  return async (request) => {
    const start = performance.now();
    const progress: Progress = { endpoint: options.selectEndpoint(request), decisions: [] };
    findRoute(request, progress, options);
    const fault = options.faults && nextFault(request, progress, options, options.faults);
    const response = await answer(request, progress, options, fault);
    const sent: AwsResponse | Severed =
      response === undefined ? { severed: true } : await strikeAnswer(fault, response, options.clock);
    const { endpoint, route, authenticated, parentRequestId, refusal, error } = progress;
    const credential = authenticated?.credential;
    const clientMistake = refusal && guessMistake(refusal, request, endpoint, options.credentials);
    const accountId = route?.accountId ?? credential?.principal.accountId;
    const errorCode = error?.code ?? (response && errorTypeOf(response));
    const faults = [fault, options.faults?.take(request.requestId)].filter((one) => one !== undefined);
    options.trace.record({
      time: request.receivedAt,
      requestId: request.requestId,
      ...(parentRequestId === undefined ? {} : { parentRequestId }),
      ...(accountId === undefined ? {} : { accountId }),
      ...(credential === undefined
        ? {}
        : { principal: credential.principal.arn, accessKeyId: credential.accessKeyId }),
      service: endpoint.signingName,
      ...(authenticated === undefined ? {} : { region: authenticated.region }),
      operation: operationOf(route, request),
      decisions: [...progress.decisions, ...options.takeFurtherDecisions(request.requestId)],
      ...(refusal === undefined ? {} : { refusal }),
      ...(clientMistake === undefined ? {} : { clientMistake }),
      status: response?.status ?? 0,
      ...(errorCode === undefined ? {} : { errorCode }),
      ...(error === undefined ? {} : { errorMessage: error.message }),
      durationMs: performance.now() - start,
      ...(faults.length === 0 ? {} : { faults }),
    });
    return sent;
  };
}

function findRoute(request: AwsRequest, progress: Progress, options: PipelineOptions): void {
  try {
    progress.route = progress.endpoint.route(request);
  } catch (error) {
    progress.error = awsErrorOf(error, request, options);
  }
}

/** The fault that strikes a request: decided before anything is done, from what the request says of itself. */
function nextFault(
  request: AwsRequest,
  { endpoint, route }: Progress,
  { credentials }: PipelineOptions,
  faults: RequestFaults,
): Fault | undefined {
  const accessKeyId = scopeOf(request)?.accessKeyId;
  const credential = accessKeyId === undefined ? undefined : credentials.findCredential(accessKeyId);
  const accountId = route?.accountId ?? credential?.principal.accountId;
  return faults.next({
    kind: 'request',
    service: endpoint.signingName,
    operation: operationOf(route, request),
    ...(accountId === undefined ? {} : { accountId }),
    ...(credential === undefined ? {} : { principal: credential.principal.arn }),
    hasSession: credential?.sessionToken !== undefined,
  });
}

/** @returns `undefined` where the connection is to be dropped, and nothing has been done */
async function answer(
  request: AwsRequest,
  progress: Progress,
  options: PipelineOptions,
  fault: Fault | undefined,
): Promise<AwsResponse | undefined> {
  const { endpoint, route } = progress;
  try {
    if (options.faults !== undefined && fault !== undefined) {
      const severed = await strikeArrival(fault, scopeOf(request)?.accessKeyId, options.faults);
      if (severed !== undefined) return undefined;
    }
    if (route === undefined) throw progress.error;

    // A signature means nothing to such a route.
    if (route.anonymous !== undefined) return await route.anonymous(request);
    const { credentials, clock } = underSkew(fault, options);
    const outcome = authenticate(request, endpoint.signatureRules(request), credentials, clock);
    if (!outcome.authenticated) {
      return refuse({ step: 'authentication', failure: outcome.failure });
    }
    progress.authenticated = outcome;
    // Asked now: when the answer is there, the invocation may be over, and the next one have begun.
    progress.parentRequestId = options.parentRequest(outcome.credential);
    const { principal, accessKeyId } = outcome.credential;
    const scope = { accountId: principal.accountId, region: outcome.region };

    const context = globalContext(principal, request, { region: scope.region });
    const decisions: Decision[] = [];
    progress.decisions = decisions;
    for (const question of await route.questions({ principal, ...scope })) {
      const decision = await options.authorizer.decide({
        ...question,
        principal,
        context: { ...context, ...question.context },
      });
      decisions.push(decision);
      if (!decision.allowed) return refuse({ step: 'authorization', decision });
    }

    const unavailable = struckError(fault, 'before', endpoint.signingName);
    if (unavailable !== undefined) throw unavailable;
    const response = await route.dispatch({
      ...scope,
      request,
      principal,
      accessKeyId,
      payload: outcome.payload,
      decisions,
    });
    const failed = struckError(fault, 'after', endpoint.signingName);
    if (failed !== undefined) throw failed;
    return response;
  } catch (error) {
    progress.error = awsErrorOf(error, request, options);
    return endpoint.fail(progress.error, request);
  }

  function refuse(refusal: Refusal): AwsResponse {
    progress.refusal = refusal;
    return endpoint.refuse(refusal, request);
  }
}

function awsErrorOf(error: unknown, request: AwsRequest, options: PipelineOptions): AwsError {
  if (error instanceof AwsError) return error;
  options.onDefect(error, request);
  return new AwsError(
    'InternalFailure',
    'The request processing has failed because of an unknown error.',
    500,
  );
}

function operationOf(route: Route | undefined, request: AwsRequest): string {
  return route?.operation ?? `${request.method} ${request.rawPath}`;
}

/** How many wrong signatures are looked into at once, and how many a second where there are more. */
const MISTAKES_AT_ONCE = 20;
const MISTAKES_PER_SECOND = 10;

/** Looks for the mistake behind a wrong signature. That takes milliseconds, so not all of a flood are looked into. */
function createMistakeGuesser() {
  let allowance = MISTAKES_AT_ONCE;
  let last = performance.now();
  return (
    refusal: Refusal,
    request: AwsRequest,
    endpoint: Endpoint,
    credentials: CredentialStore,
  ): ClientMistake | 'not sought' | undefined => {
    if (refusal.step !== 'authentication' || refusal.failure.kind !== 'signature-mismatch') return undefined;
    const credential = credentials.findCredential(refusal.failure.accessKeyId);
    if (credential === undefined) return undefined;
    const now = performance.now();
    allowance = Math.min(MISTAKES_AT_ONCE, allowance + ((now - last) / 1000) * MISTAKES_PER_SECOND);
    last = now;
    if (allowance < 1) return 'not sought';
    allowance -= 1;
    return guessClientMistake(request, endpoint.signatureRules(request), credential);
  };
}

function errorTypeOf(response: AwsResponse): string | undefined {
  if (response.status < 400) return undefined;
  const type = Object.entries(response.headers).find(([name]) => name.toLowerCase() === 'x-amzn-errortype');
  if (typeof type?.[1] === 'string') return type[1];
  return /<Code>([^<]{1,100})<\/Code>/.exec(response.body.toString())?.[1];
}
