import { templateError } from './errors.ts';
import { isObject, itemsOf, type Json, type JsonObject, walk } from './json.ts';

/** A reference to a resource or parameter. Only `Fn::GetAtt` and `${Name.Attribute}` have an attribute. */
type Reference = { readonly name: string; readonly attribute?: string };

/** Recognizes a function call: an object with one key, `Ref` or `Fn::…`. `Condition` does not count: policy statements have it, too. */
export function functionCall(value: JsonObject) {
  const keys = Object.keys(value);
  const [name] = keys.length === 1 && keys[0] === 'Ref' ? keys : keys.filter((key) => key.startsWith('Fn::'));
  if (name === undefined) return undefined;
  if (keys.length === 1) return { name, argument: value[name] ?? null };
  throw templateError(`every ${name} object must have no other members. Found: ${keys.join(', ')}`);
}

/** Reads the argument of `Fn::GetAtt`: `a.b`, or a list of resource and attribute. */
export function getAttArgument(argument: Json): readonly [resource: string, attribute: Json] {
  const parts =
    typeof argument === 'string' ? /^([^.]*)\.(.*)$/s.exec(argument)?.slice(1) : itemsOf(argument);
  const [resource, attribute, ...others] = parts ?? [];
  if (typeof resource !== 'string' || attribute === undefined || others.length > 0) {
    throw templateError(
      'every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute',
    );
  }
  return [resource, attribute];
}

/** The name in `${Name}` or `${Name.Attribute}`; pseudo parameters keep their colons. */
export function subTarget(name: string): Reference {
  const dot = name.indexOf('.');
  return dot < 0 ? { name } : { name: name.slice(0, dot), attribute: name.slice(dot + 1) };
}

/** All references in a value. With `isTrue`, only one branch of each `Fn::If` is searched. */
export function* references(value: Json, isTrue?: (condition: string) => boolean): Generator<Reference> {
  if (typeof value !== 'object' || value === null) return;
  const call = isObject(value) ? functionCall(value) : undefined;
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
    const [resource, attribute] = getAttArgument(argument);
    yield { name: resource, attribute: typeof attribute === 'string' ? attribute : '*' };
    yield* references(attribute, isTrue);
  } else if (name === 'Fn::Sub') {
    const { parts, variables } = subArgument(argument);
    for (const part of parts) {
      if ('name' in part && !Object.hasOwn(variables, part.name)) yield subTarget(part.name);
    }
    yield* references(variables, isTrue);
  } else if (name === 'Fn::If' && isTrue !== undefined) {
    const [condition, whenTrue, whenFalse] = ifArgument(argument);
    yield* references(isTrue(condition) ? whenTrue : whenFalse, isTrue);
  } else {
    yield* references(argument, isTrue);
  }
}

/** Reads the argument of `Fn::Sub`: a string, or a string and a map of variables. `${!Literal}` is the text `${Literal}`. */
export function subArgument(argument: Json) {
  const given: readonly Json[] = typeof argument === 'string' ? [argument, {}] : itemsOf(argument);
  const [template, variables, ...others] = given;
  if (typeof template !== 'string' || !isObject(variables) || others.length > 0) {
    throw templateError(
      'One or more Fn::Sub intrinsic functions do not specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string',
    );
  }
  // Every second piece is the text inside a pair of braces.
  const pieces = template.split(/\$\{([^{}]*)\}/);
  return {
    variables,
    parts: pieces.map((piece, index) => (index % 2 === 0 ? { text: piece } : inBraces(piece))),
  };
}

function inBraces(name: string): { readonly text: string } | { readonly name: string } {
  if (name.startsWith('!')) return { text: `\${${name.slice(1)}}` };
  if (/^[A-Za-z0-9_.:]+$/.test(name)) return { name };
  throw templateError(
    'variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons',
  );
}

/** Reads the argument of `Fn::If`. */
export function ifArgument(argument: Json): readonly [condition: string, whenTrue: Json, whenFalse: Json] {
  const [condition, whenTrue, whenFalse] = itemsOf(argument);
  if (typeof condition !== 'string' || whenTrue === undefined || whenFalse === undefined) {
    throw templateError('Fn::If requires a list argument with three elements: a condition and two values');
  }
  return [condition, whenTrue, whenFalse];
}

/** Names of the conditions that a value's `Fn::If`s depend on. */
export function conditionNames(value: Json): string[] {
  return [...walk(value)].flatMap((inner) => {
    const call = isObject(inner.value) ? functionCall(inner.value) : undefined;
    return call?.name === 'Fn::If' ? [ifArgument(call.argument)[0]] : [];
  });
}

/** An output of another stack (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getstackoutput.html). */
export interface OutputReference {
  readonly StackName: string;
  /** The logical ID of the output. */
  readonly OutputName: string;
  /** Default: the region of the stack that refers to it. */
  readonly Region?: string | undefined;
  /** A role that may describe the other stack. Default: the principal that changes the stack. */
  readonly RoleArn?: string | undefined;
}

/** Reads the evaluated argument of `Fn::GetStackOutput`. */
export function outputArgument(argument: Json): OutputReference {
  const given = isObject(argument) ? argument : {};
  const { StackName, OutputName, Region, RoleArn, ...others } = given;
  const isText = (value: Json | undefined): value is string => typeof value === 'string' && value !== '';
  const isOptional = (value: Json | undefined): value is string | undefined =>
    value === undefined || isText(value);
  if (isText(StackName) && isText(OutputName) && isOptional(Region) && isOptional(RoleArn)) {
    if (Object.keys(others).length === 0) return { StackName, OutputName, Region, RoleArn };
  }
  throw templateError(
    'every Fn::GetStackOutput object requires the strings StackName and OutputName, and can have the strings Region and RoleArn',
  );
}
