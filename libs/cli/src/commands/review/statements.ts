import type { NamedPolicy } from '@cross-account-api/iam';

/** A statement of a policy, as JSON. */
export type StatementJson = Readonly<Record<string, unknown>>;

/** A statement, and its place. */
export interface PlacedStatement {
  readonly policy: NamedPolicy;
  readonly statement: StatementJson;
  /** e.g. `statement InvokeRoutes of inline policy main of role invoke` */
  readonly where: string;
}

/** The statements of a policy that allow something. */
export function allowStatementsOf(policy: NamedPolicy): readonly PlacedStatement[] {
  return labelled(policy).filter(({ statement }) => statement.Effect === 'Allow');
}

/** All statements of a policy, with their places. */
export function labelled(policy: NamedPolicy): readonly PlacedStatement[] {
  return statementsIn(policy).map((statement, index) => {
    const label = typeof statement.Sid === 'string' ? statement.Sid : `#${index + 1}`;
    return { policy, statement, where: `statement ${label} of ${policy.name}` };
  });
}

/** Replaces statements of a policy by others. @returns none if no statement is left */
export function withStatements(
  policy: NamedPolicy,
  replacements: ReadonlyMap<StatementJson, readonly StatementJson[]>,
): readonly NamedPolicy[] {
  const Statement = statementsIn(policy).flatMap((each) => replacements.get(each) ?? [each]);
  return Statement.length === 0 ? [] : [{ ...policy, document: { ...policy.document, Statement } }];
}

/** The values of an element that has one or several, e.g. `Action`. */
export function valuesOf(value: unknown): readonly string[] {
  return [value].flat().filter((each): each is string => typeof each === 'string');
}

/** The condition keys of a statement, in lower case. */
export function conditionKeysOf({ Condition }: StatementJson): readonly string[] {
  if (typeof Condition !== 'object' || Condition === null) return [];
  return Object.values(Condition)
    .flatMap((keys: unknown) => Object.keys(keys ?? {}))
    .map((key) => key.toLowerCase());
}

/** A statement with one more condition. */
export function withCondition(
  statement: StatementJson,
  operator: string,
  key: string,
  value: string | readonly string[],
): StatementJson {
  const present = (statement.Condition ?? {}) as Readonly<Record<string, object>>;
  return { ...statement, Condition: { ...present, [operator]: { ...present[operator], [key]: value } } };
}

/** All statements of a policy. */
export function statementsIn({ document }: NamedPolicy): readonly StatementJson[] {
  return [document.Statement]
    .flat()
    .filter((each): each is StatementJson => typeof each === 'object' && each !== null);
}
