import { reversed, runGraph, withoutCircles } from '../graph.ts';
import type { DeployedResource, Retired, Stack } from '../stack.ts';
import { ResourceActions, type ResourceTools } from './resource-actions.ts';

/**
 * Deletes resources, each after all that depend on it. If a resource cannot be deleted, what it depends on stays, too.
 * @returns the logical IDs of those that could not be deleted
 */
export async function removeResources(
  stack: Stack,
  retired: readonly Retired[],
  tools: ResourceTools,
): Promise<string[]> {
  // A resource and the one that replaced it share their logical ID: only the instance tells them apart.
  const byInstance = new Map(retired.map((one) => [one.deployed.instance, one]));
  const needs = retired.map(({ deployed }) => {
    const needed = retired.filter(({ id }) => deployed.dependencies.includes(id));
    return [deployed.instance, new Set(needed.map((one) => one.deployed.instance))] as const;
  });
  const actions = new ResourceActions(stack, tools);
  const failed: string[] = [];
  await runGraph(reversed(withoutCircles(new Map(needs))), async (instance) => {
    const one = byInstance.get(instance);
    if (one === undefined || (await actions.remove(one))) return true;
    failed.push(one.id);
    return false;
  });
  return failed;
}

/** Whether a resource is kept when its stack no longer has it, or no longer exists. */
export function isRetained({ DeletionPolicy }: DeployedResource): boolean {
  return DeletionPolicy !== 'Delete';
}
