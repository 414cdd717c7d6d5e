import { isDeepStrictEqual } from 'node:util';
import type { ResourceType } from '../../../resource-type.ts';
import { stackOutputs } from '../execution/outputs.ts';
import { dependencyOrder } from '../graph.ts';
import {
  type DeployedResource,
  type Difference,
  deployedResources,
  type PlannedChange,
  type ResourceSpec,
  type Stack,
} from '../stack.ts';
import { validationError } from '../template/errors.ts';
import { isObject, member } from '../template/json.ts';
import { type Environment, isKnown, type PartialJson, resolve, UNKNOWN } from '../template/resolve.ts';
import type { ResourceDefinition } from '../template/template.ts';
import { type DesiredState, presentLookup, type ResourceLookup } from './desired-state.ts';
import { coerce, supportedProperties } from './property-schema.ts';

/** A resource as the new template wants it; its properties as far as they are known. */
export interface WantedResource extends Omit<ResourceSpec, 'Properties'> {
  readonly Properties: { readonly [key: string]: PartialJson };
}

/** What a deployment will change. Values of resources that do not exist yet are unknown: what depends on them may change. */
export function planChanges(
  stack: Stack,
  desired: DesiredState,
  types: ReadonlyMap<string, ResourceType>,
): PlannedChange[] {
  const retyped = [...desired.resources].filter(([id, { Type }]) => {
    const present = stack.resources.get(id)?.deployed;
    return present !== undefined && present.Type !== Type;
  });
  if (retyped.length > 0) {
    throw validationError(
      `Update of resource type is not permitted. The new template modifies resource type of the following resources: [${retyped.map(([id]) => id).join(', ')}]`,
    );
  }
  const changes = new Map<string, PlannedChange>();
  const environment = desired.environment(plannedLookup(stack, changes));
  for (const id of dependencyOrder(desired.graph)) {
    const definition = desired.resources.get(id);
    if (definition === undefined) continue;
    const type = types.get(definition.Type);
    if (type === undefined) throw validationError(`Unrecognized resource type ${definition.Type}`);
    const wanted = wantedResource(id, definition, desired, environment, type);
    const present = stack.resources.get(id)?.deployed;
    const base = { LogicalResourceId: id, ResourceType: definition.Type };
    if (present === undefined) {
      changes.set(id, { Action: 'Add', ...base });
      continue;
    }
    const difference = compare(present, wanted, type, desired.tagsChange);
    if (difference.Scope.length > 0) {
      changes.set(id, {
        Action: 'Modify',
        ...base,
        PhysicalResourceId: present.state.physicalId,
        ...difference,
      });
    }
  }
  for (const [id, { Type: ResourceType, state, DeletionPolicy }] of deployedResources(stack)) {
    if (desired.resources.has(id)) continue;
    const PolicyAction = DeletionPolicy === 'Delete' ? 'Delete' : 'Retain';
    const base = { LogicalResourceId: id, PhysicalResourceId: state.physicalId, ResourceType };
    changes.set(id, { Action: 'Remove', ...base, PolicyAction });
  }
  return [...changes.values()];
}

/** Reads resources as they will be. Resources that do not exist yet are unknown. */
function plannedLookup(stack: Stack, changes: ReadonlyMap<string, PlannedChange>): ResourceLookup {
  const present = presentLookup(stack);
  return {
    ref(id) {
      const { Action, Replacement = 'False' } = changes.get(id) ?? {};
      return Action === 'Add' || Replacement !== 'False' ? UNKNOWN : present.ref(id);
    },
    getAtt: (id, attribute) => (changes.has(id) ? UNKNOWN : present.getAtt(id, attribute)),
  };
}

/** A resource's definition with its functions evaluated as far as the environment knows, and its scalars coerced. */
export function wantedResource(
  id: string,
  definition: ResourceDefinition,
  { graph }: DesiredState,
  environment: Environment,
  type: ResourceType,
): WantedResource {
  const properties = coerce(type.properties, resolve(definition.Properties, environment) ?? {});
  return {
    ...definition,
    Properties: isObject(properties) ? (properties as { [key: string]: PartialJson }) : {},
    dependencies: [...(graph.get(id) ?? [])],
  };
}

/** Compares a resource with what the new template wants. The answer is certain if all properties are known. */
export function compare(
  deployed: DeployedResource,
  wanted: WantedResource,
  type: ResourceType,
  tagsChange: boolean,
): Difference {
  const names = new Set([...Object.keys(deployed.Properties), ...Object.keys(wanted.Properties)]);
  const changed = [...names].filter(
    (name) => !isDeepStrictEqual(member(deployed.Properties, name), member(wanted.Properties, name)),
  );
  const attributes = ['Metadata', 'DeletionPolicy', 'UpdateReplacePolicy'] as const;
  const replacing = changed.filter((name) => type.replacedBy.includes(name));
  const isCertain = replacing.some((name) => isKnown(member(wanted.Properties, name)));
  return {
    Scope: [
      ...(changed.length > 0 || deployed.uncertain ? ['Properties'] : []),
      ...attributes.filter((name) => !isDeepStrictEqual(deployed[name], wanted[name])),
      ...(tagsChange && supportedProperties(type.properties).includes('Tags') ? ['Tags'] : []),
    ],
    Replacement: isCertain ? 'True' : replacing.length > 0 ? 'Conditional' : 'False',
  };
}

/** Whether a deployment changes anything: a resource, the stack's tags or an output; or has to delete what a failed update left. */
export function hasChanges(stack: Stack, desired: DesiredState, changes: readonly PlannedChange[]): boolean {
  if (desired.tagsChange || changes.length > 0 || stack.leftovers.length > 0) return true;
  // The resources stay as they are, and so do the values that outputs are made of.
  return !isDeepStrictEqual(stackOutputs(desired), stack.outputs);
}
