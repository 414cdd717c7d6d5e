import { parseArn } from '../arn.ts';
import type { Condition } from '../language/conditions.ts';
import { takesWildcards } from './conditions-by-key.ts';
import { distinctTexts } from './distinct-texts.ts';
import type { KeyChoices, PossibleRequestsOptions, Requester } from './kinds.ts';
import { noteCut, samplesOf, type TextForm, type WorkBudget } from './sample.ts';

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

/** More choices of the same keys are not tried. */
const MOST_OPTIONS = 2048;

/** The first of many choices. If there are more, the budget is cut, and the judgement says what was not tried. */
export function within<Item>(
  { budget }: Pick<PossibleRequestsOptions, 'budget'>,
  items: readonly Item[],
): readonly Item[] {
  if (items.length > MOST_OPTIONS) noteCut(budget);
  return items.slice(0, MOST_OPTIONS);
}

/** A value of a condition key. `undefined`: it is absent. */
export type KeyValue = string | readonly string[] | undefined;

/** The choices of one key. */
export function choicesOf(key: string, values: readonly KeyValue[]): KeyChoices {
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

/** Texts of a text form that conditions mention. */
export interface Samples {
  /** A group of each pattern: its texts differ wherever the pattern leaves a choice. */
  readonly groups: readonly (readonly string[])[];
  /** Texts that the patterns tell apart. */
  readonly mixed: readonly string[];
}

/** Texts of a text form that the conditions on some keys mention. */
export function samplesFor(
  { conditionsByKey, budget }: Pick<PossibleRequestsOptions, 'conditionsByKey' | 'budget'>,
  keys: readonly string[],
  wanted: TextForm,
): Samples {
  const mentioned = keys.map((key) => conditionsByKey.get(key.toLowerCase()) ?? []);
  return {
    groups: mentioned.flat().flatMap((condition) => groupsOf(condition, wanted, budget)),
    mixed: mentioned.flatMap((conditions) =>
      conditions.length === 0 ? [] : distinctTexts(conditions, wanted, budget),
    ),
  };
}

function groupsOf(
  condition: Condition,
  wanted: TextForm,
  budget: WorkBudget,
): readonly (readonly string[])[] {
  return condition.values.map((value) => {
    const own = samplesOf(value, takesWildcards(condition), wanted, budget);
    // What AWS assigns is in lower case.
    return own.length === 0 && /ignorecase/i.test(condition.operator)
      ? samplesOf(value.toLowerCase(), false, wanted, budget)
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

/** Samples of several text forms. */
export function joined(all: readonly Samples[]): Samples {
  return { groups: all.flatMap(({ groups }) => groups), mixed: all.flatMap(({ mixed }) => mixed) };
}

/** The part of an ARN after the account. */
export const nameIn = (arn: string) => parseArn(arn).resource;
/** Without repeats. */
export const distinct = <Item>(items: readonly Item[]) => [...new Set(items)];

/** Whether somebody signs requests with the keys of an account. */
export function isSigner(requester: Requester): boolean {
  return (
    requester.kind === 'anybody' ||
    requester.kind === 'member' ||
    requester.kind === 'account' ||
    requester.kind === 'one'
  );
}
