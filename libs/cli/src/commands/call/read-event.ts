import { quoteForShell } from '@cross-account-api/command-line/text';
import { callOf, callWith } from '../../call-of.ts';
import { UsageError } from '../../command-line.ts';
import { eventOf, missingInput } from '../../probes/operations.ts';
import { readEventOption } from '../../project/caller-event.ts';
import type { ContractOperation } from '../../project/contract.ts';

/** The options, and the argument, that say what to call. */
export interface Asked {
  /** The operation's name. */
  readonly operation?: string | undefined;
  /** The option `--input`. */
  readonly input?: string | undefined;
  /** The option `--key`. */
  readonly key?: string | undefined;
  /** The option `--event`. */
  readonly event?: string | undefined;
}

/** The event that the function gets. */
export interface AskedEvent {
  readonly event: unknown;
  /** The operation that it asks for. Absent: an event of the user. */
  readonly operation?: ContractOperation;
}

/** An event that asks the caller function for a call: see `callAsked` of the contract's library. */
export interface CallEvent {
  readonly operation: string;
  readonly input?: Readonly<Record<string, unknown>>;
  readonly idempotencyKey?: string;
}

/** The names and routes of operations, a line each. */
export function listOperations(operations: readonly ContractOperation[]): string[] {
  const width = Math.max(0, ...operations.map(({ name }) => name.length));
  return operations.map(({ name, method, path }) => `  ${name.padEnd(width)}  ${method} ${path}`);
}

/**
 * Reads the event of the user, or makes the event for an operation of the contract. Only what certainly fails is refused here: the function and the API check the rest.
 * @throws UsageError that names the operations, or the missing input with an example
 */
export function readEvent(
  { operation: name, input: given, key, event }: Asked,
  operations: readonly ContractOperation[],
): AskedEvent {
  if (event !== undefined) {
    const options = Object.entries({ '--input': given, '--key': key });
    const other = name ?? options.find(([, value]) => value !== undefined)?.[0];
    if (other === undefined) return { event: readEventOption(event) };
    throw new UsageError(`--event is the whole event that the function gets. Leave out ${other}.`);
  }
  const operation = operations.find((each) => each.name === name);
  if (operation === undefined) {
    const problem = name === undefined ? 'Name an operation' : `The contract has no operation ${name}`;
    throw new UsageError(
      `${problem}. There ${operations.length === 1 ? 'is' : 'are'}:\n${listOperations(operations).join('\n')}\nFor example: ${exampleOf(operations[0])}`,
    );
  }
  if (key !== undefined && !operation.takesKey) {
    throw new UsageError(
      `--key ${key}: ${operation.name} remembers no keys, so the API would execute a repetition again. Leave it out.`,
    );
  }
  const input = readInput(given);
  const missing = missingInput(operation, input);
  if (missing.length > 0) {
    throw new UsageError(
      `${operation.name} needs ${missing.join(', ')} in --input. For example: ${exampleOf(operation)}`,
    );
  }
  const callEvent: CallEvent = {
    operation: operation.name,
    ...(given !== undefined && { input }),
    ...(key !== undefined && { idempotencyKey: key }),
  };
  return { operation, event: callEvent };
}

function readInput(text = '{}'): Readonly<Record<string, unknown>> {
  const refuse = (rule: string) =>
    new UsageError(`--input ${text}: ${rule}, e.g. --input '{"id":"42","query":{"fields":"body"}}'`);
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    throw refuse('must be JSON');
  }
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw refuse('must be a JSON object');
  return { ...input };
}

/** The command that calls an operation with the contract's example. */
function exampleOf(operation: ContractOperation | undefined): string {
  if (operation === undefined) return callOf('call');
  const { input }: { readonly input?: object } = eventOf(operation, undefined);
  return callWith(
    'call',
    `${operation.name}${input === undefined ? '' : ` --input ${quoteForShell(JSON.stringify(input))}`}`,
  );
}
