import { actionsOfChange, type NeededAction } from '@cross-account-api/iam/aws';
import { tagMap } from '../protocols/shapes.ts';
import type { ResourceChange, ResourcePermission } from './resource-type.ts';

/** A permission without its action, or the ARN of its resource. */
export type Place = string | Omit<ResourcePermission, 'action'>;

interface TaggedProperties {
  readonly Tags?: unknown;
}

/**
 * The permissions without which AWS refuses a change of a resource, from the table that `cross-account check` uses, too.
 * @param placeOf where a permission is. `isOnAll`: AWS checks the action for no resource in particular
 */
export function deploymentPermissions(
  typeName: string,
  change: ResourceChange<object>,
  placeOf: (action: string, isOnAll: boolean) => Place | readonly Place[],
): readonly ResourcePermission[] {
  const { handler, properties, previous, tags, previousTags } = change;
  const needed = actionsOfChange(typeName, {
    handler,
    properties: { ...properties },
    previous: previous && { ...previous },
    tags: { ...tags, ...ownTags(properties) },
    previousTags: { ...previousTags, ...ownTags(previous) },
  });
  // A refusal names the creation or the removal first, as on AWS.
  const isFirst = ({ action }: NeededAction) => /:(?:Create(?!Grant)\w*|POST|Delete\w*|DELETE)$/.test(action);
  return needed
    .filter(({ verdict }) => verdict === 'hard')
    .toSorted((a, b) => Number(isFirst(b)) - Number(isFirst(a)))
    .flatMap(({ action, isOnAll }) =>
      [placeOf(action, isOnAll)]
        .flat()
        .map((place) => (typeof place === 'string' ? { action, resource: place } : { ...place, action })),
    );
}

function ownTags({ Tags }: TaggedProperties = {}): Readonly<Record<string, string>> {
  return Array.isArray(Tags) ? tagMap(Tags) : {};
}
