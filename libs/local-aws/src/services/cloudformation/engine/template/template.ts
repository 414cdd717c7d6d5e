import { defined } from '../../../../core/defined.ts';
import { formatError, unsupported } from './errors.ts';
import { isObject, itemsOf, type Json, type JsonObject, member, scalarText, walk } from './json.ts';

/** A parameter as the template declares it. */
export interface ParameterDefinition {
  readonly type: string;
  readonly default?: string;
  readonly noEcho: boolean;
  readonly description?: string;
  readonly allowedValues?: readonly string[];
  readonly allowedPattern?: string;
  readonly constraintDescription?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minValue?: number;
  readonly maxValue?: number;
}

/** What happens to a resource that its stack gives up. */
export type DeletionPolicy = 'Delete' | 'Retain' | 'RetainExceptOnCreate';

/** A resource as the template declares it, functions not yet evaluated. */
export interface ResourceDefinition {
  readonly type: string;
  readonly properties: JsonObject;
  readonly dependsOn: readonly string[];
  readonly condition?: string;
  readonly deletionPolicy: DeletionPolicy;
  readonly updateReplacePolicy: 'Delete' | 'Retain';
  readonly metadata?: JsonObject;
}

/** An output as the template declares it, functions not yet evaluated. */
export interface OutputDefinition {
  readonly value: Json;
  readonly description?: string;
  readonly exportName?: Json;
  readonly condition?: string;
}

/** A well-formed template; `checkReferences` checks that what it refers to exists. */
export interface Template {
  readonly description?: string;
  readonly parameters: ReadonlyMap<string, ParameterDefinition>;
  readonly mappings: JsonObject;
  readonly conditions: ReadonlyMap<string, Json>;
  readonly resources: ReadonlyMap<string, ResourceDefinition>;
  readonly outputs: ReadonlyMap<string, OutputDefinition>;
}

const SECTIONS = [
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Parameters',
  'Mappings',
  'Conditions',
  'Resources',
  'Outputs',
];
const UNSUPPORTED_SECTIONS: Readonly<Record<string, string>> = {
  Transform: 'Deploy the template with its macros already expanded.',
  Rules: "Use the parameters' AllowedValues and AllowedPattern.",
  Hooks: 'Remove the section.',
};
const RESOURCE_MEMBERS = [
  'Type',
  'Properties',
  'DependsOn',
  'Condition',
  'DeletionPolicy',
  'UpdateReplacePolicy',
  'Metadata',
];
const MAX_RESOURCES = 500;

/**
 * Reads the sections of a parsed template.
 * @throws AwsError `ValidationError` in CloudFormation's words for what is malformed, and for sections and attributes
 *   that local AWS does not support
 */
export function readTemplate(source: JsonObject): Template {
  const unknown = Object.keys(source).filter((key) => !SECTIONS.includes(key));
  for (const section of unknown) {
    const remedy = Object.hasOwn(UNSUPPORTED_SECTIONS, section) ? UNSUPPORTED_SECTIONS[section] : undefined;
    if (remedy !== undefined) throw unsupported(`the template section ${section}`, remedy);
  }
  if (unknown.length > 0) {
    throw formatError(`Invalid template property or properties [${unknown.join(', ')}]`);
  }
  const version = member(source, 'AWSTemplateFormatVersion');
  if (version !== undefined && version !== '2010-09-09') {
    throw formatError(`Value ${JSON.stringify(version)} is not a supported AWSTemplateFormatVersion.`);
  }
  const resources = section(source, 'Resources', readResource);
  if (resources.size === 0) throw formatError('At least one Resources member must be defined.');
  if (resources.size > MAX_RESOURCES) {
    throw formatError(
      `Number of resources, ${resources.size}, is greater than maximum allowed, ${MAX_RESOURCES}`,
    );
  }
  return {
    parameters: section(source, 'Parameters', readParameter),
    mappings: readMappings(source),
    conditions: section(source, 'Conditions', (_, value) => value),
    resources,
    outputs: section(source, 'Outputs', readOutput),
    ...defined({ description: text(source, 'Description', 'Description') }),
  };
}

function section<Value>(
  source: JsonObject,
  name: string,
  read: (key: string, value: Json) => Value,
): ReadonlyMap<string, Value> {
  const value = member(source, name);
  if (value === undefined || value === null) return new Map();
  if (!isObject(value)) throw formatError(`[/${name}] ${name} must be an object.`);
  return new Map(
    Object.entries(value).map(([key, entry]) => {
      if (name !== 'Conditions' && !/^[A-Za-z0-9]{1,255}$/.test(key)) {
        throw formatError(`${name.replace(/s$/, '')} name ${key.slice(0, 300)} is non alphanumeric.`);
      }
      for (const { value, path } of walk(entry, [name, key])) {
        if (value === null)
          throw formatError(`[/${path.join('/')}] 'null' values are not allowed in templates`);
      }
      return [key, read(key, entry)];
    }),
  );
}

