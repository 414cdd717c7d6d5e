import { closest, distance } from 'fastest-levenshtein';
import { commandName } from '../../../../core/command-name.ts';
import type { ResourceType } from '../../../resource-type.ts';
import { supportedProperties, unsupportedMembers } from '../change/property-schema.ts';
import { absentFeature } from './absent-features.ts';
import { formatError, templateError, unresolvedReferences, validationError } from './errors.ts';
import type { Json } from './json.ts';
import { isPseudoParameter } from './pseudo-parameters.ts';
import { conditionNames, references } from './references.ts';
import type { Template } from './template.ts';

/** Checks that everything that a template names exists: resource types, parameters, resources, conditions. */
export function checkReferences(template: Template): void {
  for (const [id, { Properties, DependsOn, Condition }] of template.resources) {
    checkNames(template, Properties, 'Resources');
    const missing = DependsOn.filter((name) => !template.resources.has(name));
    if (missing.length > 0) throw unresolvedReferences(missing, 'Resources');
    if (DependsOn.includes(id)) throw formatError(`Resource ${id} cannot depend on itself`);
    checkConditions(template, [Condition, ...conditionNames(Properties)], 'Resources');
  }
  for (const { Value, Export, Condition } of template.outputs.values()) {
    for (const value of [Value, Export?.Name ?? null]) {
      checkNames(template, value, 'Outputs');
      checkConditions(template, [Condition, ...conditionNames(value)], 'Outputs');
    }
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

function checkConditions(template: Template, names: readonly (string | undefined)[], block: string): void {
  for (const name of names) {
    if (name !== undefined && !template.conditions.has(name)) {
      throw formatError(`Unresolved condition dependency ${name} in the ${block} block of the template`);
    }
  }
}

/** The property that is spelt almost the same. */
function similarProperty(name: string, { properties }: ResourceType): string | undefined {
  const known = supportedProperties(properties);
  const similar = known.length === 0 ? undefined : closest(name, known);
  return similar !== undefined && distance(name, similar) <= 2 ? `Its name may be ${similar}` : undefined;
}

/**
 * Checks that local AWS has all resource types and properties of a template.
 * @throws AwsError that names all that it does not have, each with what to use instead
 */
export function checkSupport({ resources }: Template, types: ReadonlyMap<string, ResourceType>): void {
  const absent = [...resources].filter(([, { Type }]) => !types.has(Type));
  const features = Map.groupBy(absent, ([, { Type }]) => absentFeature(Type));
  const problems = [...features].map(([{ feature, instead }, found]) => {
    const named = [...Map.groupBy(found, ([, { Type }]) => Type)].map(
      ([type, all]) => `${type} (${all.map(([id]) => id).join(', ')})`,
    );
    return `local AWS has no ${feature}: ${named.join(', ')}. ${instead}.`;
  });
  for (const [id, { Type, Properties }] of resources) {
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
