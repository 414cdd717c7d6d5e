import { AsyncLocalStorage } from 'node:async_hooks';
import type { Decision } from '../authorization/index.ts';
import type { Fault } from '../faults/next-fault.ts';

/** What is recorded while a request is handled, for its trace event. */
export interface RequestScope {
  readonly requestId: string;
  /** Decisions beyond those on the caller's own permissions, e.g. whether API Gateway may invoke the function. */
  readonly decisions: Decision[];
  /** Faults that were injected into the invocations that the request caused. */
  readonly faults: Fault[];
}

const storage = new AsyncLocalStorage<RequestScope>();

/** Handles a request in a scope of its own, which everything that it calls can reach. */
export function inRequestScope<Result>(requestId: string, handle: (scope: RequestScope) => Result): Result {
  const scope: RequestScope = { requestId, decisions: [], faults: [] };
  return storage.run(scope, () => handle(scope));
}

/** The scope of the request that is being handled; `undefined` outside of any. */
export function currentRequest(): RequestScope | undefined {
  return storage.getStore();
}
