import type { Condition } from '../language/conditions.ts';
import type { Statement } from '../language/policy-language.ts';

/** The conditions of some statements, by their keys in lower case. */
export type ConditionsByKey = ReadonlyMap<string, readonly Condition[]>;

/** Collects the conditions of statements. */
export function groupByKey(statements: readonly Statement[]): ConditionsByKey {
  const conditionsByKey = new Map<string, Condition[]>();
  for (const { conditions } of statements) {
    for (const condition of conditions) {
      const key = condition.key.toLowerCase();
      const known = conditionsByKey.get(key);
      if (known === undefined) conditionsByKey.set(key, [condition]);
      else known.push(condition);
    }
  }
  return conditionsByKey;
}

/** Whether `*` and `?` are wildcards for the operator of a condition. */
export function takesWildcards({ operator }: Pick<Condition, 'operator'>): boolean {
  return /like|arn/i.test(operator);
}

/** Whether a condition depends on other keys: it has policy variables. */
export function hasVariables({ values, variables }: Condition): boolean {
  return variables && values.some((value) => /\$\{[^*?$]/.test(value));
}

/** The kinds of operators that the values of some keys are made for. Of all others, the values are texts. */
const kindsOfKeys: readonly (readonly [keys: RegExp, operators: RegExp])[] = [
  [/^aws:(?:vpc)?sourceip$/, /^(?:not)?ipaddress/],
  [/^aws:(?:currenttime|tokenissuetime)$/, /^date/],
  [/^aws:epochtime$/, /^(?:date|numeric)/],
  [/^(?:aws:multifactorauthage|sts:durationseconds)$/, /^numeric/],
  [
    /^(?:aws:(?:securetransport|viaawsservice|assumedroot|multifactorauthpresent|principalisawsservice)|lambda:invokedviafunctionurl)$/,
    /^(?:bool|string)/,
  ],
];

/** Whether the values that strangers are tried with tell apart what a condition tells apart: its operator is one for its key. */
export function isOfItsKind({ operator, key, values }: Condition): boolean {
  const name = operator.toLowerCase().replace(/^for(?:all|any)values?:/, '');
  // Of the keys of other services, nothing is known in any case.
  if (name === 'null' || !/^(?:aws|sts|lambda|saml):|\./i.test(key)) return true;
  const [, operators = /^(?:string|arn)/] = kindsOfKeys.find(([keys]) => keys.test(key.toLowerCase())) ?? [];
  // An address as a text, such as 192.0.2.*, is a network, too.
  const isNetwork =
    /sourceip$/i.test(key) && values.every((value) => /^(?:\d{1,3}\.){3}(?:\d{1,3}|\*)$/.test(value));
  return operators.test(name) || isNetwork;
}
