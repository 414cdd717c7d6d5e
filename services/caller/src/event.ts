import type { Operation, Operations, UntypedInput } from '@cross-account-api/contract';

/** The call that an event asks for. */
export interface AskedCall {
  /** The operation's name in the contract. */
  readonly name: string;
  readonly operation: Operation;
  readonly input: UntypedInput;
  readonly idempotencyKey: string | undefined;
}

/** The event is not a call of the contract. */
export class InvalidEvent extends Error {
  override readonly name = 'InvalidEvent';
  readonly code = 'InvalidEvent';
}

/**
 * Reads the function's event: `{ operation, input?, idempotencyKey? }`.
 * @returns `undefined` for an empty event: absent, `null`, `""` or `{}`
 * @throws InvalidEvent that names the wrong member and the known ones, before anything is sent
 * @example readEvent({ operation: 'getOrder', input: { id: '42', query: { expand: 'items' } } }, operations)
 */
export function readEvent(event: unknown, operations: Operations): AskedCall | undefined {
  if (['""', '{}'].includes(JSON.stringify(event ?? ''))) return undefined;
  const { operation: name, input, idempotencyKey } = membersOf('the event', event, EVENT);
  const names = Object.keys(operations);
  const operation = typeof name === 'string' && names.includes(name) ? operations[name] : undefined;
  if (typeof name !== 'string' || operation === undefined) {
    throw new InvalidEvent(`operation: must be ${names.join(', ')}, not ${JSON.stringify(name)}. ${UNSENT}`);
  }
  if (idempotencyKey !== undefined && typeof idempotencyKey !== 'string') {
    throw new InvalidEvent(`idempotencyKey: must be text. ${UNSENT}`);
  }
  const known = inputOf(operation);
  return { name, operation, input: membersOf('input', input ?? {}, known), idempotencyKey };
}

/**
 * The `Idempotency-Key` of a call: that of the event or the ID of the invocation, which is the same when Lambda repeats it.
 *
 * A request with a key is repeated after it may have been executed, by this function and by Lambda. An operation that remembers no keys
 * would execute it twice. So it is sent none.
 * @throws InvalidEvent if the event has a key that the API would not remember, before anything is sent
 */
export function idempotencyKeyOf(
  { name, operation, idempotencyKey }: AskedCall,
  invocationId: string,
): string | undefined {
  if (operation.idempotencyKey) return idempotencyKey ?? invocationId;
  if (idempotencyKey === undefined) return undefined;
  throw new InvalidEvent(
    `idempotencyKey: must be left out. ${name} remembers no keys, so the API would execute a repetition again. ${UNSENT}`,
  );
}

const EVENT = ['operation', 'input', 'idempotencyKey'];
const UNSENT = 'Nothing was sent.';

/** The members of an operation's input. The API checks their values. */
function inputOf({ pathParameters, query, request }: Operation): readonly string[] {
  return [
    ...Object.keys(pathParameters?.entries ?? {}),
    ...(query === undefined ? [] : ['query']),
    ...(request === undefined ? [] : ['body']),
  ];
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
