import type { ResourceType } from '../../../resource-type.ts';
import { membersAt, unsupportedMembers } from '../change/property-schema.ts';
import { formatError, templateError, unresolvedReferences } from './errors.ts';
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

/** Checks that local AWS has all resource types and properties of a template. */
export function checkSupport({ resources }: Template, types: ReadonlyMap<string, ResourceType>): void {
  const unrecognized = new Set<string>();
  const properties: string[] = [];
  for (const [id, { Type, Properties }] of resources) {
    const type = types.get(Type);
    if (type === undefined) {
      unrecognized.add(Type);
      continue;
    }
    for (const path of unsupportedMembers(type.properties, Properties)) {
      const supported = membersAt(type.properties, path.split('.').slice(0, -1)).join(', ');
      properties.push(`${path} of ${id} (${Type}; supported: ${supported})`);
    }
  }
  const problems: string[] = [];
  if (unrecognized.size > 0) {
    const supported = [...types.keys()].sort().join(', ');
    problems.push(
      `Unrecognized resource types: [${[...unrecognized].join(', ')}]. local AWS supports: ${supported}`,
    );
  }
  if (properties.length > 0)
    problems.push(`Properties that local AWS does not support: ${properties.join('; ')}`);
  if (problems.length > 0) throw formatError(problems.join('. '));
}
