import type { DeployedResource, Retired, Stack } from '../stack.ts';
import { ResourceActions, type ResourceTools } from './resource-actions.ts';

/**
 * Deletes resources, each after all that depend on it. If one cannot be deleted, what it depends on stays, too. After a failed
 * update, resources may depend on each other in a circle: then any of them is deleted first.
 * @returns the logical IDs of those that could not be deleted
 */
export async function removeResources(
  stack: Stack,
  retired: readonly Retired[],
  tools: ResourceTools,
): Promise<string[]> {
  const actions = new ResourceActions(stack, tools);
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

/** Whether a resource is kept when its stack no longer has it, or no longer exists. */
export function isRetained({ DeletionPolicy }: DeployedResource): boolean {
  return DeletionPolicy !== 'Delete';
}
