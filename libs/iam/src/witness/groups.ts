import { parseArn } from '../arn.ts';
import type { Condition } from '../language/conditions.ts';
import { distinctTexts } from './distinct-texts.ts';
import type { Dimension, Who, WorldOptions } from './kinds.ts';
import { takesWildcards } from './mentions.ts';
import { cut, type Meter, samplesOf, type Template } from './sample.ts';

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
const MOST_OPTIONS = 2048;

/** The first options of a dimension. If there are more, the meter is cut, and the ending says what was not tried. */
export function within<Item>(
  { meter }: Pick<WorldOptions, 'meter'>,
  items: readonly Item[],
): readonly Item[] {
  if (items.length > MOST_OPTIONS) cut(meter);
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

/** Texts of a template that conditions mention. */
export interface Samples {
  /** A group of each pattern: its texts differ wherever the pattern leaves a choice. */
  readonly groups: readonly (readonly string[])[];
  /** Texts that the patterns tell apart. */
  readonly mixed: readonly string[];
}

/** Texts of a template that the conditions on some keys mention. */
export function samplesFor(
  { mentions, meter }: Pick<WorldOptions, 'mentions' | 'meter'>,
  keys: readonly string[],
  wanted: Template,
): Samples {
  const mentioned = keys.map((key) => mentions.get(key.toLowerCase()) ?? []);
  return {
    groups: mentioned.flat().flatMap((condition) => groupsOf(condition, wanted, meter)),
    mixed: mentioned.flatMap((conditions) =>
      conditions.length === 0 ? [] : distinctTexts(conditions, wanted, meter),
    ),
  };
}

function groupsOf(condition: Condition, wanted: Template, meter: Meter): readonly (readonly string[])[] {
  return condition.values.map((value) => {
    const own = samplesOf(value, takesWildcards(condition), wanted, meter);
    // What AWS assigns is in lower case.
    return own.length === 0 && /ignorecase/i.test(condition.operator)
      ? samplesOf(value.toLowerCase(), false, wanted, meter)
      : own;
  });
}

/** All texts of samples. */
export function textsOf({ groups, mixed }: Samples): readonly string[] {
  return distinct([...groups.flat(), ...mixed]);
}

/** The texts of samples that leave the choice of a part. A pattern that leaves one value for it names its owner. */
export function chosen(
  { groups, mixed }: Samples,
  partOf: (text: string) => string = (text) => text,
): readonly string[] {
  const parts = groups.map((group) => new Set(group.map(partOf)));
  const named = new Set(parts.filter(({ size }) => size === 1).flatMap((each) => [...each]));
  return distinct([...groups.flat(), ...mixed]).filter((text) => !named.has(partOf(text)));
}

/** Samples of several templates. */
export function joined(all: readonly Samples[]): Samples {
  return { groups: all.flatMap(({ groups }) => groups), mixed: all.flatMap(({ mixed }) => mixed) };
}

/** The part of an ARN after the account. */
export const nameIn = (arn: string) => parseArn(arn).resource;
/** Without repeats. */
export const distinct = <Item>(items: readonly Item[]) => [...new Set(items)];

/** Whether somebody signs requests with the keys of an account. */
export function isSigner(who: Who): boolean {
  return who.kind === 'anybody' || who.kind === 'member' || who.kind === 'account' || who.kind === 'one';
}
