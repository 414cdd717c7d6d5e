import type { Dimension, Who, WorldOptions } from './kinds.ts';
import { takesWildcards } from './mentions.ts';
import { samplesOf, type Template } from './sample.ts';

/** Accounts, IDs and names that are nobody's. */
export const fresh = {
  accounts: ['000000000000', '777777777777', '090909090909'],
  roleId: 'AROAOUTSIDER000000000',
  userId: 'AIDAOUTSIDER000000000',
  organization: 'o-outsider00',
  session: 'session',
};
/** Names without a common character: a pattern that takes them all takes any. */
export const plainNames = ['role/outsider', 'role/Q8', 'user/outsider', 'user/Q8'] as const;

/** More options of one dimension are not tried. */
const MOST_OPTIONS = 512;

/** The first options of a dimension. If there are more, the meter ends: what was not tried is said. */
export function within<Item>(
  { meter }: Pick<WorldOptions, 'meter'>,
  items: readonly Item[],
): readonly Item[] {
  if (items.length > MOST_OPTIONS) meter.spend(Number.MAX_SAFE_INTEGER);
  return items.slice(0, MOST_OPTIONS);
}

/** A value of a condition key. `undefined`: it is absent. */
export type Value = string | readonly string[] | undefined;

/** A dimension of one key. */
export function dimensionOf(key: string, values: readonly Value[]): Dimension {
  return {
    owns: owning(key),
    options: values.map((value) => ({ context: value === undefined ? {} : { [key]: value } })),
  };
}

/** Makes a test for keys, in any case. */
export const owning = (...keys: readonly string[]) => {
  const set = new Set(keys.map((key) => key.toLowerCase()));
  return (key: string) => set.has(key);
};

/** Texts of a template that the conditions on some keys mention. A group of each comes from one pattern. */
export function groupsOf(
  { mentions, meter }: Pick<WorldOptions, 'mentions' | 'meter'>,
  keys: readonly string[],
  wanted: Template,
): readonly (readonly string[])[] {
  return keys.flatMap((key) =>
    (mentions.get(key.toLowerCase()) ?? []).flatMap((condition) =>
      condition.values.map((value) => samplesOf(value, takesWildcards(condition), wanted, meter)),
    ),
  );
}

/** The texts of groups that leave the choice of a part. A pattern that leaves one value for it names its owner. */
export function chosen(
  groups: readonly (readonly string[])[],
  partOf: (text: string) => string = (text) => text,
): readonly string[] {
  const parts = groups.map((group) => new Set(group.map(partOf)));
  const named = new Set(parts.filter(({ size }) => size === 1).flatMap((each) => [...each]));
  return groups.flatMap((group) => group.filter((text) => !named.has(partOf(text))));
}

/** The account in an ARN. */
export const accountIn = (arn: string) => arn.split(':')[4] ?? '';
/** The part of an ARN after the account. */
export const nameIn = (arn: string) => arn.split(':').slice(5).join(':');
/** Without repeats. */
export const distinct = <Item>(items: readonly Item[]) => [...new Set(items)];

/** Whether somebody signs requests with the keys of an account. */
export function isSigner(who: Who): boolean {
  return who.kind === 'anybody' || who.kind === 'member' || who.kind === 'account' || who.kind === 'one';
}
