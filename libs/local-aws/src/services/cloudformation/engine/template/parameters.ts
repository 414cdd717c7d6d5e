import { likelyPartitionOf } from '@cross-account-api/iam';
import type { Scope } from '../../../../core/scope.ts';
import { matchesAllowedPattern } from './allowed-pattern.ts';
import { formatError, validationError } from './errors.ts';
import { isObject, type Json, type JsonObject, scalarText } from './json.ts';
import type { ParameterDefinition, Template } from './template.ts';

/** A parameter of CreateStack, UpdateStack or CreateChangeSet. */
export interface GivenParameter {
  readonly ParameterKey: string;
  readonly ParameterValue?: string | undefined;
  readonly UsePreviousValue: boolean;
}

type ParameterSection = Pick<Template, 'parameters'>;

/** Types with string values. Local AWS does not check that the values of AWS-specific types exist. */
const STRING_TYPES = /^(String|AWS::[A-Za-z0-9]+::[A-Za-z0-9]+(::[A-Za-z0-9]+)*)$/;
const LIST_TYPES = /^(CommaDelimitedList|List<.+>)$/;
/** Types whose value is the name of a Systems Manager parameter. */
const STORED_TYPES = /^AWS::SSM::Parameter::Value<(.+)>$/;

/** The values of a stack's parameters as strings: given, the previous ones for `UsePreviousValue`, or the template's defaults. */
export function parameterStrings(
  definitions: ReadonlyMap<string, ParameterDefinition>,
  given: readonly GivenParameter[],
  previous: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const strangers = given.map(({ ParameterKey }) => ParameterKey).filter((key) => !definitions.has(key));
  if (strangers.length > 0) {
    throw validationError(`Parameters: [${strangers.join(', ')}] do not exist in the template`);
  }
  const byKey = new Map(given.map((parameter) => [parameter.ParameterKey, parameter]));
  if (byKey.size < given.length) throw validationError('Duplicate parameter keys are not allowed.');
  const values = new Map<string, string>();
  const missing: string[] = [];
  for (const [key, definition] of definitions) {
    const parameter = byKey.get(key);
    const value = parameter?.UsePreviousValue
      ? previous.get(key)
      : (parameter?.ParameterValue ?? definition.Default);
    if (value === undefined) missing.push(key);
    else values.set(key, checked(key, definition, value));
  }
  if (missing.length > 0) throw validationError(`Parameters: [${missing.join(', ')}] must have values`);
  return values;
}

/** The parameters whose value is in Systems Manager, each with its name there. */
export function storedNames({ parameters }: ParameterSection, strings: ReadonlyMap<string, string>) {
  return [...strings].filter(([key]) => STORED_TYPES.test(parameters.get(key)?.Type ?? ''));
}

/** The value of `Ref` for a parameter: a string, or a list of strings for list types. */
export function parameterValue({ Type }: ParameterDefinition, value: string): Json {
  return LIST_TYPES.test(STORED_TYPES.exec(Type)?.[1] ?? Type) ? itemsIn(value) : value;
}

function itemsIn(value: string): string[] {
  return value === '' ? [] : value.split(',').map((item) => item.trim());
}

/**
 * The values of parameters as transforms get them: lists for the list types, also if they are the template's defaults
 * (https://github.com/localstack/localstack/pull/10836). Values in Systems Manager are not known yet.
 * @param template a template that is not expanded @param given the values of the request, by name
 */
export function transformParameters({ Parameters }: JsonObject, given: ReadonlyMap<string, string>) {
  const values = new Map<string, Json>(given);
  for (const [name, definition] of Object.entries(isObject(Parameters) ? Parameters : {})) {
    const { Type, Default } = isObject(definition) ? definition : {};
    const value = given.get(name) ?? scalarText(Default);
    if (value !== undefined && LIST_TYPES.test(String(Type))) values.set(name, itemsIn(value));
  }
  return values;
}

/** The value of `Ref` for each parameter. @param strings values by name; the stored value if it is in Systems Manager */
export function parameterValues({ parameters }: ParameterSection, strings: ReadonlyMap<string, string>) {
  return [...parameters].map(
    ([key, definition]) => [key, parameterValue(definition, strings.get(key) ?? '')] as const,
  );
}

/** Whether a name is a pseudo parameter, which `Ref` accepts in every template. */
export function isPseudoParameter(name: string): boolean {
  return /^AWS::(AccountId|NoValue|NotificationARNs|Partition|Region|StackId|StackName|URLSuffix)$/.test(
    name,
  );
}

/**
 * Values of the pseudo parameters, except `AWS::NoValue`, which has none
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html).
 */
export function pseudoParameters(stack: Scope & { name: string; id: string }): [string, Json][] {
  const { name: partition, dnsSuffix } = likelyPartitionOf(stack.region);
  return [
    ['AWS::AccountId', stack.accountId],
    ['AWS::NotificationARNs', []],
    ['AWS::Partition', partition],
    ['AWS::Region', stack.region],
    ['AWS::StackId', stack.id],
    ['AWS::StackName', stack.name],
    ['AWS::URLSuffix', dnsSuffix],
  ];
}

function checked(key: string, definition: ParameterDefinition, value: string): string {
  const { Type: type } = definition;
  if (![STRING_TYPES, LIST_TYPES, STORED_TYPES, /^Number$/].some((types) => types.test(type))) {
    throw formatError(`Unrecognized parameter type: ${type}`);
  }
  const broken = brokenConstraint(definition, value);
  if (broken === undefined) return value;
  throw validationError(
    definition.ConstraintDescription === undefined
      ? `Parameter '${key}' ${broken}`
      : `Parameter ${key} failed to satisfy constraint: ${definition.ConstraintDescription}`,
  );
}

function brokenConstraint(definition: ParameterDefinition, value: string): string | undefined {
  const { AllowedValues, AllowedPattern, Type } = definition;
  const { MinValue = -Infinity, MaxValue = Infinity, MinLength = 0, MaxLength = Infinity } = definition;
  const items = LIST_TYPES.test(Type) ? (parameterValue(definition, value) as readonly string[]) : [value];
  if (Type === 'Number' || Type === 'List<Number>') {
    const numbers = items.map((item) => (item.trim() === '' ? Number.NaN : Number(item)));
    if (numbers.some(Number.isNaN)) return 'must be a number.';
    if (numbers.some((each) => each < MinValue)) return `must be a number not less than ${MinValue}`;
    if (numbers.some((each) => each > MaxValue)) return `must be a number not greater than ${MaxValue}`;
  }
  if (!items.every((item) => AllowedValues?.includes(item) ?? true)) return 'must be one of AllowedValues';
  if (value.length < MinLength) return `must contain at least ${MinLength} characters`;
  if (value.length > MaxLength) return `must contain at most ${MaxLength} characters`;
  if (AllowedPattern === undefined || matchesAllowedPattern(AllowedPattern, value)) return undefined;
  return `must match pattern ${AllowedPattern}`;
}
