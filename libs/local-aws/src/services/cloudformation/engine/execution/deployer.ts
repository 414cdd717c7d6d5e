import { isDeepStrictEqual } from 'node:util';
import type { ResourceType } from '../../../resource-type.ts';
import type { StackStore } from '../../store.ts';
import type { DesiredState } from '../change/desired-state.ts';
import type { StackPolicy } from '../change/stack-policy.ts';
import type { OnFailure } from '../change-set.ts';
import type { Deployment } from '../deployment.ts';
import type { Journal } from '../journal.ts';
import type { Retired, Stack, StackStatus } from '../stack.ts';
import { attempt, converge, type Failures } from './converge.ts';
import { described } from './failure-reason.ts';
import type { Jobs } from './jobs.ts';
import { checkExports, enumerated, stackOutputs } from './outputs.ts';
import { isRetained, removeResources } from './remove-resources.ts';
import { keepsNew, rollBackResources } from './roll-back.ts';

/** What a deployer works with. */
export interface DeployerParts {
  readonly journal: Journal;
  readonly jobs: Jobs;
  readonly store: StackStore;
  readonly types: ReadonlyMap<string, ResourceType>;
}

/** How an operation treats its failure. */
export interface FailureOptions {
  readonly onFailure: OnFailure;
  /** Delete new resources on roll-back, even those with `DeletionPolicy: Retain`. */
  readonly retainExceptOnCreate: boolean;
  /** What an update may do to which resource; anything where absent. */
  readonly policy?: StackPolicy;
}

/** How a stack is created. */
export interface CreateOptions extends FailureOptions {
  /** Why it is known to fail: then no resource is created. */
  readonly failure?: string;
}

/** How DeleteStack treats resources. */
export interface DeleteOptions {
  /** Logical IDs that are left alone. */
  readonly retain: ReadonlySet<string>;
  /** Forget resources that cannot be deleted. */
  readonly force: boolean;
}

/**
 * Runs the operations that change stacks. Each method enters the operation's first state at once and goes on in the
 * background (the promise settles at its end); the caller has checked that the stack's state permits the operation.
 */
export class Deployer {
  readonly #parts: DeployerParts;
  readonly #running = new Map<string, Promise<void>>();

  constructor(parts: DeployerParts) {
    this.#parts = parts;
  }

