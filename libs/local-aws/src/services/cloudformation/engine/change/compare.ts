import { isDeepStrictEqual } from 'node:util';
import type { ResourceType } from '../../../resource-type.ts';
import type { DeployedResource, ResourceSpec } from '../deployment.ts';
import { type JsonObject, member } from '../template/json.ts';
import { isKnown, type PartialJson, Unknown, unknownsIn } from '../template/resolve.ts';
import { membersAt } from './property-schema.ts';

/** One property that differs, or may differ. */
export interface PropertyChange {
  readonly name: string;
  /** Whether its change needs a new resource. */
  readonly replaces: boolean;
  /** What decides whether it differs; empty if it is certain that it does. */
  readonly depends: Unknown['causes'];
}

/** How a resource differs from what the new template wants. */
export interface Difference {
  readonly properties: readonly PropertyChange[];
  /** `Properties`, `Metadata`, `DeletionPolicy`, `UpdateReplacePolicy`, `Tags`; empty if nothing differs. */
  readonly scope: readonly string[];
  readonly replacement: 'True' | 'False' | 'Conditional';
}

/** A resource as the new template wants it; its properties as far as they are known. */
export interface WantedResource extends Omit<ResourceSpec, 'properties'> {
  readonly logicalId: string;
  readonly properties: { readonly [key: string]: PartialJson };
}

/**
 * Compares a resource with what the new template wants. If all properties are known, the answer is certain.
 * @param tagsChange whether the stack's tags change
 */
export function compare(
  deployed: DeployedResource,
  wanted: WantedResource,
  type: ResourceType,
  tagsChange: boolean,
): Difference {
  const names = new Set([...Object.keys(deployed.properties), ...Object.keys(wanted.properties)]);
  const properties = [...names].sort().flatMap((name): PropertyChange[] => {
    const before = member(deployed.properties, name);
    const after = Object.hasOwn(wanted.properties, name) ? wanted.properties[name] : undefined;
    if (isDeepStrictEqual(before, after)) return [];
    const depends =
      after === undefined || isKnown(after) || !couldBe(before, after)
        ? []
        : unknownsIn(after).flatMap((unknown) => unknown.causes);
    return [{ name, replaces: type.replacedBy.includes(name), depends }];
  });
  const scope = [
    ...(properties.length > 0 || deployed.uncertain ? ['Properties'] : []),
    ...(isDeepStrictEqual(deployed.metadata, wanted.metadata) ? [] : ['Metadata']),
    ...(deployed.deletionPolicy === wanted.deletionPolicy ? [] : ['DeletionPolicy']),
    ...(deployed.updateReplacePolicy === wanted.updateReplacePolicy ? [] : ['UpdateReplacePolicy']),
    ...(tagsChange && membersAt(type.properties, []).includes('Tags') ? ['Tags'] : []),
  ];
  const replacing = properties.filter(({ replaces }) => replaces);
  const replacement = replacing.some(({ depends }) => depends.length === 0)
    ? 'True'
    : replacing.length > 0
      ? 'Conditional'
      : 'False';
  return { properties, scope, replacement };
}

/** Whether a partly unknown value may turn out to be the given one. */
function couldBe(known: PartialJson | undefined, partial: PartialJson): boolean {
  if (partial instanceof Unknown) return known !== undefined;
  if (typeof known !== 'object' || known === null || typeof partial !== 'object' || partial === null) {
    return known === partial;
  }
  const [left, right] = [known as JsonObject, partial as { readonly [key: string]: PartialJson }];
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return (
    Array.isArray(known) === Array.isArray(partial) &&
    [...keys].every(
      (key) =>
        Object.hasOwn(left, key) && Object.hasOwn(right, key) && couldBe(left[key], right[key] ?? null),
    )
  );
}
