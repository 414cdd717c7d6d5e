import type { Basis, Decision } from '@cross-account-api/iam';
import type { ClientMistake } from '../authentication/explanation.ts';
import type { FunctionFailure } from '../core/function-failure.ts';
import type { Fault } from '../faults/fault-injector.ts';
import type { Refusal } from '../pipeline/endpoint.ts';
import type { AnsweredIds } from '../pipeline/request-scope.ts';

/** The user agent of `cross-account verify`. Its probes are meant to be refused. */
export const VERIFY_USER_AGENT = 'cross-account-verify';

/** A decision. Denials have the policies on which they were made, so remedies can be proven. */
export type RecordedDecision = Decision & Partial<Basis>;

/**
 * Whether an ID is that of a request, in the trace or in API Gateway's answer, log or event. A client can choose one of them, so several
 * requests may have it.
 */
export function hasRequestId(
  { requestId, answeredIds }: Pick<TraceEvent, 'requestId' | 'answeredIds'>,
  id: string,
): boolean {
  return requestId === id || answeredIds?.extendedRequestId === id || answeredIds?.requestId === id;
}

/** One request and its answer. */
export interface TraceEvent {
  readonly time: Date;
  readonly requestId: string;
  /** The IDs that API Gateway gave the request: clients and logs know it by them. */
  readonly answeredIds?: AnsweredIds;
  /** The invocation of the function that made this request. */
  readonly parentRequestId?: string;
  /** Present if the function made it in its init phase. */
  readonly phase?: 'init';
  /** The account that the request acted in. */
  readonly accountId?: string;
  /** ARN of the signer; absent for an unauthenticated request. */
  readonly principal?: string;
  readonly accessKeyId?: string;
  /** Signing name of the service, e.g. `sts`. */
  readonly service: string;
  readonly region?: string;
  /** `AssumeRole`, or for a route of an API `POST /messages`. */
  readonly operation: string;
  /** The routes of the API's stage, if none of them matches the request. */
  readonly routes?: readonly string[];
  /** In order. */
  readonly decisions: readonly RecordedDecision[];
  readonly refusal?: Refusal;
  /** The common mistake that explains a wrong signature; `not sought` if there were too many wrong signatures at once. */
  readonly clientMistake?: ClientMistake | 'not sought';
  /** 0 if the connection was dropped before an answer. */
  readonly status: number;
  /** The error code that the client saw. */
  readonly errorCode?: string;
  /** The error's message, if the service itself raised it, or the detail of the problem document with which a function answered. */
  readonly errorMessage?: string;
  /** `Unhandled` if the function that was invoked failed. Lambda answers 200 all the same. */
  readonly functionError?: string;
  /** Why the function that was invoked failed, or the error that it logged before it answered 5xx. */
  readonly failure?: FunctionFailure;
  readonly durationMs: number;
  /** The faults that were injected into the request and into the function that it invoked. */
  readonly faults?: readonly Fault[];
  /** A policy denies it, and soft mode let it through. AWS would have refused it. */
  readonly softened?: boolean;
  /** Whether `cross-account verify` made it. */
  readonly probe?: boolean;
}
