import { setImmediate } from 'node:timers/promises';
import type { StackStore } from '../../store.ts';
import type { Actor } from '../actor.ts';
import type { DesiredState } from '../change/desired-state.ts';
import { readStackPolicy, type StackPolicy } from '../change/stack-policy.ts';
import type { OnFailure } from '../change-set.ts';
import type { DeployedResource, Deployment } from '../deployment.ts';
import { deployedResources, type Retired, type Stack, type StackStatus } from '../stack.ts';
import { attempt, converge } from './converge.ts';
import { described } from './failure-reason.ts';
import { checkExports, enumerated, stackOutputs } from './outputs.ts';
import { isRetained, removeResources } from './remove-resources.ts';
import type { ResourceTools } from './resource-actions.ts';
import { keepsNew, rollBackResources } from './roll-back.ts';

/** What a deployer works with. */
export interface DeployerParts extends ResourceTools {
  readonly store: StackStore;
}

/** How an operation treats its failure. */
export interface FailureOptions {
  readonly actor: Actor;
  readonly onFailure: OnFailure;
  /** Delete new resources on roll-back, even those with `DeletionPolicy: Retain`. */
  readonly retainExceptOnCreate: boolean;
  /** The stack policy for this update only. Default: the stack's own. */
  readonly policy?: string;
}

/** How a stack is created. */
export interface CreateOptions extends FailureOptions {
  /** Why it is known to fail: then no resource is created. */
  readonly failure?: string;
}

/** How DeleteStack treats resources. */
export interface DeleteOptions {
  readonly actor: Actor;
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
  /** The running operations by stack ID; DeleteStack waits for the one whose place it takes. */
  readonly #running = new Map<string, Promise<void>>();

  constructor(parts: DeployerParts) {
    this.#parts = parts;
  }

