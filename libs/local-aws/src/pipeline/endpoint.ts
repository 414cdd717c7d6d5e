import type { AuthorizationRequest, Decision, Principal } from '@cross-account-api/iam';
import type { GenericSchema } from 'valibot';
import type { AuthenticationFailure, SignatureRules } from '../authentication/outcome.ts';
import type { AwsError } from '../core/errors.ts';
import type { AwsRequest, AwsResponse } from '../core/request.ts';
import type { Scope } from '../core/scope.ts';

/** An authenticated and authorized call. */
export interface ServiceRequest extends Scope {
  readonly request: AwsRequest;
  readonly principal: Principal;
  /** The access key that signed; never its secret. */
  readonly accessKeyId: string;
  /** The body, with S3's chunk framing removed. */
  readonly payload: Buffer;
  /** In the order of the route's questions. */
  readonly decisions: readonly Decision[];
}

/** A question of a route. The pipeline adds the principal and the global condition keys. */
export type RouteQuestion = Omit<AuthorizationRequest, 'principal' | 'context'> & {
  readonly context?: AuthorizationRequest['context'];
};

/** The handling of a request whose operation is known. */
export interface Route {
  /** For the trace: `AssumeRole`, or `POST /messages`. */
  readonly operation: string;
  /** The account in the trace, in which unsigned requests also act. Default: the principal's account. */
  readonly accountId?: string;
  /** Answers without authentication. Only on routes for everyone (an API method with authorization `NONE`). */
  readonly anonymous?: (request: AwsRequest) => Promise<AwsResponse>;
  /** The permissions that the principal needs, all of them. An empty list allows any authenticated principal. */
  questions(
    caller: { readonly principal: Principal } & Scope,
  ): readonly RouteQuestion[] | Promise<readonly RouteQuestion[]>;
  /** Carries out the operation. @throws AwsError for the client */
  dispatch(call: ServiceRequest): Promise<AwsResponse>;
}

/** The step that refused a request, and the reason. */
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
  /** AWS's name for it, if several services share a signing name: `apigatewayv2`. Default: the signing name. */
  readonly model?: string;
  /** The prefix of its paths, if several services share a signing name: `/v2/`. */
  readonly pathPrefix?: string;
  /** Whether it answers for a host outside the domains of AWS. @param hostname in lower case, without port */
  readonly answersFor?: (hostname: string) => boolean;
  /** The operations that it has, if they are a fixed set. */
  readonly operations?: readonly OperationFacts[];
  signatureRules(request: AwsRequest): SignatureRules;
  /** Finds the route. @throws AwsError if no route matches */
  route(request: AwsRequest): Route;
  refuse(refusal: Refusal, request: AwsRequest): AwsResponse;
  fail(error: AwsError, request: AwsRequest): AwsResponse;
}
