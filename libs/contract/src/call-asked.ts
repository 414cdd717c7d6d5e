import {
  callOperation,
  declaredHeaders,
  type JsonApi,
  type JsonApiRequest,
  type JsonApiResponse,
  type UntypedInput,
} from './client.ts';
import type { Operation, Operations } from './operation.ts';

/** A {@link JsonApi} whose responses say what {@link AskedResult} has. `SignedFetch` of signed-fetch fits. */
export interface AskedApi extends JsonApi {
  json(path: string, request: JsonApiRequest): Promise<JsonApiResponse & Omit<AskedResult, 'headers'>>;
}

/** The result of a call that an event asked for. */
export interface AskedResult {
  readonly status: number;
  readonly body: unknown;
  /** The declared headers of the response, if the operation declares some. */
  readonly headers?: Readonly<Record<string, string>>;
  /** API Gateway's ID of the request, which finds it in the logs of both accounts. */
  readonly requestId: string | undefined;
  /** The number of requests that were sent. */
  readonly attempts: number;
}

/** The event is not a call of the contract. */
export class InvalidEvent extends Error {
  override readonly name = 'InvalidEvent';
  readonly code = 'InvalidEvent';
}

/**
 * Makes the call that the event of a function asks for: `{ operation, input?, idempotencyKey? }`. So a person or a tool can make any call
 * of the contract as this function.
 * @param invocationId the `Idempotency-Key` of an event that has none, if the operation remembers keys: `context.awsRequestId`, under which
 * Lambda repeats an asynchronous invocation that failed
 * @returns the result. `undefined` for an empty event, which asks for no call: absent, `null`, `""` or `{}`
 * @throws InvalidEvent that names the wrong member and the known ones, before anything is sent; and as {@link callOperation}
 * @example
 * const asked = await callAsked(event, operations, api, awsRequestId);
 * if (asked) return asked;
 */
export async function callAsked(
  event: unknown,
  operations: Operations,
  api: AskedApi,
  invocationId: string,
): Promise<AskedResult | undefined> {
  if (['""', '{}'].includes(JSON.stringify(event ?? ''))) return undefined;
  const { operation: name, input: given, idempotencyKey } = membersOf('the event', event, EVENT);
  const operation = findByName(name, operations);
  const input = membersOf('input', given ?? {}, inputOf(operation));
  const asked = input.headers ?? {};
  membersOf('input.headers', asked, namesOf(operation.headers, Object.keys(asked)));
  const key = keyOf(String(name), operation, idempotencyKey, invocationId);
  const called = await callOperation(api, operation, input, { idempotencyKey: key });
  const { status, body, requestId, attempts } = called;
  const headers = operation.responseHeaders && { headers: declaredHeaders(operation, called) };
  return { status, body, ...headers, requestId, attempts };
}

const EVENT = ['operation', 'input', 'idempotencyKey'];
const UNSENT = 'Nothing was sent.';

function findByName(name: unknown, operations: Operations): Operation {
  const names = Object.keys(operations);
  const operation = typeof name === 'string' && names.includes(name) ? operations[name] : undefined;
  if (operation !== undefined) return operation;
  throw new InvalidEvent(`operation: must be ${names.join(', ')}, not ${JSON.stringify(name)}. ${UNSENT}`);
}

/** A request with a key is repeated, by this function and by Lambda. An operation that remembers no keys would be executed again. */
function keyOf(
  name: string,
  { idempotencyKey }: Operation,
  given: unknown,
  invocationId: string,
): string | undefined {
  if (given !== undefined && typeof given !== 'string') {
    throw new InvalidEvent(`idempotencyKey: must be text. ${UNSENT}`);
  }
  if (idempotencyKey) return given ?? invocationId;
  if (given === undefined) return undefined;
  throw new InvalidEvent(
    `idempotencyKey: must be left out. ${name} remembers no keys, so the API would execute a repetition again. ${UNSENT}`,
  );
}

/** The members of an operation's input. The API checks their values. */
function inputOf({ pathParameters, query, headers, request }: Operation): readonly string[] {
  return [
    ...Object.keys(pathParameters?.entries ?? {}),
    ...(query === undefined ? [] : ['query']),
    ...(headers === undefined ? [] : ['headers']),
    ...(request === undefined ? [] : ['body']),
  ];
}

/** The names of the declared headers, and those of the given ones that differ in case only. */
function namesOf(headers: Operation['headers'], given: readonly string[]): readonly string[] {
  const names = Object.keys(headers?.entries ?? {});
  const isDeclared = (name: string) => names.some((each) => each.toLowerCase() === name.toLowerCase());
  return [...new Set([...names, ...given.filter(isDeclared)])];
}

/** @throws InvalidEvent for a value that is not an object, and for a member that is not known */
function membersOf(what: string, value: unknown, known: readonly string[]): UntypedInput {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const unknown = isObject ? Object.keys(value).find((name) => !known.includes(name)) : undefined;
  if (isObject && unknown === undefined) return { ...value };
  const members = known.length === 0 ? 'no members' : `the members ${known.join(', ')}`;
  const problem = isObject ? `has the unknown member ${unknown}` : 'is not an object';
  throw new InvalidEvent(`${what}: ${problem}. It can have ${members}. ${UNSENT}`);
}
