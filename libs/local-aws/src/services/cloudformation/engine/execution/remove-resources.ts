import { defined } from '../../../../core/defined.ts';
import type { ResourceType } from '../../../resource-type.ts';
import type { DeployedResource } from '../deployment.ts';
import type { Journal } from '../journal.ts';
import type { ResourceStatus, Retired, Stack } from '../stack.ts';
import { reversed, withoutCircles } from '../template/dependencies.ts';
import { ResourceActions } from './resource-actions.ts';
import { runGraph } from './run-graph.ts';

/**
 * Deletes resources, each after all that depend on it. What a resource that cannot be deleted depends on stays, too.
 * @returns the logical IDs of those that could not be deleted
 */
export async function removeResources(
  stack: Stack,
  retired: readonly Retired[],
  journal: Journal,
  types: ReadonlyMap<string, ResourceType>,
): Promise<string[]> {
  // A resource and the one that replaced it share their logical ID: only the instance tells them apart.
  const byInstance = new Map(retired.map((one) => [one.deployed.instance, one]));
  const needs = retired.map(({ deployed }) => {
    const needed = retired.filter(({ logicalId }) => deployed.dependencies.includes(logicalId));
    return [deployed.instance, new Set(needed.map((one) => one.deployed.instance))] as const;
  });
  const actions = new ResourceActions(stack, journal, types);
  const failed: string[] = [];
  await runGraph(reversed(withoutCircles(new Map(needs))), async (instance) => {
    const one = byInstance.get(instance);
    if (one === undefined) return true;
    if (one.retain) {
      record(one, 'DELETE_SKIPPED');
      return true;
    }
    record(one, 'DELETE_IN_PROGRESS');
    const reason = await actions.remove(one.logicalId, one.deployed);
    if (reason === undefined) {
      record(one, 'DELETE_COMPLETE');
      return true;
    }
    record(one, 'DELETE_FAILED', reason);
    failed.push(one.logicalId);
    return false;
  });
  return failed;

  function record({ logicalId, deployed, current }: Retired, status: ResourceStatus, reason?: string): void {
    const gone = status === 'DELETE_COMPLETE' || status === 'DELETE_SKIPPED';
    const resource = {
      logicalId,
      type: deployed.type,
      status,
      physicalId: deployed.state.physicalId,
      ...defined({ statusReason: reason }),
      ...(gone ? {} : { deployed }),
    };
    if (current) journal.resource(stack, resource);
    else journal.event(stack, resource);
  }
}

/** Whether a resource is kept when the stack no longer has it, or no longer exists. */
export function isRetained(deployed: DeployedResource): boolean {
  return deployed.deletionPolicy !== 'Delete';
}