  /** Creates what the desired state names. */
  create(stack: Stack, desired: DesiredState, options: CreateOptions): Promise<void> {
    stack.imports = new Set(desired.imports);
    return this.#begin(stack, 'CREATE_IN_PROGRESS', 'CREATE_FAILED', async () => {
      const reason = options.failure ?? (await this.#forward(stack, desired, false));
      // DeleteStack came in between: it goes on from here.
      if (stack.interrupted === 'delete') return;
      if (reason === undefined) this.#enter(stack, 'CREATE_COMPLETE');
      else await this.#undoCreate(stack, reason, options);
    });
  }

  /** Brings a stack from what it is to the desired state. */
  update(stack: Stack, next: Deployment, desired: DesiredState, options: FailureOptions): Promise<void> {
    const previous = stack.deployment;
    const before = new Map(stack.resources);
    const { outputs, imports } = stack;
    const tagsChange = !isDeepStrictEqual(previous?.tags ?? {}, next.tags);
    stack.deployment = next;
    // What it imports must not vanish meanwhile; the former imports are needed again should it roll back.
    stack.imports = new Set([...imports, ...desired.imports]);
    return this.#begin(stack, 'UPDATE_IN_PROGRESS', 'UPDATE_FAILED', async () => {
      const reason = await this.#forward(stack, desired, tagsChange, options.policy);
      if (reason === undefined) {
        this.#enter(stack, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
        const retired = [...stack.leftovers, ...retiredBy(stack, before, desired)];
        stack.leftovers = [];
        const failed = await this.#removeAndForget(stack, retired);
        this.#enter(
          stack,
          'UPDATE_COMPLETE',
          failed.length === 0 ? undefined : 'Update successful. One or more resources could not be deleted.',
        );
        return;
      }
      if (options.onFailure === 'DO_NOTHING') {
        const replaced = retiredBy(stack, before, desired).filter(({ current }) => !current);
        stack.leftovers = [...stack.leftovers, ...replaced];
        this.#enter(stack, 'UPDATE_FAILED', reason);
        return;
      }
      this.#enter(stack, 'UPDATE_ROLLBACK_IN_PROGRESS', reason);
      if (previous !== undefined) stack.deployment = previous;
      stack.outputs = outputs;
      stack.imports = imports;
      const { failed, retired } = await rollBackResources(
        stack,
        before,
        this.#parts.journal,
        this.#parts.types,
      );
      if (failed.length > 0) {
        this.#enter(
          stack,
          'UPDATE_ROLLBACK_FAILED',
          `The following resource(s) failed to update: [${failed.join(', ')}]. `,
        );
        return;
      }
      this.#enter(stack, 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
      const keep = options.retainExceptOnCreate ? retired.map((one) => ({ ...one, retain: false })) : retired;
      await this.#removeAndForget(stack, keep);
      this.#enter(stack, 'UPDATE_ROLLBACK_COMPLETE');
    });
  }

  /** Deletes a stack with its resources; one that is being created is stopped first. */
  delete(stack: Stack, options: DeleteOptions): Promise<void> {
    const before = this.#running.get(stack.id);
    if (before !== undefined) stack.interrupted = 'delete';
    return this.#begin(stack, 'DELETE_IN_PROGRESS', 'DELETE_FAILED', async () => {
      await before;
      const used = stack.outputs.flatMap(({ exportName }) => {
        const users = exportName === undefined ? [] : this.#parts.store.importers(stack, exportName);
        return users.length === 0
          ? []
          : [`Delete canceled. Cannot delete export ${exportName} as it is in use by ${enumerated(users)}.`];
      });
      if (used.length > 0) {
        this.#enter(stack, 'DELETE_FAILED', used[0]);
        return;
      }
      const retain = new Set(options.retain);
      let failed = await this.#removeAll(stack, isRetained, retain);
      while (options.force && failed.length > 0) {
        for (const logicalId of failed) retain.add(logicalId);
        failed = await this.#removeAll(stack, isRetained, retain);
      }
      if (failed.length === 0) this.#enter(stack, 'DELETE_COMPLETE');
      else this.#enter(stack, 'DELETE_FAILED', failedToDelete(failed));
    });
  }

  async #undoCreate(stack: Stack, reason: string, options: FailureOptions): Promise<void> {
    if (options.onFailure === 'DO_NOTHING') {
      this.#enter(stack, 'CREATE_FAILED', reason);
      return;
    }
    const isDelete = options.onFailure === 'DELETE';
    this.#enter(
      stack,
      isDelete ? 'DELETE_IN_PROGRESS' : 'ROLLBACK_IN_PROGRESS',
      `${reason}${isDelete ? 'Delete' : 'Rollback'} requested by user.`,
    );
    const keep = options.retainExceptOnCreate ? () => false : keepsNew;
    const failed = await this.#removeAll(stack, keep, new Set());
    stack.imports = new Set();
    if (failed.length > 0)
      this.#enter(stack, isDelete ? 'DELETE_FAILED' : 'ROLLBACK_FAILED', failedToDelete(failed));
    else this.#enter(stack, isDelete ? 'DELETE_COMPLETE' : 'ROLLBACK_COMPLETE');
  }

  /** Resources and outputs to the desired state. @returns why that failed; `undefined` if it did not */
  async #forward(
    stack: Stack,
    desired: DesiredState,
    tagsChange: boolean,
    policy?: StackPolicy,
  ): Promise<string | undefined> {
    const { journal, types, store } = this.#parts;
    const failures = await converge(stack, desired, tagsChange, journal, types, policy);
    if (stack.interrupted === 'cancel') return 'Update cancelled by user. ';
    const failed = failedResources(failures);
    if (failed !== '' || stack.interrupted !== undefined) return failed;
    const outputs = attempt(() => {
      const values = stackOutputs(stack, desired);
      checkExports(stack, values, store);
      return values;
    });
    if ('error' in outputs) return `${outputs.error}. `;
    stack.outputs = outputs.value;
    stack.imports = new Set(desired.imports);
    return undefined;
  }

  #remove(stack: Stack, retired: readonly Retired[]): Promise<string[]> {
    return removeResources(stack, retired, this.#parts.journal, this.#parts.types);
  }

  /** Removes all resources of a stack, those that failed to be created included: of them only the name is left. */
  async #removeAll(
    stack: Stack,
    keeps: (deployed: Retired['deployed']) => boolean,
    retain: ReadonlySet<string>,
  ): Promise<string[]> {
    const { leftovers } = stack;
    stack.leftovers = [];
    const present = [...stack.resources].flatMap(([logicalId, { deployed }]): Retired[] =>
      deployed === undefined
        ? []
        : [{ logicalId, deployed, retain: keeps(deployed) || retain.has(logicalId), current: true }],
    );
    const failed = await this.#remove(stack, [...leftovers, ...present]);
    for (const { logicalId, type, status } of stack.resources.values()) {
      if (status === 'CREATE_FAILED') {
        this.#parts.journal.resource(stack, { logicalId, type, status: 'DELETE_COMPLETE' });
      }
    }
    return failed;
  }

  /** Removes, and drops the logical IDs that the stack no longer has. */
  async #removeAndForget(stack: Stack, retired: readonly Retired[]): Promise<string[]> {
    const failed = await this.#remove(stack, retired);
    for (const { logicalId, current } of retired) if (current) stack.resources.delete(logicalId);
    return failed;
  }

  #enter(stack: Stack, status: StackStatus, reason?: string): void {
    this.#parts.journal.stack(stack, status, reason);
  }

  #begin(stack: Stack, first: StackStatus, broken: StackStatus, work: () => Promise<void>): Promise<void> {
    this.#enter(stack, first, 'User Initiated');
    const job = this.#parts.jobs.start(async () => {
      try {
        await work();
      } catch (error) {
        // Only a mistake in local AWS itself leads here: the stack must not stay in progress for ever.
        this.#enter(stack, broken, `Internal failure: ${described(error).message}`);
      }
      if (this.#running.get(stack.id) === job) {
        this.#running.delete(stack.id);
        stack.interrupted = undefined;
      }
    });
    this.#running.set(stack.id, job);
    return job;
  }
}

/** What an update leaves behind: resources that the template no longer has, and the old ones of those replaced. */
function retiredBy(
  stack: Stack,
  before: ReadonlyMap<string, { readonly deployed?: Retired['deployed'] }>,
  desired: DesiredState,
): Retired[] {
  return [...before].flatMap(([logicalId, { deployed }]): Retired[] => {
    if (deployed === undefined) return [];
    if (!desired.resources.has(logicalId)) {
      return [{ logicalId, deployed, retain: isRetained(deployed), current: true }];
    }
    const now = stack.resources.get(logicalId)?.deployed;
    if (now === undefined || now.instance === deployed.instance) return [];
    return [{ logicalId, deployed, retain: now.updateReplacePolicy === 'Retain', current: false }];
  });
}

function failedResources({ created, updated }: Failures): string {
  return [
    ...(created.length === 0
      ? []
      : [`The following resource(s) failed to create: [${created.join(', ')}]. `]),
    ...(updated.length === 0
      ? []
      : [`The following resource(s) failed to update: [${updated.join(', ')}]. `]),
  ].join('');
}

function failedToDelete(failed: readonly string[]): string {
  return `The following resource(s) failed to delete: [${failed.join(', ')}]. `;
}
