import { randomUUID } from 'node:crypto';
import { likelyPartitionOf } from '@cross-account-api/iam';
import type { Scope } from '../../core/scope.ts';
import type { Stack } from './engine/stack.ts';

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
export function newArn({ accountId, region }: Scope, kind: 'stack' | 'changeSet', name: string): string {
  return `arn:${likelyPartitionOf(region).name}:cloudformation:${region}:${accountId}:${kind}/${name}/${randomUUID()}`;
}
