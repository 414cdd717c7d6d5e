import type { Authorizer, Decision } from '@cross-account-api/iam';
import type { Authenticated } from '../authentication/outcome.ts';
import { authenticate } from '../authentication/verification.ts';
import type { Clock } from '../core/clock.ts';
import type { CredentialStore } from '../core/credential.ts';
import { AwsError } from '../core/errors.ts';
import type { AwsRequest, AwsResponse, Severed } from '../core/request.ts';
import type { Endpoint, Refusal, Route, ServiceRequest } from './endpoint.ts';
import { globalContext } from './global-context.ts';
import { refuses } from './request-scope.ts';

/** A request with the route of its operation, or with the error if no operation matches. */
export interface AddressedRequest {
  readonly request: AwsRequest;
  readonly endpoint: Endpoint;
  readonly route: Route | AwsError;
  /** As the trace names it. */
  readonly operation: string;
  /** The routes that there are, if none matches. */
  readonly routes?: readonly string[] | undefined;
  /** The account that owns the route, for any caller. */
  readonly accountId: string | undefined;
}

/** The result of a request. */
export interface RequestResult {
  /** The answer; `undefined` if the connection was cut before the request was carried out. */
  readonly response: AwsResponse | undefined;
  /** Sent instead of `response`, if a fault replaces it. */
  readonly sent?: AwsResponse | Severed;
  readonly authenticated?: Authenticated;
  /** The decisions on the caller's permissions, in order. */
  readonly decisions?: readonly Decision[];
  readonly refusal?: Refusal;
  readonly error?: AwsError;
}

/** Everything that an answer depends on, except the request. Faults replace parts of it. */
export interface Surroundings {
  readonly clock: Clock;
  readonly credentials: CredentialStore;
  dispatch(route: Route, call: ServiceRequest): Promise<AwsResponse>;
}

/** Answers a request. */
export type Responder = (addressed: AddressedRequest, surroundings: Surroundings) => Promise<RequestResult>;

/** Options of {@link createResponder}. */
export interface ResponderOptions {
  readonly authorizer: Authorizer;
  /** Receives each error that is not an {@link AwsError}. The client sees only `InternalFailure`. */
  onDefect(error: unknown, request: AwsRequest): void;
}

/** Makes the function that takes an addressed request through its steps: authenticate, authorize, dispatch. */
export function createResponder({ authorizer, onDefect }: ResponderOptions): Responder {
  return async ({ request, endpoint, route }, { clock, credentials, dispatch }) => {
    let outcome: Omit<RequestResult, 'response'> = {};
    try {
      if (route instanceof AwsError) throw route;
      // API Gateway ignores the signature on a route without authorization.
      if (route.anonymous !== undefined) return { response: await route.anonymous(request) };

      const authenticated = authenticate(request, endpoint.signatureRules(request), credentials, clock);
      if (!authenticated.authenticated) {
        const refusal: Refusal = { step: 'authentication', failure: authenticated.failure };
        return { refusal, response: endpoint.refuse(refusal, request) };
      }
      const { principal, accessKeyId } = authenticated.credential;
      const scope = { accountId: principal.accountId, region: authenticated.region };
      const decisions: Decision[] = [];
      outcome = { authenticated, decisions };

      const context = globalContext(principal, request, scope.region);
      for (const question of await route.questions({ principal, ...scope })) {
        const asked = { ...question, principal, context: { ...context, ...question.context } };
        const decision = await authorizer.decide(asked);
        decisions.push(decision);
        if (refuses(decision)) {
          const refusal: Refusal = { step: 'authorization', decision };
          return { ...outcome, refusal, response: endpoint.refuse(refusal, request) };
        }
      }
      const { payload } = authenticated;
      const call = { ...scope, request, principal, accessKeyId, payload, decisions };
      return { ...outcome, response: await dispatch(route, call) };
    } catch (thrown) {
      const error = awsErrorOf(thrown, request, onDefect);
      return { ...outcome, error, response: endpoint.fail(error, request) };
    }
  };
}

/** The error for the client: `InternalFailure`, unless it is an {@link AwsError}. */
export function awsErrorOf(
  error: unknown,
  request: AwsRequest,
  onDefect: ResponderOptions['onDefect'],
): AwsError {
  if (error instanceof AwsError) return error;
  onDefect(error, request);
  const message = 'The request processing has failed because of an unknown error.';
  return new AwsError('InternalFailure', message, 500);
}
