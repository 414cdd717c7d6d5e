import { isDeepStrictEqual } from 'node:util';
import type { ResourceType } from '../../../resource-type.ts';
import type { DeployedResource } from '../deployment.ts';
import { stackOutputs } from '../execution/outputs.ts';
import type { Stack } from '../stack.ts';
import { dependencyOrder } from '../template/dependencies.ts';
import { validationError } from '../template/errors.ts';
import { isObject } from '../template/json.ts';
import { type Environment, type PartialJson, resolve } from '../template/resolve.ts';
import type { ResourceDefinition } from '../template/template.ts';
import { compare, type Difference, type WantedResource } from './compare.ts';
import type { DesiredState } from './desired-state.ts';
import { plannedLookup } from './lookup.ts';
import { coerce, membersAt } from './property-schema.ts';

/** What will, or may, happen to a resource. */
export interface PlannedChange {
  readonly action: 'Add' | 'Modify' | 'Remove';
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId?: string;
  /** For `Modify`. */
  readonly difference?: Difference;
}

/** The resource types by name. */
export type ResourceTypes = ReadonlyMap<string, ResourceType>;

/**
 * Works out what a deployment will change, before anything is changed. Values that only come into being on the way are
 * unknown: what depends on them is a change that may turn out to be none.
 * @throws AwsError `ValidationError` if a resource changes its type or a function cannot be evaluated
 */
export function planChanges(
  current: ReadonlyMap<string, DeployedResource>,
  desired: DesiredState,
  types: ResourceTypes,
): PlannedChange[] {
  const retyped = [...desired.resources].filter(([id, { type }]) => {
    const present = current.get(id);
    return present !== undefined && present.type !== type;
  });
  if (retyped.length > 0) {
    throw validationError(
      `Update of resource type is not permitted. The new template modifies resource type of the following resources: [${retyped.map(([id]) => id).join(', ')}]`,
    );
  }
  const changes = new Map<string, PlannedChange>();
  const environment = desired.environment(plannedLookup(current, changes));
  for (const id of dependencyOrder(desired.graph)) {
    const definition = desired.resources.get(id);
    if (definition === undefined) continue;
    const change = planResource(id, definition, current.get(id), environment, types, desired.tagsChange);
    if (change !== undefined) changes.set(id, change);
  }
  const removed = [...current].filter(([id]) => !desired.resources.has(id));
  return [
    ...changes.values(),
    ...removed.map(([logicalId, { type, state }]): PlannedChange => {
      return { action: 'Remove', logicalId, type, physicalId: state.physicalId };
    }),
  ];
}

function planResource(
  logicalId: string,
  definition: ResourceDefinition,
  present: DeployedResource | undefined,
  environment: Environment,
  types: ResourceTypes,
  tagsChange: boolean,
): PlannedChange | undefined {
  const type = types.get(definition.type);
  if (type === undefined) throw validationError(`Unrecognized resource type ${definition.type}`);
  const wanted = wantedResource(definition, environment, type, tagsChange);
  const base = { logicalId, type: definition.type };
  if (present === undefined) return { action: 'Add', ...base };
  const difference = compare(present, wanted, type);
  if (difference.scope.length === 0) return undefined;
  return { action: 'Modify', ...base, physicalId: present.state.physicalId, difference };
}

/** A resource's definition with its functions evaluated as far as the environment knows. */
export function wantedResource(
  definition: ResourceDefinition,
  environment: Environment,
  type: ResourceType,
  tagsChange: boolean,
): WantedResource {
  const properties = coerce(type.properties, resolve(definition.properties, environment) ?? {});
  return {
    definition,
    properties: isObject(properties) ? (properties as { [key: string]: PartialJson }) : {},
    tagsChange: tagsChange && membersAt(type.properties, []).includes('Tags'),
  };
}

/** Whether a deployment changes anything: a resource, the stack's tags, an output or what a failed update left. */
export function hasChanges(stack: Stack, desired: DesiredState, changes: readonly PlannedChange[]): boolean {
  if (desired.tagsChange || changes.length > 0 || stack.leftovers.length > 0) return true;
  // The resources stay as they are, and so do the values that outputs are made of.
  return !isDeepStrictEqual(stackOutputs(stack, desired), stack.outputs);
}

/** The resources of a stack that exist, by logical ID. */
export function deployedOf(
  resources: ReadonlyMap<string, { readonly deployed?: DeployedResource }>,
): ReadonlyMap<string, DeployedResource> {
  const found = new Map<string, DeployedResource>();
  for (const [id, { deployed }] of resources) if (deployed !== undefined) found.set(id, deployed);
  return found;
}
