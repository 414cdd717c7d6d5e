import { randomUUID } from 'node:crypto';
import type { Scope } from '../../core/scope.ts';
import type { Stack, StackOutput } from './engine/stack.ts';
import { partitionOf } from './engine/template/pseudo-parameters.ts';

/** An output that other stacks of the account and region can import. */
export interface StackExport {
  readonly name: string;
  readonly value: string;
  readonly stack: Stack;
}

/** The stacks of all accounts and regions, deleted ones included. */
export class StackStore {
  readonly #stacks = new Map<string, Stack>();

  /** Makes a stack known. */
  add(stack: Stack): void {
    this.#stacks.set(stack.id, stack);
  }

  /** All stacks of an account and region, newest first. */
  list(scope: Scope): Stack[] {
    return [...this.#stacks.values()].filter((stack) => sameScope(stack, scope)).reverse();
  }

  /**
   * Finds a stack by name (only one that is not deleted) or by stack ID.
   * @returns `undefined` if the account and region have no such stack
   */
  find(scope: Scope, nameOrId: string): Stack | undefined {
    const byId = this.#stacks.get(nameOrId);
    if (byId !== undefined) return sameScope(byId, scope) ? byId : undefined;
    return this.list(scope).find((stack) => stack.name === nameOrId && isActive(stack));
  }

  /** The exports of an account and region, in the order of their names. */
  exports(scope: Scope): StackExport[] {
    return this.list(scope)
      .filter(isActive)
      .flatMap((stack) => stack.outputs.flatMap((output) => exported(stack, output)))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Names of the stacks that import an export. */
  importers(scope: Scope, exportName: string): string[] {
    return this.list(scope)
      .filter((stack) => isActive(stack) && stack.imports.has(exportName))
      .map((stack) => stack.name)
      .sort();
  }
}

/** Whether a stack still occupies its name. */
export function isActive(stack: Stack): boolean {
  return stack.status !== 'DELETE_COMPLETE';
}

/** A new ARN of CloudFormation: of a stack, or of a change set. */
export function newArn(scope: Scope, kind: 'stack' | 'changeSet', name: string): string {
  const partition = partitionOf(scope.region);
  return `arn:${partition}:cloudformation:${scope.region}:${scope.accountId}:${kind}/${name}/${randomUUID()}`;
}

function exported(stack: Stack, { exportName, value }: StackOutput): StackExport[] {
  return exportName === undefined ? [] : [{ name: exportName, value, stack }];
}

function sameScope(stack: Stack, scope: Scope): boolean {
  return stack.accountId === scope.accountId && stack.region === scope.region;
}
