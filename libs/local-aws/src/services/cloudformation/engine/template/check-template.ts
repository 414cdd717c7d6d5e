import { closest, distance } from 'fastest-levenshtein';
import { commandName } from '../../../../core/command-name.ts';
import { AwsError } from '../../../../core/errors.ts';
import type { ResourceType } from '../../../resource-type.ts';
import { supportedProperties, unsupportedMembers } from '../change/property-schema.ts';
import absentFeatures from './absent-features.json' with { type: 'json' };
import { checkFunctions } from './check-functions.ts';
import { formatError, templateError, unresolvedReferences, validationError } from './errors.ts';
import { isObject, type Json, walk } from './json.ts';
import { isPseudoParameter } from './parameters.ts';
import { conditionNames, functionCall, references } from './references.ts';
import type { Template } from './template.ts';

/** Checks that the parameters, resources and conditions that a template refers to exist, and may be used where they are. */
export function checkReferences(template: Template): void {
  checkFunctions(template);
  for (const [id, { Properties, UpdatePolicy = {}, DependsOn, Condition }] of template.resources) {
    checkNames(template, [Properties, UpdatePolicy], 'Resources');
    const missing = DependsOn.filter((name) => !template.resources.has(name));
    if (missing.length > 0) throw unresolvedReferences(missing, 'Resources');
    if (DependsOn.includes(id)) throw formatError(`Resource ${id} cannot depend on itself`);
    checkConditions(template, Condition, [Properties, UpdatePolicy], 'Resources');
  }
  for (const { Value, Export, Condition } of template.outputs.values()) {
    const values = [Value, Export?.Name ?? null];
    checkNames(template, values, 'Outputs');
    checkConditions(template, Condition, values, 'Outputs');
  }
  for (const expression of template.conditions.values()) {
    const names = [...references(expression)].map(({ name }) => name);
    const strangers = names.filter((name) => !template.parameters.has(name) && !isPseudoParameter(name));
    if (strangers.length > 0) {
      throw templateError(
        `Unresolved dependencies [${[...new Set(strangers)].join(', ')}]. Cannot reference resources in the Conditions block of the template`,
      );
    }
  }
}

function checkNames({ resources, parameters }: Template, value: Json, block: string): void {
  const missing: string[] = [];
  for (const { name, attribute } of references(value)) {
    if (resources.has(name)) continue;
    if (attribute !== undefined) {
      throw templateError(`instance of Fn::GetAtt references undefined resource ${name}`);
    }
    if (!parameters.has(name) && !isPseudoParameter(name)) missing.push(name);
  }
  if (missing.length > 0) throw unresolvedReferences(missing, block);
}

function checkConditions(
  { conditions }: Template,
  condition: string | undefined,
  values: Json,
  block: string,
): void {
  if (condition !== undefined && !conditions.has(condition)) {
    throw formatError(`Unresolved condition dependency ${condition} in the ${block} block of the template`);
  }
  const missing = conditionNames(values).find((name) => !conditions.has(name));
  if (missing !== undefined) throw templateError(`unresolved condition dependency ${missing} in Fn::If`);
}

/** Finds the feature that an unsupported resource type belongs to. @example absentFeature('AWS::Lambda::LayerVersionPermission')?.feature // 'layers' */
export function absentFeature(type: string) {
  return absentFeatures.find(({ types }) => new RegExp(types).test(type));
}

type Types = ReadonlyMap<string, ResourceType>;

/** Suggests the property whose name is almost the same. */
function similarProperty(name: string, { properties }: ResourceType): string | undefined {
  const similar = closest(name, supportedProperties(properties));
  return distance(name, similar) <= 2 ? `Its name may be ${similar}` : undefined;
}

/** AWS's functions that local AWS does not have, each with a remedy. */
const ABSENT_FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ['Fn::Cidr', 'Write the blocks as a list'],
  ['Fn::GetAZs', 'Write the availability zones as a list'],
  ['Fn::Transform', 'Deploy the template with its macros already expanded'],
]);

function* absentFunctions(section: string, id: string, value: Json): Generator<string> {
  for (const { value: inner } of walk(value)) {
    const name = isObject(inner) ? functionCall(inner)?.name : undefined;
    const remedy = name && ABSENT_FUNCTIONS.get(name);
    if (remedy) yield `local AWS has no function ${name} (${section} ${id}). ${remedy}.`;
  }
}

