import { dimensionOf } from './groups.ts';
import type { Dimension, World, WorldOptions } from './kinds.ts';
import { organizations } from './memberships.ts';
import { places } from './places.ts';
import { principals, userIds } from './principals.ts';
import { sources } from './sources.ts';
import { valuesOf } from './values.ts';

/** Makes the world of a kind of stranger. */
export function worldOf(options: WorldOptions): World {
  const { mentions } = options;
  const common = [
    principals(options),
    userIds(options),
    organizations(options),
    places(options),
    sources(options),
  ];
  const dimensions: Dimension[] = common.filter((each) => each.options.length > 0);
  const missing = common.filter((each) => each.options.length === 0);
  const unknownKeys = new Set<string>();
  for (const [key, conditions] of mentions) {
    if (common.some((each) => each.owns(key)) || isOfRequest(key)) continue;
    const values = valuesOf(key, conditions, options);
    if (values === undefined) unknownKeys.add(key);
    else dimensions.push(dimensionOf(conditions[0]?.key ?? key, values));
  }
  // Nobody is of this kind.
  return { dimensions: [...dimensions, ...missing], unknownKeys };
}

/** Keys that follow from what is asked for. */
function isOfRequest(key: string): boolean {
  return key === 'lambda:functionurlauthtype' || key === 'lambda:invokedviafunctionurl';
}
