import type { Condition } from '../language/conditions.ts';
import type { Statement } from '../language/policy-language.ts';

/** The conditions of some statements, by their keys in lower case. */
export type Mentions = ReadonlyMap<string, readonly Condition[]>;

/** Collects the conditions of statements. */
export function mentionsIn(statements: readonly Statement[]): Mentions {
  const mentions = new Map<string, Condition[]>();
  for (const { conditions } of statements) {
    for (const condition of conditions) {
      const key = condition.key.toLowerCase();
      const known = mentions.get(key);
      if (known === undefined) mentions.set(key, [condition]);
      else known.push(condition);
    }
  }
  return mentions;
}

/** Whether `*` and `?` are wildcards for the operator of a condition. */
export function takesWildcards({ operator }: Condition): boolean {
  return /like|arn/i.test(operator);
}

/** Whether a condition depends on other keys: it has policy variables. */
export function hasVariables({ values }: Condition): boolean {
  return values.some((value) => /\$\{[^*?$]/.test(value));
}
