import { templateError, unresolvedReferences, validationError } from './errors.ts';
import { isObject, itemsOf, type Json, type JsonObject, member, scalarText } from './json.ts';
import {
  functionCall,
  getAttArgument,
  ifArgument,
  type OutputReference,
  outputArgument,
  subArgument,
  subTarget,
} from './references.ts';

/** A value that is known only after a resource is created, replaced or updated. */
export const UNKNOWN = Symbol('known after deployment');

/** A value in which parts may be {@link UNKNOWN}. */
export type PartialJson =
  | null
  | string
  | number
  | boolean
  | typeof UNKNOWN
  | readonly PartialJson[]
  | { readonly [key: string]: PartialJson };

/** The values that a template's functions read. */
export interface TemplateValues {
  /** Values of parameters and of pseudo parameters (`AWS::Region`); lists for list types. */
  readonly parameters: ReadonlyMap<string, Json>;
  readonly mappings: JsonObject;
  /** Whether a condition is true. Throws if it is not defined. */
  isTrue(condition: string): boolean;
  /** The value of `Ref` for a resource; `undefined` if the stack has no such resource. */
  ref(logicalId: string): PartialJson | undefined;
  /** The value of `Fn::GetAtt`. Throws if the resource does not have the attribute. */
  getAtt(logicalId: string, attribute: string): PartialJson;
  /** The value of another stack's export. Throws if the export does not exist, unless it may exist later. */
  importValue(name: string): string | typeof UNKNOWN;
  /** The output of another stack, of any account and region. Throws if it cannot be read, unless it may be later. */
  stackOutput(reference: OutputReference): string | typeof UNKNOWN;
  /** What is left for all evaluations of a template. Default: each value has a budget of its own. */
  readonly budget?: Budget;
}

/** How many characters and items functions may still make. */
export interface Budget {
  left: number;
}

/**
 * The most that the functions of one value may make: the length of the longest property that AWS documents, a function's
 * `Code.ZipFile`. Functions within functions double a text with each level, so a template of 600 bytes could fill the memory.
 */
const MAX_OF_VALUE = 4_194_304;

/** Makes the budget of all evaluations of a template: its values are evaluated several times, and the results are kept. */
export function templateBudget(): Budget {
  return { left: 16 * MAX_OF_VALUE };
}

/** An environment that counts what functions make. */
interface Evaluation extends TemplateValues {
  /** @param amount in characters and items @throws AwsError if there is no budget for it */
  spend(amount: number): void;
}

function evaluationIn(environment: TemplateValues): Evaluation {
  const own = { left: MAX_OF_VALUE };
  const spend = (amount: number) => {
    for (const budget of environment.budget === undefined ? [own] : [own, environment.budget]) {
      budget.left -= amount;
      if (budget.left >= 0) continue;
      const what = budget === own ? `a value make more than ${MAX_OF_VALUE}` : 'the template make too many';
      throw templateError(
        `the functions of ${what} characters. local AWS evaluates no more: write shorter texts, or fewer functions within functions.`,
      );
    }
  };
  return { ...environment, spend };
}

/** The characters and items of a value. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 1;
  return Object.entries(value).reduce((sum, [key, inner]) => sum + key.length + sizeOf(inner), 1);
}

/** The value of `AWS::NoValue`. The member or item that has this value is left out. */
const NO_VALUE = Symbol('AWS::NoValue');
type Resolved = PartialJson | typeof NO_VALUE;

/** Evaluates all functions in a value. @returns `undefined` for `AWS::NoValue` */
export function resolve(value: Json, environment: TemplateValues): PartialJson | undefined {
  return valueIn(value, evaluationIn(environment));
}

function valueIn(value: Json, evaluation: Evaluation): PartialJson | undefined {
  const resolved = evaluate(value, evaluation);
  return resolved === NO_VALUE ? undefined : resolved;
}

/** Whether every part of a value is known. */
export function isKnown(value: PartialJson | undefined): value is Json | undefined {
  if (typeof value !== 'object' || value === null) return value !== UNKNOWN;
  return Object.values(value).every(isKnown);
}

function evaluate(value: Json, environment: Evaluation): Resolved {
  if (typeof value === 'string') return plainString(value);
  if (Array.isArray(value)) {
    return value.map((item) => evaluate(item, environment)).filter((item) => item !== NO_VALUE);
  }
  if (!isObject(value)) return value;
  const call = functionCall(value);
  if (call === undefined) {
    const entries = Object.entries(value).map(([key, inner]) => [key, valueIn(inner, environment)] as const);
    return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined)) as PartialJson;
  }
  const run = member(FUNCTIONS, call.name);
  if (run !== undefined) {
    const result = run(call.argument, environment);
    environment.spend(sizeOf(result));
    return result;
  }
  throw templateError(
    `Encountered unsupported function: ${call.name} Supported functions are: [${Object.keys(FUNCTIONS).join(', ')}]`,
  );
}

function plainString(value: string): string {
  if (value.includes('{{resolve:')) {
    throw validationError(
      'local AWS does not support dynamic references ({{resolve:…}}). Pass the value as a parameter.',
    );
  }
  return value;
}

type IntrinsicFunction = (argument: Json, environment: Evaluation) => Resolved;