/** Checks that local AWS supports a template's resource types, properties and functions. The error names the unsupported ones and remedies. */
export function checkSupport({ resources, outputs }: Template, types: Types): void {
  const absent = [...resources].filter(([, { Type }]) => !types.has(Type));
  const features = Map.groupBy(absent, ([, { Type }]) => absentFeature(Type));
  const problems = [...features].map(
    ([{ feature, instead } = {}, found]) => `local AWS has no ${feature}: ${listByType(found)}. ${instead}.`,
  );
  for (const [id, { Value }] of outputs) problems.push(...absentFunctions('output', id, Value));
  for (const [id, { Type, Properties }] of resources) {
    problems.push(...absentFunctions('resource', id, Properties));
    const type = types.get(Type);
    if (type === undefined) continue;
    for (const { path, reason } of unsupportedMembers(type.properties, Properties)) {
      const property = `${path} of ${Type} (${id})`;
      const instead = type.instead?.[path] ?? similarProperty(path, type);
      problems.push(
        reason !== undefined
          ? `${property}: ${reason.replace(/\.$/, '')}.`
          : `local AWS has no property ${property}${instead === undefined ? '' : `. ${instead}`}.`,
      );
    }
  }
  if (problems.length === 0) return;
  throw validationError(
    `${problems.join(' ')} \`${commandName('types')}\` lists the types and properties that local AWS has.`,
  );
}

/** @example listByType(resources) // 'AWS::SNS::Topic (A, B), AWS::KMS::Key (C)' */
export function listByType(resources: readonly (readonly [id: string, { readonly Type: string }])[]): string {
  return [...Map.groupBy(resources, ([, { Type }]) => Type)]
    .map(([type, all]) => `${type} (${all.map(([id]) => id).join(', ')})`)
    .join(', ');
}

/**
 * The types that need a capability, each with the property that gives a custom name, if it has one
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-template.html).
 */
const NAMES_OF_IAM: ReadonlyMap<string, string | undefined> = new Map([
  ['AWS::IAM::AccessKey', undefined],
  ['AWS::IAM::Group', 'GroupName'],
  ['AWS::IAM::ManagedPolicy', 'ManagedPolicyName'],
  ['AWS::IAM::Policy', undefined],
  ['AWS::IAM::Role', 'RoleName'],
  ['AWS::IAM::User', 'UserName'],
  ['AWS::IAM::UserToGroupAddition', undefined],
]);

/**
 * The capability that a caller must acknowledge before a template is deployed, and CloudFormation's reason for it
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html, Capabilities).
 */
export function requiredCapability(template: Template) {
  const resources = [...template.resources.values()].filter(({ Type }) => NAMES_OF_IAM.has(Type));
  if (resources.length === 0) return undefined;
  const isNamed = resources.some(({ Type, Properties }) => {
    const name = NAMES_OF_IAM.get(Type);
    return name !== undefined && Properties[name] !== undefined;
  });
  const types = [...new Set(resources.map(({ Type }) => Type))].join(', ');
  return {
    capability: isNamed ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM',
    reason: `The following resource(s) require capabilities: [${types}]`,
  };
}

/**
 * Checks that the caller of CreateStack or UpdateStack acknowledged that transforms add resources. A change set shows them instead
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html, Capabilities).
 */
export function checkExpansion(transforms: readonly string[], given: readonly string[]): void {
  if (transforms.length === 0 || given.includes(AUTO_EXPAND)) return;
  throw insufficient(AUTO_EXPAND);
}

/** Checks that the caller acknowledged the capability that the template requires. */
export function checkCapabilities(template: Template, given: readonly string[]): void {
  const { capability } = requiredCapability(template) ?? {};
  if (capability === undefined || given.includes(capability) || given.includes('CAPABILITY_NAMED_IAM'))
    return;
  throw insufficient(capability);
}

const AUTO_EXPAND = 'CAPABILITY_AUTO_EXPAND';

function insufficient(capability: string): AwsError {
  return new AwsError('InsufficientCapabilitiesException', `Requires capabilities : [${capability}]`);
}