function readResource(id: string, value: Json): ResourceDefinition {
  if (!isObject(value)) throw formatError(`[/Resources/${id}] resource definition is malformed`);
  for (const key of Object.keys(value)) {
    if (key === 'CreationPolicy' || key === 'UpdatePolicy') {
      throw unsupported(`the attribute ${key} of resource ${id}`, 'Remove it.');
    }
    // Custom resources may have a version. Local AWS has none of them, and says so when it checks the types.
    if (!RESOURCE_MEMBERS.includes(key) && !(key === 'Version' && isCustomResource(value))) {
      throw formatError(`Invalid template resource property '${key}' in resource ${id}`);
    }
  }
  const type = member(value, 'Type');
  if (typeof type !== 'string') {
    throw formatError(`[/Resources/${id}] Every Resources object must contain a Type member.`);
  }
  const properties = member(value, 'Properties') ?? {};
  if (!isObject(properties)) throw formatError(`[/Resources/${id}/Properties] Properties must be an object.`);
  const dependsOn = [member(value, 'DependsOn') ?? []].flat();
  if (!dependsOn.every((name) => typeof name === 'string')) {
    throw formatError(`[/Resources/${id}/DependsOn] Every DependsOn value must be a string.`);
  }
  return {
    type,
    properties,
    dependsOn,
    deletionPolicy: policy(id, value, 'DeletionPolicy', ['Delete', 'Retain', 'RetainExceptOnCreate']),
    updateReplacePolicy: policy(id, value, 'UpdateReplacePolicy', ['Delete', 'Retain']),
    ...defined({
      condition: text(value, 'Condition', `/Resources/${id}/Condition`),
      metadata: objectMember(value, 'Metadata'),
    }),
  };
}

function isCustomResource(resource: { readonly [key: string]: Json }): boolean {
  const type = member(resource, 'Type');
  return typeof type === 'string' && /^(Custom::|AWS::CloudFormation::CustomResource$)/.test(type);
}

function policy<Value extends string>(
  id: string,
  definition: JsonObject,
  name: string,
  allowed: readonly [Value, ...Value[]],
): Value {
  const value = member(definition, name);
  if (value === undefined) return allowed[0];
  if (value === 'Snapshot') {
    throw unsupported(`${name} Snapshot (resource ${id})`, `Use one of: ${allowed.join(', ')}.`);
  }
  const found = allowed.find((one) => one === value);
  if (found === undefined) {
    throw formatError(
      `Unrecognized ${name} ${JSON.stringify(value)} for resource ${id}. Use one of: ${allowed.join(', ')}`,
    );
  }
  return found;
}

function readOutput(id: string, value: Json): OutputDefinition {
  const malformed = (detail: string) => formatError(`[/Outputs/${id}] ${detail}`);
  if (!isObject(value)) throw malformed('output definition is malformed');
  const output = member(value, 'Value');
  if (output === undefined) throw malformed('Every Outputs member must contain a Value object');
  const extra = Object.keys(value).filter(
    (key) => !['Value', 'Description', 'Export', 'Condition'].includes(key),
  );
  if (extra.length > 0) throw malformed(`Invalid output property or properties [${extra.join(', ')}]`);
  const exported = member(value, 'Export');
  const exportName = isObject(exported) ? member(exported, 'Name') : undefined;
  if (exported !== undefined && exportName === undefined) {
    throw malformed('Every Export must contain a Name');
  }
  return {
    value: output,
    ...defined({
      description: text(value, 'Description', `/Outputs/${id}/Description`),
      condition: text(value, 'Condition', `/Outputs/${id}/Condition`),
      exportName,
    }),
  };
}

function readMappings(source: JsonObject): JsonObject {
  for (const [name, mapping] of section(source, 'Mappings', (_, value) => value)) {
    if (!isObject(mapping) || !Object.values(mapping).every(isObject)) {
      throw formatError(`[/Mappings/${name}] Every Mappings attribute must be an object of objects.`);
    }
  }
  const mappings = member(source, 'Mappings');
  return isObject(mappings) ? mappings : {};
}

function readParameter(id: string, value: Json): ParameterDefinition {
  if (!isObject(value)) throw formatError(`[/Parameters/${id}] parameter definition is malformed`);
  const type = member(value, 'Type');
  if (typeof type !== 'string') throw formatError('Every Parameters object must contain a Type member.');
  const at = `/Parameters/${id}`;
  return {
    type,
    noEcho: scalarText(member(value, 'NoEcho')) === 'true',
    ...defined({
      default: scalar(value, 'Default', at),
      allowedValues: allowedValues(value, at),
      description: text(value, 'Description', `${at}/Description`),
      allowedPattern: text(value, 'AllowedPattern', `${at}/AllowedPattern`),
      constraintDescription: text(value, 'ConstraintDescription', `${at}/ConstraintDescription`),
      minLength: number(value, 'MinLength', at),
      maxLength: number(value, 'MaxLength', at),
      minValue: number(value, 'MinValue', at),
      maxValue: number(value, 'MaxValue', at),
    }),
  };
}

function scalar(source: JsonObject, key: string, at: string): string | undefined {
  const value = member(source, key);
  if (value === undefined) return undefined;
  const found = scalarText(value);
  if (found === undefined) throw formatError(`[${at}/${key}] Every ${key} member must be a string.`);
  return found;
}

function allowedValues(source: JsonObject, at: string): string[] | undefined {
  const value = member(source, 'AllowedValues');
  if (value === undefined) return undefined;
  const items = Array.isArray(value) ? itemsOf(value).map(scalarText) : [undefined];
  const texts = items.filter((item) => item !== undefined);
  if (texts.length < items.length) {
    throw formatError(`[${at}/AllowedValues] AllowedValues must be a list of strings.`);
  }
  return texts;
}

function text(source: JsonObject, key: string, path: string): string | undefined {
  const value = member(source, key);
  if (value !== undefined && typeof value !== 'string') {
    throw formatError(`[${path}] Every ${key} member must be a string.`);
  }
  return value;
}

function number(source: JsonObject, key: string, at: string): number | undefined {
  const value = member(source, key);
  if (value === undefined) return undefined;
  const parsed = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof parsed !== 'number' || Number.isNaN(parsed)) {
    throw formatError(`[${at}/${key}] ${key} must be a number.`);
  }
  return parsed;
}

function objectMember(source: JsonObject, key: string): JsonObject | undefined {
  const value = member(source, key);
  return isObject(value) ? value : undefined;
}
