import { type Deployable, QUOTAS, type RaisableQuota } from './quotas.ts';

/** A quota that is used up, or nearly. */
export interface QuotaFinding {
  /** `error`: AWS refuses the deployment. */
  readonly level: 'error' | 'warning';
  readonly problem: string;
  readonly remedy: string;
}

/** The part of a quota from which it is named. */
const WARN_FROM = 0.8;

/** The limits that AWS has raised, by the names of their settings. */
export type RaisedQuotas = Readonly<Partial<Record<RaisableQuota, number | undefined>>>;

/**
 * Compares a deployment with AWS's quotas.
 * @param raised the setting `quotas` of the stage
 * @returns what is above a quota, or reaches 80 % of it. Of several of one kind, such as roles, the largest
 */
export function quotaFindings(of: Deployable, raised: RaisedQuotas = {}): readonly QuotaFinding[] {
  return QUOTAS.flatMap(({ limit: byDefault, raisedBy, unit, source, remedy, stopsNothing, measure }) => {
    const limit = (raisedBy === undefined ? undefined : raised[raisedBy]) ?? byDefault;
    const [largest, ...others] = measure(of).toSorted((a, b) => b.size - a.size);
    if (largest === undefined || !isNear(largest.size, limit, byDefault)) return [];
    const { subject, size } = largest;
    const isAbove = size > limit;
    const more = others.filter((each) => (isAbove ? each.size > limit : isNear(each.size, limit, byDefault)));
    const rest = more.length === 0 ? '' : ` (and ${more.length} more ${isAbove ? 'above it' : 'from 80 %'})`;
    const setting =
      raisedBy === undefined
        ? ''
        : ` If AWS has raised it for you, set quotas.${raisedBy} of the stage in services/stages.yml.`;
    return [
      {
        level: isAbove && stopsNothing !== true ? ('error' as const) : ('warning' as const),
        problem: `${subject} has ${number(size)} ${unit}${rest}, and AWS takes ${number(limit)}: ${source}`,
        remedy: `${remedy}${setting}`,
      },
    ];
  });
}

/** Where the quota is small, as for layers and names, nothing grows into it: it is named only if it is exceeded. */
function isNear(size: number, limit: number, byDefault: number): boolean {
  return size > limit || (byDefault >= 100 && size >= limit * WARN_FROM);
}

/** @example number(10240) // '10,240' */
function number(value: number): string {
  return value.toLocaleString('en');
}
