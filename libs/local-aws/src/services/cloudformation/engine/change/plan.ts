import { isDeepStrictEqual } from 'node:util';
import { defined } from '../../../../core/defined.ts';
import type { ResourceType } from '../../../resource-type.ts';
import { stackOutputs } from '../execution/outputs.ts';
import { deployedResources, type Stack } from '../stack.ts';
import { dependencyOrder } from '../template/dependencies.ts';
import { validationError } from '../template/errors.ts';
import { isObject } from '../template/json.ts';
import { type Environment, type PartialJson, resolve } from '../template/resolve.ts';
import type { ResourceDefinition } from '../template/template.ts';
import { compare, type Difference, type WantedResource } from './compare.ts';
import type { DesiredState } from './desired-state.ts';
import { plannedLookup } from './lookup.ts';
import { coerce } from './property-schema.ts';

/** What will, or may, happen to a resource. */
export interface PlannedChange {
  readonly action: 'Add' | 'Modify' | 'Remove';
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId?: string;
  /** For `Modify`. */
  readonly difference?: Difference;
}

/**
 * Finds what a deployment will change, before anything is changed. Values of resources that do not exist yet are unknown:
 * what depends on them may change.
 * @throws AwsError `ValidationError` if a resource changes its type or a function cannot be evaluated
 */
export function planChanges(
  stack: Stack,
  desired: DesiredState,
  types: ReadonlyMap<string, ResourceType>,
): PlannedChange[] {
  const retyped = [...desired.resources].filter(([id, { type }]) => {
    const present = stack.resources.get(id)?.deployed;
    return present !== undefined && present.type !== type;
  });
  if (retyped.length > 0) {
    throw validationError(
      `Update of resource type is not permitted. The new template modifies resource type of the following resources: [${retyped.map(([id]) => id).join(', ')}]`,
    );
  }
  const changes = new Map<string, PlannedChange>();
  const environment = desired.environment(plannedLookup(stack, changes));
  for (const logicalId of dependencyOrder(desired.graph)) {
    const definition = desired.resources.get(logicalId);
    if (definition === undefined) continue;
    const type = types.get(definition.type);
    if (type === undefined) throw validationError(`Unrecognized resource type ${definition.type}`);
    const wanted = wantedResource(logicalId, definition, desired, environment, type);
    const present = stack.resources.get(logicalId)?.deployed;
    const base = { logicalId, type: definition.type };
    if (present === undefined) {
      changes.set(logicalId, { action: 'Add', ...base });
      continue;
    }
    const { physicalId } = present.state;
    const difference = compare(present, wanted, type, desired.tagsChange);
    if (difference.scope.length > 0) {
      changes.set(logicalId, { action: 'Modify', ...base, physicalId, difference });
    }
  }
  for (const [logicalId, { type, state }] of deployedResources(stack)) {
    if (desired.resources.has(logicalId)) continue;
    changes.set(logicalId, { action: 'Remove', logicalId, type, physicalId: state.physicalId });
  }
  return [...changes.values()];
}

/** A resource's definition with its functions evaluated as far as the environment knows, and its scalars coerced. */
export function wantedResource(
  logicalId: string,
  { type: typeName, metadata, deletionPolicy, updateReplacePolicy, ...definition }: ResourceDefinition,
  desired: DesiredState,
  environment: Environment,
  type: ResourceType,
): WantedResource {
  const properties = coerce(type.properties, resolve(definition.properties, environment) ?? {});
  return {
    logicalId,
    type: typeName,
    properties: isObject(properties) ? (properties as { [key: string]: PartialJson }) : {},
    ...defined({ metadata }),
    deletionPolicy,
    updateReplacePolicy,
    dependencies: [...(desired.graph.get(logicalId) ?? [])],
  };
}

/** Whether a deployment changes anything: a resource, the stack's tags or an output; or has to delete what a failed update left. */
export function hasChanges(stack: Stack, desired: DesiredState, changes: readonly PlannedChange[]): boolean {
  if (desired.tagsChange || changes.length > 0 || stack.leftovers.length > 0) return true;
  // The resources stay as they are, and so do the values that outputs are made of.
  return !isDeepStrictEqual(stackOutputs(stack, desired), stack.outputs);
}
