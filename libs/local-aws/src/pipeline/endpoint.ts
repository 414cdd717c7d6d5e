import type { AuthorizationRequest, Decision, Principal } from '@cross-account-api/iam';
import type { GenericSchema } from 'valibot';
import type { AuthenticationFailure, SignatureRules } from '../authentication/outcome.ts';
import type { AwsError } from '../core/errors.ts';
import type { AwsRequest, AwsResponse } from '../core/request.ts';
import type { Scope } from '../core/scope.ts';

/** An authenticated and authorized call. */
export interface Call extends Scope {
  readonly request: AwsRequest;
  readonly principal: Principal;
  /** The access key that signed; never its secret. */
  readonly accessKeyId: string;
  /** The body, with S3's chunk framing removed. */
  readonly payload: Buffer;
  /** In the order of the route's questions. */
  readonly decisions: readonly Decision[];
}

/** A question as a route asks it: the pipeline adds the principal and the global condition keys. */
export type RouteQuestion = Omit<AuthorizationRequest, 'principal' | 'context'> & {
  readonly context?: AuthorizationRequest['context'];
};

/** Where a request leads, once path and operation are known. */
export interface Route {
  /** For the trace: `AssumeRole`, or `POST /messages`. */
  readonly operation: string;
  /** The account in which it is recorded and, for unsigned routes, acts. Default: the principal's own. */
  readonly accountId?: string;
  /** Answers without authentication. Only on routes for everyone (an API method with authorization `NONE`). */
  readonly anonymous?: (request: AwsRequest) => Promise<AwsResponse>;
  /** What the principal must be allowed to do; all must be. None: any authenticated principal may. */
  questions(
    caller: { readonly principal: Principal } & Scope,
  ): readonly RouteQuestion[] | Promise<readonly RouteQuestion[]>;
  /** Does it. Errors for the client are thrown as {@link AwsError}. */
  dispatch(call: Call): Promise<AwsResponse>;
}

/** Why a request got no further. */
export type Refusal =
  | { readonly step: 'authentication'; readonly failure: AuthenticationFailure }
  | { readonly step: 'authorization'; readonly decision: Exclude<Decision, { allowed: true }> };

interface OperationFacts {
  readonly name: string;
  /** In REST protocols: method and path template, and the status of a success. */
  readonly http?: { readonly template: string; readonly status: number };
  readonly input?: GenericSchema;
}

/** One AWS service as clients see it: routes requests, and words its refusals and errors as AWS does. */
export interface Endpoint {
  /** The service's name in the credential scope: `sts`, `s3`, `execute-api`. */
  readonly signingName: string;
  /** AWS's name for it, where several services have one signing name: `apigatewayv2`. Default: the signing name. */
  readonly model?: string;
  /** How its paths begin, where several services have one signing name: `/v2/`. */
  readonly pathPrefix?: string;
  /** Whether it answers for a host outside the domains of AWS. @param hostname in lower case, without port */
  readonly answersFor?: (hostname: string) => boolean;
  /** The operations that it has, if they are a fixed set. */
  readonly operations?: readonly OperationFacts[];
  signatureRules(request: AwsRequest): SignatureRules;
  /** Finds the route. Throws {@link AwsError} if there is none. */
  route(request: AwsRequest): Route;
  refuse(refusal: Refusal, request: AwsRequest): AwsResponse;
  fail(error: AwsError, request: AwsRequest): AwsResponse;
}
