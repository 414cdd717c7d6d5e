import type { Scope } from '../../core/scope.ts';
import type { Stack, StackOutput } from './engine/stack.ts';
import { validationError } from './engine/template/errors.ts';

const UPDATABLE = /^((CREATE|UPDATE)_(COMPLETE|FAILED)|UPDATE_ROLLBACK_COMPLETE|IMPORT_COMPLETE)$/;

/** The stacks of all accounts and regions, deleted ones included. */
export class StackStore {
  readonly #stacks = new Map<string, Stack>();

  add(stack: Stack): void {
    this.#stacks.set(stack.id, stack);
  }

  /** All stacks of an account and region, newest first. */
  list({ accountId, region }: Scope): Stack[] {
    return [...this.#stacks.values()]
      .filter((stack) => stack.accountId === accountId && stack.region === region)
      .reverse();
  }

  /** The stacks that exist, of all accounts and regions. */
  active(): readonly Stack[] {
    return [...this.#stacks.values()].filter(isActive);
  }

  /** Finds a stack by name (only one that is not deleted) or by stack ID. */
  find(scope: Scope, nameOrId: string): Stack | undefined {
    return this.list(scope).find(
      (stack) => stack.id === nameOrId || (stack.name === nameOrId && isActive(stack)),
    );
  }

  /** Finds a stack. @param missing the message of the error if there is no such stack; it differs by operation */
  get(scope: Scope, nameOrId: string, missing = `Stack with id ${nameOrId} does not exist`): Stack {
    const stack = this.find(scope, nameOrId);
    if (stack === undefined) throw validationError(missing);
    return stack;
  }

  /** Finds a stack. The error has the words of operations that change stacks. */
  getForChange(scope: Scope, nameOrId: string): Stack {
    return this.get(scope, nameOrId, `Stack [${nameOrId}] does not exist`);
  }

  /** Finds a stack that can be updated. A stack whose creation was rolled back can only be deleted. */
  getUpdatable(scope: Scope, nameOrId: string): Stack {
    const stack = this.getForChange(scope, nameOrId);
    if (stack.status === 'CREATE_FAILED' && stack.staysFailed) {
      // https://github.com/code-dot-org/code-dot-org/pull/68524
      throw validationError(
        'This stack cannot be updated from [CREATE_FAILED] state because it contains [on-failure: DO_NOTHING]. Please use disable-rollback option instead during stack creation.',
      );
    }
    if (UPDATABLE.test(stack.status)) return stack;
    throw validationError(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`);
  }

  /** The outputs that other stacks of the account and region can import, in the order of their names. */
  exports(scope: Scope) {
    return this.list(scope)
      .filter(isActive)
      .flatMap((stack) =>
        stack.outputs.flatMap(({ ExportName: name, OutputValue: value }) =>
          name === undefined ? [] : [{ name, value, stack }],
        ),
      )
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The stacks that import an export: `A, B and C`. @returns `undefined` if none does */
  importers(scope: Scope, exportName: string | undefined): string | undefined {
    if (exportName === undefined) return undefined;
    const users = this.list(scope).filter((stack) => isActive(stack) && stack.imports.has(exportName));
    if (users.length === 0) return undefined;
    return new Intl.ListFormat('en-GB').format(users.map(({ name }) => name).sort());
  }

  /** Checks that new outputs keep the exports that other stacks import, and export no name that another stack exports. */
  checkedOutputs(stack: Stack, outputs: readonly StackOutput[]): readonly StackOutput[] {
    const next = new Map(outputs.map(({ ExportName, OutputValue }) => [ExportName, OutputValue]));
    for (const { name, stack: owner } of this.exports(stack)) {
      if (owner !== stack && next.has(name)) {
        throw validationError(`Export with name ${name} is already exported by stack ${owner.name}`);
      }
    }
    for (const { ExportName, OutputValue } of stack.outputs) {
      const users = this.importers(stack, ExportName);
      if (users === undefined || next.get(ExportName) === OutputValue) continue;
      const verb = next.has(ExportName) ? 'updated' : 'deleted';
      throw validationError(`Export ${ExportName} cannot be ${verb} as it is in use by ${users}`);
    }
    return outputs;
  }
}

/** Whether a stack still occupies its name. */
export function isActive(stack: Stack): boolean {
  return stack.status !== 'DELETE_COMPLETE';
}
