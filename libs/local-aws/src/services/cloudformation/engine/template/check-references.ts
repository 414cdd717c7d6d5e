import { formatError, templateError, unresolvedReferences } from './errors.ts';
import type { Json } from './json.ts';
import { PSEUDO_PARAMETERS } from './pseudo-parameters.ts';
import { conditionNames, references } from './references.ts';
import type { Template } from './template.ts';

/**
 * Checks that everything that a template names exists: resource types, parameters, resources, conditions.
 * @param supportedTypes the resource types that local AWS has
 * @throws AwsError `ValidationError` in CloudFormation's words
 */
export function checkReferences(template: Template, supportedTypes: Iterable<string>): void {
  const supported = new Set(supportedTypes);
  const types = new Set([...template.resources.values()].map(({ type }) => type));
  const unrecognized = [...types].filter((type) => !supported.has(type));
  if (unrecognized.length > 0) {
    throw formatError(
      `Unrecognized resource types: [${unrecognized.join(', ')}]. local AWS supports: ${[...supported].sort().join(', ')}`,
    );
  }
  for (const [id, resource] of template.resources) {
    checkNames(template, resource.properties, 'Resources');
    const missing = resource.dependsOn.filter((name) => !template.resources.has(name));
    if (missing.length > 0) throw unresolvedReferences(missing, 'Resources');
    if (resource.dependsOn.includes(id)) throw formatError(`Resource ${id} cannot depend on itself`);
    checkConditions(template, [resource.condition, ...conditionNames(resource.properties)], 'Resources');
  }
  for (const output of template.outputs.values()) {
    for (const value of [output.value, output.exportName ?? null]) {
      checkNames(template, value, 'Outputs');
      checkConditions(template, [output.condition, ...conditionNames(value)], 'Outputs');
    }
  }
  for (const expression of template.conditions.values()) {
    const names = [...references(expression)].map(({ name }) => name);
    const strangers = names.filter((name) => !template.parameters.has(name) && !isPseudo(name));
    if (strangers.length > 0) {
      throw templateError(
        `Unresolved dependencies [${[...new Set(strangers)].join(', ')}]. Cannot reference resources in the Conditions block of the template`,
      );
    }
  }
}

function checkNames(template: Template, value: Json, block: string): void {
  const missing: string[] = [];
  for (const { name, attribute } of references(value)) {
    const isResource = template.resources.has(name);
    if (attribute !== undefined && !isResource) {
      throw templateError(`instance of Fn::GetAtt references undefined resource ${name}`);
    }
    if (!isResource && !template.parameters.has(name) && !isPseudo(name)) missing.push(name);
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

function isPseudo(name: string): boolean {
  return PSEUDO_PARAMETERS.includes(name);
}
