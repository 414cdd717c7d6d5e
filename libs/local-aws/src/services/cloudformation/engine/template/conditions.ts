import { templateError } from './errors.ts';
import { isObject, type Json, scalarText } from './json.ts';
import { type Environment, isKnown, resolve } from './resolve.ts';

/**
 * Evaluates a template's conditions, each once and when first asked for.
 * @param environment without resources: a condition cannot depend on one
 * @returns decides a condition by name; throws AwsError `ValidationError` for one that is undefined, circular or malformed
 */
export function conditionEvaluator(
  conditions: ReadonlyMap<string, Json>,
  environment: Omit<Environment, 'isTrue'>,
): (name: string) => boolean {
  const decided = new Map<string, boolean>();
  const deciding = new Set<string>();

  function isTrue(name: string): boolean {
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
  }

  const scope: Environment = { ...environment, isTrue };

  function evaluate(expression: Json): boolean {
    const [[name, argument] = ['', null], ...others] = isObject(expression) ? Object.entries(expression) : [];
    if (others.length === 0) {
      switch (name) {
        case 'Condition':
          return isTrue(scalarText(argument) ?? '');
        case 'Fn::And':
          return operands(name, argument, 2, 10).every(evaluate);
        case 'Fn::Or':
          return operands(name, argument, 2, 10).some(evaluate);
        case 'Fn::Not':
          return !operands(name, argument, 1, 1).every(evaluate);
        case 'Fn::Equals':
          return equal(operands(name, argument, 2, 2));
      }
    }
    throw templateError(
      `every condition must be one of Fn::Equals, Fn::And, Fn::Or, Fn::Not and Condition, not ${JSON.stringify(expression).slice(0, 200)}`,
    );
  }

  function equal([left, right]: readonly Json[]): boolean {
    const [a, b] = [left, right].map((side) => resolve(side ?? null, scope));
    if (!isKnown(a) || !isKnown(b)) throw templateError('Fn::Equals cannot depend on a resource');
    return comparable(a) === comparable(b);
  }

  return isTrue;
}

/** Scalars are equal if their text is the same: `5` and `"5"`, `true` and `"true"`. */
function comparable(value: Json | undefined): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function operands(name: string, argument: Json, least: number, most: number): readonly Json[] {
  if (!Array.isArray(argument) || argument.length < least || argument.length > most) {
    const count = least === most ? `${least}` : `${least} to ${most}`;
    throw templateError(`every ${name} object requires a list of ${count} parameters.`);
  }
  return argument;
}