/** Makes a function that evaluates its argument first. If part of the argument is unknown, the result is unknown. */
function strict(apply: (argument: Json, environment: Evaluation) => PartialJson): IntrinsicFunction {
  return (argument, environment) => {
    const value = evaluate(argument, environment);
    if (value === NO_VALUE) return apply(null, environment);
    return isKnown(value) ? apply(value, environment) : UNKNOWN;
  };
}

const FUNCTIONS: Readonly<Record<string, IntrinsicFunction>> = {
  Ref: (argument, environment) => ref(nameIn('Ref', argument), environment),
  'Fn::GetAtt'(argument, environment) {
    const [resource, attribute] = getAttArgument(argument);
    const read = strict((name) => environment.getAtt(resource, nameIn('Fn::GetAtt', name)));
    return read(attribute, environment);
  },
  'Fn::Sub': sub,
  'Fn::If'(argument, environment) {
    const [condition, whenTrue, whenFalse] = ifArgument(argument);
    return evaluate(environment.isTrue(condition) ? whenTrue : whenFalse, environment);
  },
  'Fn::Join': strict((argument, environment) => {
    const [delimiter, items] = itemsOf(argument);
    if (
      typeof delimiter === 'string' &&
      Array.isArray(items) &&
      !items.some((item) => typeof item === 'object')
    ) {
      return joined(items.map(String), delimiter, environment);
    }
    throw templateError(
      'every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.',
    );
  }),
  'Fn::Select': select,
  'Fn::Split': strict((argument) => {
    const [delimiter, text] = itemsOf(argument);
    if (typeof delimiter === 'string' && delimiter !== '' && typeof text === 'string') {
      return text.split(delimiter);
    }
    throw templateError(
      'every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split.',
    );
  }),
  'Fn::Base64': strict((argument) => {
    if (typeof argument !== 'object') return Buffer.from(String(argument)).toString('base64');
    throw templateError('every Fn::Base64 object must have a String-typed value.');
  }),
  'Fn::FindInMap': strict((argument, { mappings }) => findInMap(argument, mappings)),
  'Fn::ImportValue': strict((name, environment) => environment.importValue(nameIn('Fn::ImportValue', name))),
  'Fn::GetStackOutput': strict((argument, { stackOutput }) => stackOutput(outputArgument(argument))),
};

/** Joins texts, if there is a budget for the result. */
function joined(texts: readonly string[], delimiter: string, { spend }: Evaluation): string {
  const length = texts.reduce((sum, { length }) => sum + length + delimiter.length, 0);
  // The caller of the function spends the rest.
  if (length > MAX_OF_VALUE) spend(length);
  return texts.join(delimiter);
}

function ref(name: string, environment: TemplateValues): Resolved {
  if (name === 'AWS::NoValue') return NO_VALUE;
  const value = environment.parameters.get(name) ?? environment.ref(name);
  if (value !== undefined) return value;
  throw unresolvedReferences([name], 'Resources');
}

function nameIn(name: string, argument: Json): string {
  const text = scalarText(argument);
  if (text === undefined) throw templateError(`every ${name} object must have a single String value.`);
  return text;
}

function sub(argument: Json, environment: Evaluation): Resolved {
  const { parts, variables } = subArgument(argument);
  const variableOf = (target: string): Resolved => {
    const variable = member(variables, target);
    if (variable !== undefined) return evaluate(variable, environment);
    const { name, attribute } = subTarget(target);
    return attribute === undefined ? ref(name, environment) : environment.getAtt(name, attribute);
  };
  // Each name once, however often it stands in the text.
  const values = new Map<string, string | typeof UNKNOWN>();
  for (const part of parts) {
    if ('text' in part || values.has(part.name)) continue;
    const value = variableOf(part.name);
    const text = value === UNKNOWN ? value : scalarText(value);
    if (text === undefined) {
      throw templateError(
        `Fn::Sub needs a string for \${${part.name}}, which is a list, an object or no value`,
      );
    }
    values.set(part.name, text);
  }
  const texts = parts.map((part) => ('text' in part ? part.text : (values.get(part.name) ?? '')));
  return texts.every((text) => text !== UNKNOWN) ? plainString(joined(texts, '', environment)) : UNKNOWN;
}

/** The error for the arguments of `Fn::Select`. */
export const WRONG_SELECT =
  'Fn::Select requires a list argument with two elements: an integer index and a list';

function select(argument: Json, environment: Evaluation): Resolved {
  const [index, list] = itemsOf(argument).map((item) => evaluate(item, environment));
  if (index === UNKNOWN || list === UNKNOWN) return UNKNOWN;
  const indexText = scalarText(index) ?? '';
  if (!/^\d{1,9}$/.test(indexText) || !Array.isArray(list)) {
    throw templateError(WRONG_SELECT);
  }
  const selected = (list as readonly PartialJson[])[Number(indexText)];
  if (selected !== undefined) return selected;
  throw templateError(`Fn::Select cannot select nonexistent value at index ${indexText}`);
}

/** The value of `Fn::FindInMap`. @throws AwsError if there is none */
export function findInMap(argument: Json, mappings: JsonObject): Json {
  const keys = itemsOf(argument).map(scalarText);
  if (keys.length !== 3 || keys.includes(undefined)) {
    throw templateError(
      'every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value',
    );
  }
  let found: Json | undefined = mappings;
  for (const key of keys) found = isObject(found) ? member(found, key ?? '') : undefined;
  if (found !== undefined) return found;
  throw templateError(`Unable to get mapping for ${keys.join('::')}`);
}
