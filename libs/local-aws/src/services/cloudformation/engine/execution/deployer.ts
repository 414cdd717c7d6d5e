import { setImmediate } from 'node:timers/promises';
import { errorMessage } from '../../../../core/errors.ts';
import type { StackActor } from '../actor.ts';
import {
  type DesiredState,
  desiredState,
  findMissingExport,
  readOutputs,
  stackOutputs,
} from '../change/plan.ts';
import type { OnFailure, RequestedStack, Retired, Stack, UnfinishedRollBack } from '../stack.ts';
import { attempt } from '../template/errors.ts';
import {
  continueRollBack,
  converge,
  failedTo,
  isRetained,
  removeResources,
  rollBackResources,
} from './converge.ts';
import type { ResourceTools } from './resource-actions.ts';
import { stackNotice } from './stack-notice.ts';

type Verb = 'CREATE' | 'UPDATE' | 'DELETE' | 'UPDATE_ROLLBACK' | 'IMPORT';

/** See {@link createDeployer}. */
export type Deployer = ReturnType<typeof createDeployer>;

/** Makes the functions that change stacks in the background; they set the first status at once. Callers check the status before. */
export function createDeployer(tools: ResourceTools) {
  /** The running operations by stack ID. DeleteStack waits for the one that it stops. */
  const running = new Map<string, Promise<void>>();
  return { deploy, remove, continueUpdateRollback, idle };

  /** Creates or updates a stack. Resolves when that has ended. */
  function deploy(
    stack: Stack,
    next: RequestedStack,
    actor: StackActor,
    onFailure: OnFailure,
  ): Promise<void> {
    const desired = desiredState(stack, next, tools);
    // Its change sets were planned against the former state.
    stack.changeSets.clear();
    const before = new Map(stack.resources);
    const { deployment: previous, outputs, imports } = stack;
    const isImport = next.imported !== undefined;
    const verb = isImport ? 'IMPORT' : previous === undefined ? 'CREATE' : 'UPDATE';
    stack.deployment = next;
    const missing = findMissingExport(desired);
    // Other stacks must keep the exports that it imports now, and the exports that it needs after a roll-back.
    stack.imports = new Set([...imports, ...desired.imports]);
    const unreadOutput = () =>
      desired.outputsUsed.size === 0
        ? undefined
        : readOutputs(desired, (reference) => tools.readOutput(stack, actor, reference));
    return begin(stack, verb, actor, async () => {
      const unusable = missing?.message ?? (await unreadOutput());
      const reason = unusable === undefined ? await forward(stack, desired) : `${unusable}. `;
      // DeleteStack waits for this, then continues.
      if (stack.isInterrupted) return;
      const retired = retiredBy(stack, before, desired);
      if (reason === undefined) {
        if (verb === 'UPDATE') stack.enter('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
        const all = [...stack.leftovers, ...retired];
        stack.leftovers = [];
        const failed = await removeAndForget(stack, all);
        const notice =
          failed.length === 0
            ? stackNotice(desired, tools.hasAccount)
            : 'Update successful. One or more resources could not be deleted.';
        stack.enter(`${verb}_COMPLETE`, notice);
      } else if (isImport) {
        stack.enter('IMPORT_ROLLBACK_IN_PROGRESS', reason);
        // Nothing is deleted: the resources were there before.
        await removeAll(stack, false, [...desired.resources.keys()]);
        stack.enter('IMPORT_ROLLBACK_COMPLETE');
      } else if (onFailure === 'DO_NOTHING') {
        stack.leftovers = [...stack.leftovers, ...retired.filter(({ current }) => !current)];
        stack.enter(`${verb}_FAILED`, reason);
      } else if (previous === undefined) {
        const verbInText = onFailure === 'DELETE' ? 'Delete' : 'Rollback';
        stack.enter(`${onFailure}_IN_PROGRESS`, `${reason}${verbInText} requested by user.`);
        const failed = await removeAll(stack, true);
        stack.imports = new Set();
        enterRemoved(stack, onFailure, failed);
      } else {
        stack.enter('UPDATE_ROLLBACK_IN_PROGRESS', reason);
        stack.deployment = previous;
        stack.outputs = outputs;
        stack.imports = imports;
        await endRollBack(stack, await rollBackResources(stack, before, tools));
      }
    });
  }

  /** Continues a failed roll-back of an update. @param skipped the logical IDs of resources that stay as they are */
  function continueUpdateRollback(
    stack: Stack,
    actor: StackActor,
    skipped: readonly string[],
  ): Promise<void> {
    const { unfinished } = stack;
    if (unfinished === undefined) throw new Error(`The stack ${stack.id} has no unfinished roll-back.`);
    return begin(stack, 'UPDATE_ROLLBACK', actor, async () =>
      endRollBack(stack, await continueRollBack(stack, unfinished, skipped, tools)),
    );
  }

  async function endRollBack(stack: Stack, undone: UnfinishedRollBack): Promise<void> {
    if (undone.failed.size > 0) {
      const isFormer = ({ current }: Retired) => !current;
      stack.leftovers = [...stack.leftovers, ...undone.retired.filter(isFormer)];
      stack.unfinished = { ...undone, retired: undone.retired.filter(({ current }) => current) };
      stack.enter('UPDATE_ROLLBACK_FAILED', failedTo('update', [...undone.failed.keys()]));
      return;
    }
    stack.unfinished = undefined;
    stack.enter('UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
    await removeAndForget(stack, undone.retired);
    stack.enter('UPDATE_ROLLBACK_COMPLETE');
  }

  /** Deletes a stack with its resources. Stops its creation first. @param kept the logical IDs of resources that it leaves */
  function remove(stack: Stack, actor: StackActor, kept: readonly string[] = []): Promise<void> {
    const before = running.get(stack.id);
    if (before !== undefined) stack.isInterrupted = true;
    stack.changeSets.clear();
    const { status } = stack;
    return begin(stack, 'DELETE', actor, async () => {
      await before;
      for (const { ExportName } of stack.outputs) {
        const users = tools.store.importers(stack, ExportName);
        if (users === undefined) continue;
        stack.deletedAt = undefined;
        // The stack returns to its status: https://github.com/serverless/serverless/issues/2984, https://github.com/aws/aws-cdk/issues/604
        stack.enter(
          status,
          `Delete canceled. Cannot delete export ${ExportName} as it is in use by ${users}.`,
        );
        return;
      }
      enterRemoved(stack, 'DELETE', await removeAll(stack, false, kept));
    });
  }

  /** Resolves when no operation is running. Also waits for operations that start meanwhile. */
  async function idle(): Promise<void> {
    while (running.size > 0) await Promise.allSettled(running.values());
  }

  /** Brings resources and outputs to the desired state. @returns the reason of a failure */
  async function forward(stack: Stack, desired: DesiredState): Promise<string | undefined> {
    const failed = await converge(stack, desired, tools);
    if (failed !== '' || stack.isInterrupted) return failed;
    const outputs = attempt(() => tools.store.checkedOutputs(stack, stackOutputs(desired)));
    if ('error' in outputs) return `${outputs.error}. `;
    stack.outputs = outputs.value;
    stack.imports = new Set(desired.imports);
    return undefined;
  }

  /** Removes all resources of a stack. Marks those whose creation failed as deleted: they have only a name. */
  async function removeAll(stack: Stack, isNew: boolean, kept: readonly string[] = []): Promise<string[]> {
    const { leftovers } = stack;
    stack.leftovers = [];
    const present = stack.deployedResources().map(([id, deployed]) => {
      return { id, deployed, retain: kept.includes(id) || isRetained(deployed, isNew), current: true };
    });
    const failed = await removeResources(stack, [...leftovers, ...present], tools);
    for (const { LogicalResourceId: id, ResourceType: type, ResourceStatus } of stack.resources.values()) {
      if (ResourceStatus === 'CREATE_FAILED') stack.enterResource(id, type, 'DELETE_COMPLETE');
    }
    return failed;
  }

  /** Removes resources, and the logical IDs that the stack no longer has. */
  async function removeAndForget(stack: Stack, retired: readonly Retired[]): Promise<string[]> {
    const failed = await removeResources(stack, retired, tools);
    for (const { id, current } of retired) if (current) stack.resources.delete(id);
    return failed;
  }

  function begin(stack: Stack, verb: Verb, actor: StackActor, work: () => Promise<void>) {
    stack.actor = actor;
    stack.enter(`${verb}_IN_PROGRESS`, 'User Initiated');
    // The request is answered before the work begins.
    const job = setImmediate().then(async () => {
      try {
        await work();
      } catch (error) {
        // A defect of local AWS. The stack must not stay in progress.
        stack.enter(`${verb}_FAILED`, `Internal failure: ${errorMessage(error)}`);
      }
      if (running.get(stack.id) === job) {
        running.delete(stack.id);
        stack.isInterrupted = false;
      }
    });
    running.set(stack.id, job);
    return job;
  }
}

/** The resources that an update leaves behind: removed from the template, or replaced. */
function retiredBy(stack: Stack, before: Stack['resources'], desired: DesiredState): Retired[] {
  return [...before].flatMap(([id, { deployed }]): Retired[] => {
    if (deployed === undefined) return [];
    if (!desired.resources.has(id))
      return [{ id, deployed, retain: isRetained(deployed, false), current: true }];
    const now = stack.resources.get(id)?.deployed;
    if (now === undefined || now.instance === deployed.instance) return [];
    return [{ id, deployed, retain: now.UpdateReplacePolicy === 'Retain', current: false }];
  });
}

function enterRemoved(stack: Stack, verb: 'DELETE' | 'ROLLBACK', failed: readonly string[]): void {
  if (failed.length === 0) stack.enter(`${verb}_COMPLETE`);
  else stack.enter(`${verb}_FAILED`, failedTo('delete', failed));
}
