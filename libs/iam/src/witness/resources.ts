import type { Statement } from '../language/policy-language.ts';
import { type Comparing, distinctTexts } from './distinct-texts.ts';
import type { AskedAction } from './kinds.ts';
import { freeParts, textForm, type WorkBudget } from './sample.ts';

/** A statement, as JSON. */
type Source = Readonly<Record<string, unknown>>;

/**
 * A statement with any text in place of the policy variables in its resources: strangers choose some of their values, such as tags of their
 * own. So it is about all resources that it can be about. Of `NotResource`, a value with variables is left out for the same reason.
 * @returns also the values that have variables
 */
export function withoutVariables(
  statement: Source,
  version: unknown,
): { readonly statement: Source; readonly variable: readonly string[] } {
  // Documents of the older version have none.
  if (version !== '2012-10-17') return { statement, variable: [] };
  const all = [statement.Resource, statement.NotResource].flat().filter((each) => typeof each === 'string');
  const variable = all.filter(hasVariable);
  if (variable.length === 0) return { statement, variable };
  if (statement.NotResource === undefined) {
    return {
      statement: { ...statement, Resource: all.map((each) => each.replace(VARIABLE, '*')) },
      variable,
    };
  }
  const others = all.filter((each) => !hasVariable(each));
  return { statement: { ...statement, NotResource: others.length === 0 ? [NOTHING] : others }, variable };
}

/** `${*}`, `${?}` and `${$}` are these characters. */
const VARIABLE = /\$\{[^*?$}][^}]*\}/g;
const hasVariable = (text: string) => text.search(VARIABLE) !== -1;
/** No request is about it. */
const NOTHING = 'arn:aws:nothing:::nothing';

/** The resources of statements, as conditions on an ARN. */
export function resourceConditions(statements: readonly Statement[]): readonly Comparing[] {
  // A shortened ARN matches any rest.
  const patternOf = (source: string) => source + ':*'.repeat(Math.max(0, 6 - source.split(':').length));
  return statements.flatMap(({ resource }) =>
    resource === undefined
      ? []
      : {
          operator: 'ArnLike',
          variables: true,
          values: resource.values.map(({ source }) => (/^\*+$/.test(source) ? '*' : patternOf(source))),
        },
  );
}

/**
 * What somebody asks for, if statements tell the resources apart that an asked action is about: a route with a parameter is one request for each of its
 * values, and a statement can be about one of them.
 * @param askedActions a `*` in a resource is any text
 * @param conditions of the statements: {@link resourceConditions}
 */
export function expandActions(
  askedActions: readonly AskedAction[],
  conditions: readonly Comparing[],
  budget: WorkBudget,
): readonly AskedAction[] {
  const others = askedActions.flatMap((askedAction) => {
    if (!askedAction.resource.includes('*')) return [];
    const parts = askedAction.resource
      .split(/\*+/)
      .flatMap((text, index) => (index === 0 ? text : [freeParts.resource, text]));
    return distinctTexts(conditions, textForm(...parts), budget).map((resource) => ({
      ...askedAction,
      resource,
    }));
  });
  // Of those that no statement tells apart, the last one is asked for: the asked action itself.
  return [...others, ...askedActions];
}
