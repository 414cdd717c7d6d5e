import type { Decision } from '../decision/decision.ts';
import { isObject } from '../json.ts';

type ConsultedStatement = Decision['consulted'][number]['statements'][number];

/** The conditions of a consulted statement, each with its value in the request. */
export function conditionsOf(
  { source, mismatches }: Pick<ConsultedStatement, 'source' | 'mismatches'>,
  context: Decision['context'],
) {
  if (!isObject(source.Condition)) return [];
  const sent = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  const failed = new Set(mismatches.map(({ element }) => element.toLowerCase()));
  return Object.entries(source.Condition).flatMap(([operator, keys]) =>
    Object.entries(isObject(keys) ? keys : {}).map(([key, expected]) => ({
      operator,
      key,
      expected: [expected].flat().join(', '),
      actual: [sent.get(key.toLowerCase()) ?? '(absent)'].flat().join(', '),
      holds: !failed.has(`condition ${operator} ${key}`.toLowerCase()),
    })),
  );
}
