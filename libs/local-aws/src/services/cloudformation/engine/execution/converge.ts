import { asLive, driftOf } from '../change/drift.ts';
import { compare, type DependencyGraph, type DesiredState, wantedResource } from '../change/plan.ts';
import type { DeployedResource, ResourceSpec, Retired, Stack, UnfinishedRollBack } from '../stack.ts';
import { attempt } from '../template/errors.ts';
import { type ResourceTools, resourceActions } from './resource-actions.ts';

/** Creates, updates and replaces resources in dependency order. Starts none after a failure. @returns see {@link failedTo} */
export async function converge(stack: Stack, desired: DesiredState, tools: ResourceTools): Promise<string> {
  const created: string[] = [];
  const updated: string[] = [];
  const isStopped = () => created.length + updated.length > 0 || stack.isInterrupted;
  const actions = resourceActions(stack, tools, isStopped);
  const environment = desired.environment();

  await runGraph(
    desired.graph,
    async (id) => {
      const old = stack.resources.get(id)?.deployed;
      const done = await bring(id);
      if (!done) (old === undefined ? created : updated).push(id);
      return done;
    },
    () => !isStopped(),
  );
  return failedTo('create', created) + failedTo('update', updated);

  async function bring(id: string): Promise<boolean> {
    const present = stack.resources.get(id);
    const old = present?.deployed;
    const evaluated = attempt(() => wantedResource(id, desired, environment));
    const Type = desired.resources.get(id)?.Type ?? '';
    if ('error' in evaluated) return actions.refuse(id, Type, evaluated.error, old);
    // Every referenced resource exists by now, so no property is unknown.
    const wanted = evaluated.value as ResourceSpec;
    if (present === undefined || old === undefined) return actions.create(id, wanted);
    const drift = stack.deployment?.revertsDrift ? driftOf(old, stack) : undefined;
    if (drift?.status === 'DELETED') return actions.create(id, wanted, undefined, old.instance);
    const live = drift === undefined ? old : asLive(old, drift);
    const { Scope, Replacement } = compare(live, evaluated.value, desired.tagsChange);
    if (Scope.length === 0) {
      // The resource does not change. Its dependencies may have changed.
      stack.resources.set(id, { ...present, deployed: { ...old, dependencies: wanted.dependencies } });
      return true;
    }
    if (Replacement !== 'False') return actions.create(id, wanted, old);
    if (Scope.includes('Properties') || Scope.includes('Tags')) return actions.update(id, wanted, old, live);
    const { state, instance, uncertain, tags } = old;
    return actions.adopt(id, { ...wanted, state, instance, uncertain, tags }, old);
  }
}

/** Resolves to whether it succeeded. */
type Task = (id: string) => Promise<boolean>;

/** Runs a task for each node when its dependencies have succeeded, in parallel if independent. Starts none unless `mayStart()`. */
export async function runGraph(graph: DependencyGraph, task: Task, mayStart = () => true) {
  const succeeded = new Set<string>();
  const waiting = new Set(graph.keys());
  const running = new Map<string, Promise<void>>();

  const isReady = (id: string) =>
    [...(graph.get(id) ?? [])].every((need) => !graph.has(need) || succeeded.has(need));
  const run = async (id: string) => {
    if (await task(id)) succeeded.add(id);
    running.delete(id);
  };

  for (;;) {
    for (const id of waiting) {
      if (!isReady(id) || !mayStart()) continue;
      waiting.delete(id);
      running.set(id, run(id));
    }
    if (running.size === 0) return succeeded;
    await Promise.race(running.values());
  }
}

/** A sentence that names the failed resources; `''` if none failed. */
export function failedTo(verb: 'create' | 'update' | 'delete', logicalIds: readonly string[]): string {
  if (logicalIds.length === 0) return '';
  return `The following resource(s) failed to ${verb}: [${logicalIds.join(', ')}]. `;
}

/** Undoes an update, but deletes nothing yet. */
export async function rollBackResources(
  stack: Stack,
  before: Stack['resources'],
  tools: ResourceTools,
): Promise<UnfinishedRollBack> {
  const actions = resourceActions(stack, tools);
  const failed = new Map<string, DeployedResource>();
  const retired: Retired[] = [];
  for (const [id, { ResourceType: type, deployed: now, LastUpdatedTimestamp }] of [...stack.resources]) {
    const was = before.get(id);
    if (was?.LastUpdatedTimestamp === LastUpdatedTimestamp) {
      // Unchanged, except for its dependencies.
      stack.resources.set(id, was);
      continue;
    }
    const then = was?.deployed;
    if (then === undefined && now === undefined) {
      stack.enterResource(id, type, 'DELETE_COMPLETE');
      stack.resources.delete(id);
    } else if (then === undefined) {
      if (now !== undefined)
        retired.push({ id, deployed: now, retain: isRetained(now, true), current: true });
    } else if (now === undefined || now === then) {
      actions.adopt(id, then);
    } else if (now.instance !== then.instance) {
      actions.adopt(id, then);
      retired.push({ id, deployed: now, retain: false, current: false });
    } else if (!(await actions.update(id, then, now))) {
      failed.set(id, then);
    }
  }
  return { failed, retired };
}

/** Tries again what a roll-back could not do. @param skipped the logical IDs of resources that stay as they are */
export async function continueRollBack(
  stack: Stack,
  { failed, retired }: UnfinishedRollBack,
  skipped: readonly string[],
  tools: ResourceTools,
): Promise<UnfinishedRollBack> {
  const actions = resourceActions(stack, tools);
  const again = new Map<string, DeployedResource>();
  for (const [id, then] of failed) {
    const now = stack.resources.get(id)?.deployed;
    if (now === undefined) continue;
    if (skipped.includes(id)) stack.enterResource(id, now.Type, 'UPDATE_COMPLETE', { deployed: now });
    else if (!(await actions.update(id, then, now))) again.set(id, then);
  }
  return { failed: again, retired };
}

/** Whether a resource is kept when it leaves its stack. @param isNew whether the failed deployment created it */
export function isRetained({ DeletionPolicy }: DeployedResource, isNew: boolean): boolean {
  return DeletionPolicy === 'Retain' || (DeletionPolicy === 'RetainExceptOnCreate' && !isNew);
}

/**
 * Deletes each resource after its dependents. If one cannot be deleted, its dependencies stay, too. After a failed update,
 * resources may depend on each other in a circle. Then it deletes any of them first.
 * @returns the logical IDs that could not be deleted
 */
export async function removeResources(stack: Stack, retired: readonly Retired[], tools: ResourceTools) {
  const actions = resourceActions(stack, tools);
  const failed: string[] = [];
  const kept: Retired[] = [];
  let waiting = retired;
  while (waiting.length > 0) {
    const blocked = waiting.filter((one) => isNeeded(one, kept));
    const free = waiting.filter((one) => !isNeeded(one, waiting));
    const next = blocked.length > 0 ? blocked : free.length > 0 ? free : waiting.slice(0, 1);
    waiting = waiting.filter((one) => !next.includes(one));
    if (blocked.length > 0) kept.push(...blocked);
    else await Promise.all(next.map(remove));
  }
  return failed;

  async function remove(one: Retired): Promise<void> {
    if (await actions.remove(one)) return;
    kept.push(one);
    failed.push(one.id);
  }
}

function isNeeded({ id, deployed }: Retired, by: readonly Retired[]): boolean {
  return by.some((other) => other.deployed !== deployed && other.deployed.dependencies.includes(id));
}
