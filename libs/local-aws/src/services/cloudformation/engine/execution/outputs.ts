import { defined } from '../../../../core/defined.ts';
import type { StackStore } from '../../store.ts';
import type { DesiredState } from '../change/desired-state.ts';
import { stackLookup } from '../change/lookup.ts';
import type { Stack, StackOutput } from '../stack.ts';
import { formatError, validationError } from '../template/errors.ts';
import type { Json } from '../template/json.ts';
import { type Environment, resolve } from '../template/resolve.ts';

/**
 * Evaluates a stack's outputs once its resources are there.
 * @throws AwsError `ValidationError` for an output that is no string
 */
export function stackOutputs(stack: Stack, desired: DesiredState): StackOutput[] {
  const environment = desired.environment(stackLookup(stack));
  return [...desired.outputs].map(([key, { value, description, exportName }]) => ({
    key,
    value: outputString(key, value, environment),
    ...defined({ description }),
    ...(exportName === undefined ? {} : { exportName: outputString(key, exportName, environment) }),
  }));
}

function outputString(key: string, value: Json, environment: Environment): string {
  const resolved = resolve(value, environment);
  if (typeof resolved === 'object' || resolved === undefined) {
    throw formatError(
      `Output ${key} is malformed. The Value field of every Outputs member must evaluate to a String.`,
    );
  }
  return String(resolved);
}

/**
 * Checks that a stack's new outputs take nothing from other stacks: neither an export that is in use, nor its name.
 * @throws AwsError `ValidationError`
 */
export function checkExports(stack: Stack, outputs: readonly StackOutput[], store: StackStore): void {
  const next = new Map(
    outputs.flatMap(({ exportName, value }) =>
      exportName === undefined ? [] : [[exportName, value] as const],
    ),
  );
  for (const { name, stack: owner } of store.exports(stack)) {
    if (owner !== stack && next.has(name)) {
      throw validationError(`Export with name ${name} is already exported by stack ${owner.name}`);
    }
  }
  for (const { exportName, value } of stack.outputs) {
    if (exportName === undefined || next.get(exportName) === value) continue;
    const users = store.importers(stack, exportName);
    if (users.length > 0) {
      const verb = next.has(exportName) ? 'updated' : 'deleted';
      throw validationError(`Export ${exportName} cannot be ${verb} as it is in use by ${enumerated(users)}`);
    }
  }
}

/** `A, B and C`. */
export function enumerated(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
