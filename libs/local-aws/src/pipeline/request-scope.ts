import { AsyncLocalStorage } from 'node:async_hooks';
import type { Decision } from '@cross-account-api/iam';
import { roleIsMissing } from '@cross-account-api/iam/explanation';
import type { FunctionFailure } from '../core/function-failure.ts';
import type { Fault } from '../faults/fault-injector.ts';

/** The IDs that API Gateway gives a request, in its answer, its log and its event. */
export interface AnsweredIds {
  /** The client may have chosen it, so two requests may have the same one. */
  readonly requestId: string;
  readonly extendedRequestId: string;
}

interface RequestScope {
  readonly requestId: string;
  /** Decisions beyond those on the caller's own permissions, e.g. whether API Gateway may invoke the function. */
  readonly decisions: Decision[];
  /** Faults that were injected into the invocations that the request caused. */
  readonly faults: Fault[];
  /** Present if clients and logs know the request by other IDs than {@link requestId}. */
  answeredIds?: AnsweredIds;
  /** Why the last function that the request invoked failed, or the last error that this function logged. */
  failure?: FunctionFailure;
  /** The delay, in ms, until the request's changes become visible. */
  lagMs?: number;
  /** Whether requests that a policy denies are let through. */
  readonly soft: boolean;
  /** Whether soft mode let this request through. */
  softened: boolean;
}

const storage = new AsyncLocalStorage<RequestScope>();

/** Handles a request in a new scope, which {@link currentRequest} returns during it. */
export function inRequestScope<Result>(
  requestId: string,
  soft: boolean,
  handle: (scope: RequestScope) => Result,
): Result {
  const scope: RequestScope = { requestId, decisions: [], faults: [], soft, softened: false };
  return storage.run(scope, () => handle(scope));
}

/** Whether a decision refuses the current request. Soft mode lets it through and marks it, unless its role does not exist. */
export function refuses(decision: Decision): decision is Exclude<Decision, { allowed: true }> {
  if (decision.allowed) return false;
  const scope = storage.getStore();
  if (scope?.soft !== true || roleIsMissing(decision)) return true;
  scope.softened = true;
  return false;
}

/** Notes why the function that the current request invoked has failed. The trace has it if the answer is an error. */
export function failedWith(failure: FunctionFailure): void {
  const scope = storage.getStore();
  if (scope !== undefined) scope.failure = failure;
}

/** Notes the IDs by which clients and logs know the current request. */
export function answeredAs(ids: AnsweredIds): void {
  const scope = storage.getStore();
  if (scope !== undefined) scope.answeredIds = ids;
}

/** The scope of the request that is being handled; `undefined` outside a request. */
export function currentRequest(): RequestScope | undefined {
  return storage.getStore();
}
