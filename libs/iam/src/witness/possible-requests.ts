import { choicesOf } from './groups.ts';
import type { KeyChoices, PossibleRequests, PossibleRequestsOptions } from './kinds.ts';
import { organizations } from './memberships.ts';
import { networkOrigins } from './network-origins.ts';
import { principals, userIds } from './principals.ts';
import { sources } from './sources.ts';
import { valuesOf } from './values.ts';

/** The requests that a kind of stranger can make. */
export function possibleRequests(options: PossibleRequestsOptions): PossibleRequests {
  const { conditionsByKey } = options;
  const origins = networkOrigins(options);
  // Nobody comes from there.
  if (origins.options.length === 0) return { allKeyChoices: [origins], unknownKeys: new Set() };
  const common = [principals(options), userIds(options), organizations(options), origins, sources(options)];
  const allKeyChoices: KeyChoices[] = common.filter((each) => each.options.length > 0);
  const missing = common.filter((each) => each.options.length === 0);
  const unknownKeys = new Set<string>();
  for (const [key, conditions] of conditionsByKey) {
    if (common.some((each) => each.owns(key)) || isOfRequest(key)) continue;
    const values = valuesOf(key, conditions, options);
    if (values === undefined) unknownKeys.add(key);
    else allKeyChoices.push(choicesOf(conditions[0]?.key ?? key, values));
  }
  // Nobody is of this kind.
  return { allKeyChoices: [...allKeyChoices, ...missing], unknownKeys };
}

/** Keys that follow from what is asked for. */
function isOfRequest(key: string): boolean {
  return key === 'lambda:functionurlauthtype' || key === 'lambda:invokedviafunctionurl';
}
