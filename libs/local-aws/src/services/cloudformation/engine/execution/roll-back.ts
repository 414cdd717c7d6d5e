import type { DeployedResource, Retired, Stack, StackResource } from '../stack.ts';
import { ResourceActions, type ResourceTools } from './resource-actions.ts';

/**
 * Brings resources back to what they were before an update. Nothing is deleted yet.
 * @returns what could not be brought back, and what the update had created, for the clean-up
 */
export async function rollBackResources(
  stack: Stack,
  before: ReadonlyMap<string, StackResource>,
  tools: ResourceTools,
): Promise<{ readonly failed: readonly string[]; readonly retired: readonly Retired[] }> {
  const actions = new ResourceActions(stack, tools);
  const failed: string[] = [];
  const retired: Retired[] = [];
  for (const [id, { ResourceType: type, deployed: now, LastUpdatedTimestamp }] of [...stack.resources]) {
    const was = before.get(id);
    if (was?.LastUpdatedTimestamp === LastUpdatedTimestamp) {
      // Untouched, except for what it depends on.
      stack.resources.set(id, was);
      continue;
    }
    const then = was?.deployed;
    if (then === undefined && now === undefined) {
      tools.journal.resource(stack, { id, type, status: 'DELETE_COMPLETE' });
      stack.resources.delete(id);
    } else if (then === undefined) {
      if (now !== undefined) retired.push({ id, deployed: now, retain: keepsNew(now), current: true });
    } else if (now === undefined || now === then) {
      actions.adopt(id, then);
    } else if (now.instance !== then.instance) {
      actions.adopt(id, then);
      retired.push({ id, deployed: now, retain: false, current: false });
    } else if (!(await actions.update(id, then, now))) {
      failed.push(id);
    }
  }
  return { failed, retired };
}

/** `Retain` keeps even what a failed deployment created; `RetainExceptOnCreate` does not. */
export function keepsNew({ DeletionPolicy }: DeployedResource): boolean {
  return DeletionPolicy === 'Retain';
}
