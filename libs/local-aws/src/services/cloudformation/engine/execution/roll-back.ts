import { defined } from '../../../../core/defined.ts';
import type { ResourceType } from '../../../resource-type.ts';
import type { DeployedResource } from '../deployment.ts';
import type { Journal } from '../journal.ts';
import type { Retired, Stack, StackResource } from '../stack.ts';
import { isRetained } from './remove-resources.ts';
import { ResourceActions } from './resource-actions.ts';

/** What a roll-back came to. */
export interface RolledBack {
  /** Resources that could not be brought back. */
  readonly failed: readonly string[];
  /** Resources that the update had created, to be deleted in the clean-up. */
  readonly retired: readonly Retired[];
}

/**
 * Brings the resources of a stack back to what they were before an update. Nothing is deleted yet.
 * @param before the stack's resources when the update began
 */
export async function rollBackResources(
  stack: Stack,
  before: ReadonlyMap<string, StackResource>,
  journal: Journal,
  types: ReadonlyMap<string, ResourceType>,
): Promise<RolledBack> {
  const actions = new ResourceActions(stack, journal, types);
  const failed: string[] = [];
  const retired: Retired[] = [];
  for (const [logicalId, { deployed: now, updatedAt }] of [...stack.resources]) {
    const was = before.get(logicalId);
    if (was !== undefined && was.updatedAt === updatedAt) {
      // Untouched, save for what it depends on.
      stack.resources.set(logicalId, was);
      continue;
    }
    const then = was?.deployed;
    if (then === undefined) {
      if (now === undefined) forget(logicalId);
      else retired.push({ logicalId, deployed: now, retain: keepsNew(now), current: true });
    } else if (now !== undefined && now.instance !== then.instance) {
      restore(logicalId, then);
      retired.push({ logicalId, deployed: now, retain: false, current: false });
    } else if (now !== undefined && now !== then) {
      if (!(await actions.update(targetOf(logicalId, then), now))) failed.push(logicalId);
    } else {
      restore(logicalId, then);
    }
  }
  return { failed, retired };

  /** A resource that failed to be created is gone for the stack, as its events say. */
  function forget(logicalId: string): void {
    const { type = '' } = stack.resources.get(logicalId) ?? {};
    journal.event(stack, { logicalId, type, status: 'DELETE_COMPLETE' });
    stack.resources.delete(logicalId);
  }

  function restore(logicalId: string, then: DeployedResource): void {
    const base = { logicalId, type: then.type, physicalId: then.state.physicalId, deployed: then };
    journal.resource(stack, { ...base, status: 'UPDATE_IN_PROGRESS' });
    journal.resource(stack, { ...base, status: 'UPDATE_COMPLETE' });
  }
}

/** `Retain` keeps even what a failed deployment created; `RetainExceptOnCreate` does not. */
export function keepsNew(deployed: DeployedResource): boolean {
  return isRetained(deployed) && deployed.deletionPolicy !== 'RetainExceptOnCreate';
}

function targetOf(logicalId: string, then: DeployedResource) {
  return {
    logicalId,
    properties: then.properties,
    dependencies: then.dependencies,
    definition: {
      type: then.type,
      properties: then.properties,
      dependsOn: [],
      deletionPolicy: then.deletionPolicy,
      updateReplacePolicy: then.updateReplacePolicy,
      ...defined({ metadata: then.metadata }),
    },
  };
}
