import { authenticate, type ClientMistake, guessClientMistake } from '../authentication/index.ts';
import type { Authenticated } from '../authentication/outcome.ts';
import type { Authorizer, Decision } from '../authorization/decision.ts';
import { globalContext } from '../authorization/index.ts';
import type { Credential, CredentialStore } from '../identity/principal.ts';
import type { Clock } from './clock.ts';
import type { Endpoint, Refusal, Route } from './endpoint.ts';
import { AwsError } from './errors.ts';
import type { AwsRequest, AwsResponse } from './request.ts';
import type { Trace } from './trace.ts';

/** What the pipeline needs to take a request through its steps. */
export interface PipelineOptions {
  /** The endpoint that a request is addressed to, by its host or its credential scope. */
  selectEndpoint(request: AwsRequest): Endpoint;
  readonly credentials: CredentialStore;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  readonly trace: Trace;
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
  decisions: readonly Decision[];
  refusal?: Refusal;
  error?: AwsError;
}

/**
 * Makes the function through which every request to local AWS goes, control plane and API calls alike:
 * route, authenticate, authorize, dispatch, and one trace event.
 */
export function createPipeline(options: PipelineOptions): (request: AwsRequest) => Promise<AwsResponse> {
  const guessMistake = createMistakeGuesser();
  return async (request) => {
    const start = performance.now();
    const progress: Progress = { endpoint: options.selectEndpoint(request), decisions: [] };
    const response = await answer(request, progress, options);
    const { endpoint, route, authenticated, refusal, error } = progress;
    const credential = authenticated?.credential;
    const clientMistake = refusal && guessMistake(refusal, request, endpoint, options.credentials);
    const parentRequestId = credential && options.parentRequest(credential);
    const accountId = route?.accountId ?? credential?.principal.accountId;
    const errorCode = error?.code ?? errorTypeOf(response);
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
      operation: route?.operation ?? `${request.method} ${request.rawPath}`,
      decisions: [...progress.decisions, ...options.takeFurtherDecisions(request.requestId)],
      ...(refusal === undefined ? {} : { refusal }),
      ...(clientMistake === undefined ? {} : { clientMistake }),
      status: response.status,
      ...(errorCode === undefined ? {} : { errorCode }),
      durationMs: performance.now() - start,
    });
    return response;
  };
}

async function answer(
  request: AwsRequest,
  progress: Progress,
  options: PipelineOptions,
): Promise<AwsResponse> {
  const { endpoint } = progress;
  try {
    progress.route = endpoint.route(request);
    const { route } = progress;

    const outcome = authenticate(
      request,
      endpoint.signatureRules(request),
      options.credentials,
      options.clock,
    );
    if (!outcome.authenticated) {
      if (route.anonymous !== undefined && outcome.failure.kind === 'missing') {
        return await route.anonymous(request);
      }
      return refuse({ step: 'authentication', failure: outcome.failure });
    }
    progress.authenticated = outcome;
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

    return await route.dispatch({
      ...scope,
      request,
      principal,
      accessKeyId,
      payload: outcome.payload,
      decisions,
    });
  } catch (error) {
    if (!(error instanceof AwsError)) options.onDefect(error, request);
    progress.error =
      error instanceof AwsError
        ? error
        : new AwsError(
            'InternalFailure',
            'The request processing has failed because of an unknown error.',
            500,
          );
    return endpoint.fail(progress.error, request);
  }

  function refuse(refusal: Refusal): AwsResponse {
    progress.refusal = refusal;
    return endpoint.refuse(refusal, request);
  }
}

/**
 * Looks for the mistake behind a wrong signature. That takes milliseconds, so a flood of wrong signatures is looked into
 * ten times a second at most.
 */
function createMistakeGuesser() {
  let last = Number.NEGATIVE_INFINITY;
  return (
    refusal: Refusal,
    request: AwsRequest,
    endpoint: Endpoint,
    credentials: CredentialStore,
  ): ClientMistake | undefined => {
    if (refusal.step !== 'authentication' || refusal.failure.kind !== 'signature-mismatch') return undefined;
    const credential = credentials.findCredential(refusal.failure.accessKeyId);
    const now = performance.now();
    if (credential === undefined || now - last < 100) return undefined;
    last = now;
    return guessClientMistake(request, endpoint.signatureRules(request), credential);
  };
}

function errorTypeOf(response: AwsResponse): string | undefined {
  if (response.status < 400) return undefined;
  const type = Object.entries(response.headers).find(([name]) => name.toLowerCase() === 'x-amzn-errortype');
  if (typeof type?.[1] === 'string') return type[1];
  return /<Code>([^<]{1,100})<\/Code>/.exec(response.body.toString())?.[1];
}
