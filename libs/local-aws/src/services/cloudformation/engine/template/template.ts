import { defined } from '../../../../core/defined.ts';
import { formatError, unsupported } from './errors.ts';
import { isObject, itemsOf, type Json, type JsonObject, member, objectOf, scalarText, walk } from './json.ts';

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
    ...defined({ description: text(source, 'Description', '') }),
  };
}

function section<Value>(
  source: JsonObject,
  name: string,
  read: (key: string, value: Json) => Value,
): ReadonlyMap<string, Value> {
  if (member(source, name) === null) return new Map();
  return new Map(
    Object.entries(object(source, name, '') ?? {}).map(([key, entry]) => {
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
  const at = `/Resources/${id}`;
  if (!isObject(value)) throw formatError(`[${at}] resource definition is malformed`);
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
    throw formatError(`[${at}] Every Resources object must contain a Type member.`);
  }
  const metadata = member(value, 'Metadata');
  const dependsOn = [member(value, 'DependsOn') ?? []].flat();
  if (!dependsOn.every((name) => typeof name === 'string')) {
    throw formatError(`[${at}/DependsOn] Every DependsOn value must be a string.`);
  }
  return {
    type,
    properties: object(value, 'Properties', at) ?? {},
    dependsOn,
    deletionPolicy: policy(id, value, 'DeletionPolicy', ['Delete', 'Retain', 'RetainExceptOnCreate']),
    updateReplacePolicy: policy(id, value, 'UpdateReplacePolicy', ['Delete', 'Retain']),
    ...defined({
      condition: text(value, 'Condition', at),
      metadata: isObject(metadata) ? metadata : undefined,
    }),
  };
}

function isCustomResource(resource: JsonObject): boolean {
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
      description: text(value, 'Description', `/Outputs/${id}`),
      condition: text(value, 'Condition', `/Outputs/${id}`),
      exportName,
    }),
  };
}

function readMappings(source: JsonObject): JsonObject {
  const mappings = section(source, 'Mappings', (name, mapping) => {
    if (isObject(mapping) && Object.values(mapping).every(isObject)) return mapping;
    throw formatError(`[/Mappings/${name}] Every Mappings attribute must be an object of objects.`);
  });
  return objectOf(mappings);
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
      allowedValues: scalars(value, 'AllowedValues', at),
      description: text(value, 'Description', at),
      allowedPattern: text(value, 'AllowedPattern', at),
      constraintDescription: text(value, 'ConstraintDescription', at),
      minLength: number(value, 'MinLength', at),
      maxLength: number(value, 'MaxLength', at),
      minValue: number(value, 'MinValue', at),
      maxValue: number(value, 'MaxValue', at),
    }),
  };
}

/** Makes a function that reads an optional member. Its error names the member's path and the rule. */
function reader<Value>(read: (value: Json) => Value | undefined, rule: (key: string) => string) {
  return (source: JsonObject, key: string, at: string): Value | undefined => {
    const value = member(source, key);
    if (value === undefined) return undefined;
    const found = read(value);
    if (found === undefined) throw formatError(`[${at}/${key}] ${rule(key)}`);
    return found;
  };
}

const mustBeString = (key: string): string => `Every ${key} member must be a string.`;
const text = reader((value) => (typeof value === 'string' ? value : undefined), mustBeString);
const scalar = reader(scalarText, mustBeString);
const scalars = reader(
  (value) => {
    const texts = itemsOf(value).map(scalarText);
    return Array.isArray(value) && texts.every((item) => item !== undefined) ? texts : undefined;
  },
  (key) => `${key} must be a list of strings.`,
);
const number = reader(
  (value) => {
    const parsed = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    return typeof parsed === 'number' && !Number.isNaN(parsed) ? parsed : undefined;
  },
  (key) => `${key} must be a number.`,
);
const object = reader(
  (value) => (isObject(value) ? value : undefined),
  (key) => `${key} must be an object.`,
);
