import type { ResourceState } from '../../../resource-type.ts';
import type { Stack } from '../stack.ts';
import { templateError } from '../template/errors.ts';
import type { Json } from '../template/json.ts';
import { type Environment, Unknown } from '../template/resolve.ts';
import type { PlannedChange } from './plan.ts';

/** How functions read resources: see {@link Environment}. */
export type ResourceLookup = Pick<Environment, 'ref' | 'getAtt'>;

/** Reads resources as they are. */
export function stackLookup(stack: Stack): ResourceLookup {
  return {
    ref: (logicalId) => stack.resources.get(logicalId)?.deployed?.state.physicalId,
    getAtt: (logicalId, attribute) =>
      attributeOf(logicalId, stack.resources.get(logicalId)?.deployed?.state, attribute),
  };
}

/** Reads resources as they will be. Resources that do not exist yet are unknown. */
export function plannedLookup(stack: Stack, changes: ReadonlyMap<string, PlannedChange>): ResourceLookup {
  const present = stackLookup(stack);
  return {
    ref(logicalId) {
      const change = changes.get(logicalId);
      const isNew = change?.action === 'Add' || (change?.difference?.replacement ?? 'False') !== 'False';
      return isNew ? new Unknown([{ logicalId }]) : present.ref(logicalId);
    },
    getAtt: (logicalId, attribute) =>
      changes.has(logicalId) ? new Unknown([{ logicalId, attribute }]) : present.getAtt(logicalId, attribute),
  };
}

function attributeOf(logicalId: string, state: ResourceState | undefined, attribute: string): Json {
  const attributes = new Map(Object.entries(state?.attributes ?? {}));
  const value = attributes.get(attribute);
  if (value !== undefined) return value as Json;
  const supported = [...attributes.keys()].sort().join(', ');
  throw templateError(
    `resource ${logicalId} does not support attribute type ${attribute} in Fn::GetAtt. Supported: ${supported === '' ? 'none' : supported}`,
  );
}
