import { templateError } from './errors.ts';
import { isObject, type Json, member, scalarText } from './json.ts';
import { type Environment, isKnown, resolve } from './resolve.ts';

/** Makes the function that decides a condition by its name, once. The environment has no resources. */
export function conditionEvaluator(
  conditions: ReadonlyMap<string, Json>,
  environment: Omit<Environment, 'isTrue'>,
): (name: string) => boolean {
  const decided = new Map<string, boolean>();
  const deciding = new Set<string>();

  const isTrue = (name: string): boolean => {
    const known = decided.get(name);
    if (known !== undefined) return known;
    const expression = conditions.get(name);
    if (expression === undefined) throw templateError(`unresolved condition dependency ${name}`);
    if (deciding.has(name))
      throw templateError(`Found circular condition dependency between ${[...deciding].join(' and ')}`);
    deciding.add(name);
    const value = evaluate(expression);
    deciding.delete(name);
    decided.set(name, value);
    return value;
  };

  const comparable = (operand: Json): string => {
    const value = resolve(operand, { ...environment, isTrue });
    if (!isKnown(value)) throw templateError('Fn::Equals cannot depend on a resource');
    // Scalars are equal if their text is the same: `5` and `"5"`, `true` and `"true"`.
    return scalarText(value) ?? JSON.stringify(value ?? 'undefined');
  };

  const functions: Readonly<Record<string, (name: string, argument: Json) => boolean>> = {
    Condition: (_, argument) => isTrue(scalarText(argument) ?? ''),
    'Fn::And': (name, argument) => operands(name, argument, 2, 10).every(evaluate),
    'Fn::Or': (name, argument) => operands(name, argument, 2, 10).some(evaluate),
    'Fn::Not': (name, argument) => !operands(name, argument, 1, 1).every(evaluate),
    'Fn::Equals': (name, argument) => new Set(operands(name, argument, 2, 2).map(comparable)).size === 1,
  };

  function evaluate(expression: Json): boolean {
    const [[name, argument] = ['', null], ...others] = isObject(expression) ? Object.entries(expression) : [];
    const apply = others.length === 0 ? member(functions, name) : undefined;
    if (apply !== undefined) return apply(name, argument);
    throw templateError(
      `every condition must be one of Fn::Equals, Fn::And, Fn::Or, Fn::Not and Condition, not ${JSON.stringify(expression).slice(0, 200)}`,
    );
  }

  return isTrue;
}

function operands(name: string, argument: Json, least: number, most: number): readonly Json[] {
  if (Array.isArray(argument) && argument.length >= least && argument.length <= most) return argument;
  const count = least === most ? `${least}` : `${least} to ${most}`;
  throw templateError(`every ${name} object requires a list of ${count} parameters.`);
}
