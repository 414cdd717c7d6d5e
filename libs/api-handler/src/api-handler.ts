import type { Caller, RemembersKeys } from '@cross-account-api/contract';
import { callerOf } from './caller.ts';
import { checkResponse } from './check-response.ts';
import { type ProblemFunction, problemFunction } from './declared-problem.ts';
import type { ApiHandler, ApiResult } from './event.ts';
import { essence, isJson } from './media-type.ts';
import type { HandledOperation, Returned } from './operation.ts';
import { type Idempotency, pipeline } from './pipeline.ts';
import { type RequestParts, readRequest } from './read-request.ts';
import { checkStatus, readHeaders } from './response-parts.ts';

/** A validated request, as a handler gets it. */
export interface ApiRequest<Op extends HandledOperation> extends RequestParts<Op> {
  /** The caller, as API Gateway verified it. */
  readonly caller: Caller;
  /** API Gateway's request ID. A client of a REST API can choose it, so two requests can have the same one: it is no key. */
  readonly requestId: string;
  /**
   * A UUID for the effects of this execution: the ID of an item, the `ClientRequestToken` of an AWS API, the
   * `MessageDeduplicationId` of a queue. A request with an `Idempotency-Key` that fails is forgotten, and is executed again when its
   * client repeats it. It then has the same token, so an effect that happened although the handler failed does not happen twice.
   *
   * The token follows from the caller, the key, the method, the path, the query and the body. Without a key, it is new for each
   * execution.
   */
  readonly idempotencyToken: string;
  /**
   * Makes an error that the operation declares under `problems`.
   * @example throw problem('outOfStock', 'Only 2 pens are left.', { available: 2 })
   */
  readonly problem: ProblemFunction<Op>;
}

/** A Lambda handler of one operation. `apiHandlers` makes one of several for a function with several routes. */
export interface OperationHandler extends ApiHandler {
  /** The operation's method and path. @example 'GET /messages/{id}' */
  readonly route: string;
}

/** Options of {@link apiHandler}. */
export interface HandlerOptions<Given extends Idempotency | undefined = Idempotency | undefined> {
  /**
   * Executes a request with an `Idempotency-Key` once: `idempotencyTable()`. Required if the operation has `idempotencyKey: true`, and
   * refused otherwise. Without it, a `POST` or `PATCH` with such a key is refused: its sender counts on being able to repeat it.
   */
  readonly idempotency?: Given;
  /** The largest body in bytes. A larger one is answered 413 before it is parsed. Default: 1048576, which is 1 MiB */
  readonly maxBodyBytes?: number | undefined;
}

/** The rule for the mark `idempotencyKey` and the option `idempotency`. The texts appear in the compiler's error. */
type Agreement<Op extends HandledOperation, Given> = Op extends RemembersKeys
  ? Given extends Idempotency
    ? unknown
    : { idempotencyKey: typeof MISSING_TABLE }
  : Given extends Idempotency
    ? { idempotencyKey: typeof MISSING_MARK }
    : unknown;

const MISSING_TABLE =
  'The operation remembers keys, so its handler needs the option { idempotency: idempotencyTable() }';
const MISSING_MARK =
  'The handler has the option idempotency, so its operation must be declared with idempotencyKey: true';

/**
 * Makes a Lambda handler of a function that answers requests to an operation.
 * @param operation the route with the schemas of its requests and responses
 * @param answer gets a validated request. An {@link HttpError} that it throws is shown to the client; any other error is
 * answered with 500 and logged.
 * @throws RangeError if an option is out of range, and TypeError if the operation remembers keys and there is no option `idempotency`,
 * or the other way round
 * @example
 * export const handler = apiHandler(operations.getMessage, async ({ pathParameters: { id }, caller }) => {
 *   const message = await find(caller, id);
 *   if (message === undefined) throw new HttpError(404, `There is no message ${id}.`);
 *   return { body: message };
 * });
 */
export function apiHandler<
  const Op extends HandledOperation,
  Given extends Idempotency | undefined = undefined,
>(
  operation: Op & Agreement<Op, Given>,
  // Without NoInfer, TypeScript takes the answer for a candidate of Op, and widens its literals: an enum would need `as const`.
  answer: NoInfer<(request: ApiRequest<Op>) => Returned<Op>>,
  options: HandlerOptions<Given> = {},
): OperationHandler {
  checkIdempotency(operation, options);
  const handler = pipeline(operation, options, async (event, body, { idempotencyToken, bodyLength }) => {
    const { requestId } = event.requestContext;
    const problem = problemFunction(operation);
    const identity = { caller: callerOf(event), requestId, idempotencyToken, problem };
    const parts = readRequest(operation, event, body, bodyLength);
    const result = toResult(operation, await answer({ ...parts, ...identity }));
    checkResponse(operation, result);
    return result;
  });
  return Object.assign(handler, { route: `${operation.method} ${operation.path}` });
}

/** For code that is not type-checked. */
function checkIdempotency(
  { method, path, idempotencyKey }: HandledOperation,
  { idempotency }: HandlerOptions,
): void {
  const remembers = idempotencyKey === true;
  if (remembers === (idempotency !== undefined)) return;
  throw new TypeError(`${method} ${path}: ${remembers ? MISSING_TABLE : MISSING_MARK}.`);
}

/** @throws RangeError or TypeError if the status or a header is not one */
function toResult(operation: HandledOperation, answer: Awaited<Returned<HandledOperation>>): ApiResult {
  const { status: statusCode = operation.status, headers: given } = answer ?? {};
  checkStatus(statusCode, 200, 'an answer');
  const headers = readHeaders(given);
  // The type does not say that the body is absent if the operation has no response.
  const body: unknown = operation.response && answer?.body;
  if (body === undefined) return { statusCode, headers, body: '' };
  const { responseMediaType = 'application/json' } = operation;
  checkContentType(responseMediaType, headers);
  const isText = !isJson(responseMediaType);
  if (isText && typeof body !== 'string')
    throw new TypeError(`A body of ${responseMediaType} must be a string.`);
  const contentType = isText ? `${responseMediaType}; charset=utf-8` : responseMediaType;
  // A handler may write the name in lower case.
  const hasType = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  return {
    statusCode,
    headers: { ...(!hasType && { 'Content-Type': contentType }), ...headers },
    body: isText ? String(body) : JSON.stringify(body),
  };
}

/** @throws TypeError for a `Content-Type` that does not describe the body */
function checkContentType(mediaType: string, headers: Readonly<Record<string, string>>): void {
  const [, given] = Object.entries(headers).find(([name]) => /^content-type$/i.test(name)) ?? [];
  if (given === undefined || essence(given) === mediaType || (isJson(given) && isJson(mediaType))) return;
  throw new TypeError(
    `The header Content-Type is ${given}, and the operation answers with ${mediaType}. Leave the header out, and declare the operation's responseMediaType.`,
  );
}