  /** Creates what the desired state names. */
  create(stack: Stack, desired: DesiredState, options: CreateOptions): Promise<void> {
    stack.imports = new Set(desired.imports);
    return this.#begin(stack, 'CREATE', options.actor, async () => {
      const reason = options.failure ?? (await this.#forward(stack, desired));
      // DeleteStack waits for this, and goes on from here.
      if (stack.isInterrupted) return;
      if (reason === undefined) this.#enter(stack, 'CREATE_COMPLETE');
      else await this.#undoCreate(stack, reason, options);
    });
  }

  /** Brings a stack from what it is to the desired state. */
  update(stack: Stack, next: Deployment, desired: DesiredState, options: FailureOptions): Promise<void> {
    const previous = stack.deployment;
    const before = new Map(stack.resources);
    const { outputs, imports } = stack;
    const policyText = options.policy ?? stack.policy;
    const policy = policyText === undefined ? undefined : readStackPolicy(policyText);
    stack.deployment = next;
    // What it imports must not vanish meanwhile; the former imports are needed again should it roll back.
    stack.imports = new Set([...imports, ...desired.imports]);
    return this.#begin(stack, 'UPDATE', options.actor, async () => {
      const reason = await this.#forward(stack, desired, policy);
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
      const { failed, retired } = await rollBackResources(stack, before, this.#parts);
      if (failed.length > 0) {
        this.#enter(stack, 'UPDATE_ROLLBACK_FAILED', failedTo('update', failed));
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
    if (before !== undefined) stack.isInterrupted = true;
    return this.#begin(stack, 'DELETE', options.actor, async () => {
      await before;
      for (const { exportName } of stack.outputs) {
        const users = exportName === undefined ? [] : this.#parts.store.importers(stack, exportName);
        if (users.length === 0) continue;
        const reason = `Delete canceled. Cannot delete export ${exportName} as it is in use by ${enumerated(users)}.`;
        this.#enter(stack, 'DELETE_FAILED', reason);
        return;
      }
      const retain = new Set(options.retain);
      const removeAll = () =>
        this.#removeAll(stack, (deployed, logicalId) => isRetained(deployed) || retain.has(logicalId));
      let failed = await removeAll();
      while (options.force && failed.length > 0) {
        for (const logicalId of failed) retain.add(logicalId);
        failed = await removeAll();
      }
      this.#enterRemoved(stack, 'DELETE', failed);
    });
  }

  /** Resolves when no operation is running, not even one that began meanwhile. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running.values());
  }

  async #undoCreate(stack: Stack, reason: string, options: FailureOptions): Promise<void> {
    if (options.onFailure === 'DO_NOTHING') {
      this.#enter(stack, 'CREATE_FAILED', reason);
      return;
    }
    const verb = options.onFailure;
    const verbInText = verb === 'DELETE' ? 'Delete' : 'Rollback';
    this.#enter(stack, `${verb}_IN_PROGRESS`, `${reason}${verbInText} requested by user.`);
    const failed = await this.#removeAll(stack, options.retainExceptOnCreate ? () => false : keepsNew);
    stack.imports = new Set();
    this.#enterRemoved(stack, verb, failed);
  }

  /** Resources and outputs to the desired state. @returns why that failed; `undefined` if it did not */
  async #forward(stack: Stack, desired: DesiredState, policy?: StackPolicy): Promise<string | undefined> {
    const { created, updated } = await converge(stack, desired, this.#parts, policy);
    const failed = failedTo('create', created) + failedTo('update', updated);
    if (failed !== '' || stack.isInterrupted) return failed;
    const outputs = attempt(() => {
      const values = stackOutputs(stack, desired);
      checkExports(stack, values, this.#parts.store);
      return values;
    });
    if ('error' in outputs) return `${outputs.error}. `;
    stack.outputs = outputs.value;
    stack.imports = new Set(desired.imports);
    return undefined;
  }

  /** Removes all resources of a stack. Of those that failed to be created, only the name is left. */
  async #removeAll(
    stack: Stack,
    retains: (deployed: DeployedResource, logicalId: string) => boolean,
  ): Promise<string[]> {
    const { leftovers } = stack;
    stack.leftovers = [];
    const present = deployedResources(stack).map(([logicalId, deployed]): Retired => {
      return { logicalId, deployed, retain: retains(deployed, logicalId), current: true };
    });
    const failed = await removeResources(stack, [...leftovers, ...present], this.#parts);
    for (const { logicalId, type, status } of stack.resources.values()) {
      if (status === 'CREATE_FAILED') {
        this.#parts.journal.resource(stack, { logicalId, type, status: 'DELETE_COMPLETE' });
      }
    }
    return failed;
  }

  /** Removes, and drops the logical IDs that the stack no longer has. */
  async #removeAndForget(stack: Stack, retired: readonly Retired[]): Promise<string[]> {
    const failed = await removeResources(stack, retired, this.#parts);
    for (const { logicalId, current } of retired) if (current) stack.resources.delete(logicalId);
    return failed;
  }

  #enter(stack: Stack, status: StackStatus, reason?: string): void {
    this.#parts.journal.stack(stack, status, reason);
  }

  #enterRemoved(stack: Stack, verb: 'DELETE' | 'ROLLBACK', failed: readonly string[]): void {
    if (failed.length === 0) this.#enter(stack, `${verb}_COMPLETE`);
    else this.#enter(stack, `${verb}_FAILED`, failedTo('delete', failed));
  }

  #begin(
    stack: Stack,
    verb: 'CREATE' | 'UPDATE' | 'DELETE',
    actor: Actor,
    work: () => Promise<void>,
  ): Promise<void> {
    stack.actor = actor;
    this.#enter(stack, `${verb}_IN_PROGRESS`, 'User Initiated');
    // The request is answered before the work begins.
    const job = setImmediate().then(async () => {
      try {
        await work();
      } catch (error) {
        // A defect of local AWS: the stack must not stay in progress for ever.
        this.#enter(stack, `${verb}_FAILED`, `Internal failure: ${described(error).message}`);
      }
      if (this.#running.get(stack.id) === job) {
        this.#running.delete(stack.id);
        stack.isInterrupted = false;
      }
    });
    this.#running.set(stack.id, job);
    return job;
  }
}

/** What an update leaves behind: resources that the template no longer has, and the old ones of those replaced. */
function retiredBy(
  stack: Stack,
  before: ReadonlyMap<string, { readonly deployed?: DeployedResource }>,
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

function failedTo(verb: 'create' | 'update' | 'delete', logicalIds: readonly string[]): string {
  if (logicalIds.length === 0) return '';
  return `The following resource(s) failed to ${verb}: [${logicalIds.join(', ')}]. `;
}
