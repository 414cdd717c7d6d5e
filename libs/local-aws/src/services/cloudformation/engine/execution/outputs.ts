import { defined } from '../../../../core/defined.ts';
import type { StackStore } from '../../store.ts';
import type { DesiredState } from '../change/desired-state.ts';
import type { Stack, StackOutput } from '../stack.ts';
import { formatError, validationError } from '../template/errors.ts';
import type { Json } from '../template/json.ts';
import { type Environment, resolve } from '../template/resolve.ts';

/** Evaluates a stack's outputs once its resources are there. */
export function stackOutputs(desired: DesiredState): StackOutput[] {
  const environment = desired.environment();
  return [...desired.outputs].map(([key, { Value, Description, Export }]) => ({
    OutputKey: key,
    OutputValue: outputString(key, Value, environment),
    ...defined({ Description, ExportName: Export && outputString(key, Export.Name, environment) }),
  }));
}

function outputString(key: string, value: Json, environment: Environment): string {
  const resolved = resolve(value, environment);
  if (['string', 'number', 'boolean'].includes(typeof resolved)) return String(resolved);
  throw formatError(
    `Output ${key} is malformed. The Value field of every Outputs member must evaluate to a String.`,
  );
}

/** Checks that a stack's new outputs keep the exports that other stacks use, and take no export name of another stack. */
export function checkExports(stack: Stack, outputs: readonly StackOutput[], store: StackStore): void {
  const next = new Map(outputs.map(({ ExportName, OutputValue }) => [ExportName, OutputValue]));
  for (const { name, stack: owner } of store.exports(stack)) {
    if (owner !== stack && next.has(name)) {
      throw validationError(`Export with name ${name} is already exported by stack ${owner.name}`);
    }
  }
  for (const { ExportName, OutputValue } of stack.outputs) {
    if (ExportName === undefined || next.get(ExportName) === OutputValue) continue;
    const users = store.importers(stack, ExportName);
    if (users.length > 0) {
      const verb = next.has(ExportName) ? 'updated' : 'deleted';
      throw validationError(`Export ${ExportName} cannot be ${verb} as it is in use by ${enumerated(users)}`);
    }
  }
}

/** `A, B and C`. */
export function enumerated(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
