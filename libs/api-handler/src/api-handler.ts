import type { Caller } from '@cross-account-api/contract';
import { callerOf } from './caller.ts';
import type { ApiHandler, ApiResult } from './event.ts';
import type { Operation, Returned } from './operation.ts';
import { type Idempotency, pipeline } from './pipeline.ts';
import { type RequestParts, readRequest } from './read-request.ts';

/** A validated request, as a handler gets it. */
export interface ApiRequest<Op extends Operation> extends RequestParts<Op> {
  /** The caller, as API Gateway verified it. */
  readonly caller: Caller;
  /** API Gateway's request ID. */
  readonly requestId: string;
}

/** Options of {@link apiHandler}. */
export interface HandlerOptions {
  /**
   * Executes a request with an `Idempotency-Key` once. Without it, a `POST` or `PATCH` with such a key is refused: its sender
   * counts on being able to repeat it.
   */
  readonly idempotency?: Idempotency | undefined;
}

/**
 * Makes a Lambda handler of a function that answers requests to an operation.
 * @param operation the route with the schemas of its requests and responses
 * @param answer gets a validated request. An {@link HttpError} that it throws is shown to the client; any other error is
 * answered with 500 and logged.
 * @example
 * export const handler = apiHandler(operations.getMessage, async ({ pathParameters: { id }, caller }) => {
 *   const message = await find(caller, id);
 *   if (message === undefined) throw new HttpError(404, `There is no message ${id}.`);
 *   return { body: message };
 * });
 */
export function apiHandler<const Op extends Operation>(
  operation: Op,
  answer: (request: ApiRequest<Op>) => Returned<Op>,
  { idempotency }: HandlerOptions = {},
): ApiHandler {
  return pipeline(operation, idempotency, async (event, body) => {
    const identity = { caller: callerOf(event), requestId: event.requestContext.requestId };
    const parts = readRequest(operation, event, body);
    return toResult(operation, await answer({ ...parts, ...identity }));
  });
}

function toResult(operation: Operation, answer: Awaited<Returned<Operation>>): ApiResult {
  const { status = operation.status, headers } = answer ?? {};
  // The type does not say that the body is absent if the operation has no response.
  const body: unknown = operation.response && answer?.body;
  if (body === undefined) return { statusCode: status, headers: { ...headers }, body: '' };
  return {
    statusCode: status,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}
