import { templateError } from './errors.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { subParts } from './sub.ts';

/** A place in a template that names a resource or parameter. */
export interface Reference {
  readonly name: string;
  /** The attribute, for `Fn::GetAtt` and `${Name.Attribute}`; absent for `Ref`. */
  readonly attribute?: string;
}

/** A function call as templates write it: an object with one key, `Ref`, `Condition` or `Fn::…`. */
export interface FunctionCall {
  readonly name: string;
  readonly argument: Json;
}

/**
 * Recognizes a function call. `Condition` does not count: only the Conditions section has it, and a policy statement has a
 * `Condition` of its own.
 * @throws AwsError `ValidationError` if a function has other members beside it
 */
export function functionCall(value: JsonObject): FunctionCall | undefined {
  const keys = Object.keys(value);
  const name = keys.find((key) => key.startsWith('Fn::'));
  if (keys.length === 1 && (name !== undefined || keys[0] === 'Ref')) {
    const [key = ''] = keys;
    return { name: key, argument: value[key] ?? null };
  }
  if (name !== undefined) {
    throw templateError(`every ${name} object must have no other members. Found: ${keys.join(', ')}`);
  }
  return undefined;
}

/**
 * Takes the argument of `Fn::GetAtt` apart: `a.b`, or a list of resource and attribute.
 * @throws AwsError `ValidationError` if it is neither
 */
export function getAttTarget(argument: Json): { readonly name: string; readonly attribute: Json } {
  const [name, attribute] =
    typeof argument === 'string'
      ? [argument.split('.', 1)[0], argument.slice(argument.indexOf('.') + 1)]
      : Array.isArray(argument) && argument.length === 2
        ? argument
        : [];
  if (
    typeof name !== 'string' ||
    attribute === undefined ||
    (typeof argument === 'string' && !argument.includes('.'))
  ) {
    throw templateError(
      'every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute',
    );
  }
  return { name, attribute };
}

/** The name in `${Name}` or `${Name.Attribute}`; pseudo parameters keep their colons. */
export function subTarget(name: string): Reference {
  const dot = name.indexOf('.');
  return dot < 0 ? { name } : { name: name.slice(0, dot), attribute: name.slice(dot + 1) };
}

/**
 * All references in a value.
 * @param isTrue decides conditions, so that only the live branch of each `Fn::If` is searched; both where absent
 */
export function* references(value: Json, isTrue?: (condition: string) => boolean): Generator<Reference> {
  if (Array.isArray(value)) {
    for (const item of value) yield* references(item, isTrue);
    return;
  }
  if (!isObject(value)) return;
  const call = functionCall(value);
  if (call === undefined) {
    for (const inner of Object.values(value)) yield* references(inner, isTrue);
    return;
  }
  const { name, argument } = call;
  if (name === 'Ref') {
    if (typeof argument !== 'string')
      throw templateError('every Ref object must have a single String value.');
    yield { name: argument };
  } else if (name === 'Fn::GetAtt') {
    const target = getAttTarget(argument);
    yield { name: target.name, attribute: typeof target.attribute === 'string' ? target.attribute : '*' };
    yield* references(target.attribute, isTrue);
  } else if (name === 'Fn::Sub') {
    yield* subReferences(argument, isTrue);
  } else if (name === 'Fn::If' && isTrue !== undefined) {
    const { condition, whenTrue, whenFalse } = ifArgument(argument);
    yield* references(isTrue(condition) ? whenTrue : whenFalse, isTrue);
  } else {
    yield* references(argument, isTrue);
  }
}

function* subReferences(argument: Json, isTrue?: (condition: string) => boolean): Generator<Reference> {
  const { template, variables } = subArgument(argument);
  for (const part of subParts(template)) {
    if ('name' in part && !Object.hasOwn(variables, part.name)) yield subTarget(part.name);
  }
  yield* references(variables, isTrue);
}

/**
 * Takes the argument of `Fn::Sub` apart: a string, or a string and a map of variables.
 * @throws AwsError `ValidationError` if it is neither
 */
export function subArgument(argument: Json): { readonly template: string; readonly variables: JsonObject } {
  if (typeof argument === 'string') return { template: argument, variables: {} };
  if (Array.isArray(argument) && argument.length === 2) {
    const [template, variables] = argument as readonly Json[];
    if (typeof template === 'string' && variables !== undefined && isObject(variables)) {
      return { template, variables };
    }
  }
  throw templateError(
    'One or more Fn::Sub intrinsic functions do not specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string',
  );
}

/**
 * Takes the argument of `Fn::If` apart.
 * @throws AwsError `ValidationError` if it is not a condition's name and two values
 */
export function ifArgument(argument: Json): {
  readonly condition: string;
  readonly whenTrue: Json;
  readonly whenFalse: Json;
} {
  const [condition, whenTrue, whenFalse] = Array.isArray(argument) ? (argument as readonly Json[]) : [];
  if (typeof condition !== 'string' || whenTrue === undefined || whenFalse === undefined) {
    throw templateError('Fn::If requires a list argument with three elements: a condition and two values');
  }
  return { condition, whenTrue, whenFalse };
}

/** Names of the conditions that a value's `Fn::If`s depend on. */
export function* conditionNames(value: Json): Generator<string> {
  if (Array.isArray(value)) {
    for (const item of value) yield* conditionNames(item);
  } else if (isObject(value)) {
    const call = functionCall(value);
    if (call?.name === 'Fn::If') yield ifArgument(call.argument).condition;
    for (const inner of Object.values(value)) yield* conditionNames(inner);
  }
}
