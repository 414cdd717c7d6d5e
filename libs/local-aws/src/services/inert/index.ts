import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import type { Scope } from '../../core/scope.ts';
import { functionArn, parseFunctionName } from '../lambda/functions/function-name.ts';
import {
  permissionsOn,
  type ResourceContext,
  type ResourceState,
  type ResourceType,
  tagsChange,
} from '../resource-type.ts';
import { checkProperties } from './checks/index.ts';
import schemas from './schemas.json' with { type: 'json' };
import types from './types.json' with { type: 'json' };

type Properties = Readonly<Record<string, unknown>>;

/** A property: a type's name, allowed values separated by `|`, a list, or an object. Required members end in `!`. */
export type Shape = string | [Shape] | { readonly [member: string]: Shape };

/** The parts of AWS's schema of a resource type that local AWS uses. */
export interface InertSchema {
  /** The property or attribute that `Ref` returns. */
  readonly ref: string;
  readonly attributes: readonly string[];
  readonly replacedBy: readonly string[];
  readonly properties: { readonly [name: string]: Shape };
}

/** AWS's schemas of the inert types, by name. scripts/generate-inert-types.ts writes them. */
export const inertSchemas = schemas as unknown as Readonly<Record<string, InertSchema>>;

/** The facts about a type that its schema lacks. */
interface InertType {
  /** The property that names the resource. Absent if AWS makes an ID. */
  readonly name?: string;
  /** The ARN of the resource, or of the resource of its permissions. Placeholders: scope, name and properties. */
  readonly arn: string;
  /** Attributes other than the name and the ARN, with placeholders. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Whether CloudFormation here imports it, by what `Ref` returns. Nothing is known of a resource that no stack has: it is taken to exist. */
  readonly isImported?: boolean;
  /** The action that sets tags. Default: `TagResource`. */
  readonly tag?: string;
  /** Condition keys of the requests of a deployment, with placeholders. */
  readonly context?: Readonly<Record<string, string>>;
  /**
   * The actions of the type's service that a deployment needs, from the `handlers` of AWS's schema. One that is not about a resource is
   * followed by ` *`.
   */
  readonly create: readonly string[];
  readonly update: readonly string[];
  readonly delete: readonly string[];
}

/** The types that have no effect, by name. */
export const inertTypes: Readonly<Record<string, InertType>> = types;

/** Resource types without effect here. Properties are checked as AWS's services do, and a deployment needs AWS's permissions. */
export const inertResourceTypes: readonly ResourceType[] = Object.entries(inertTypes).flatMap(
  ([typeName, type]) => {
    const schema = inertSchemas[typeName];
    return schema === undefined ? [] : [inertType(typeName, type, schema)];
  },
);

function inertType(typeName: string, type: InertType, schema: InertSchema): ResourceType {
  const nameOf = (properties: Properties, context: ResourceContext) => {
    if (type.name === undefined) return randomUUID();
    const isFifo = String(properties.FifoQueue ?? properties.FifoTopic) === 'true';
    return String(properties[type.name] ?? `${context.generateName()}${isFifo ? '.fifo' : ''}`);
  };
  const stateOf = (name: string, properties: Properties, context: ResourceContext): ResourceState => {
    const arn = fillIn(type.arn, context, name, properties);
    const attributeValue = (attribute: string) => {
      const template = type.attributes?.[attribute];
      if (template !== undefined) return fillIn(template, context, name, properties);
      return /Arn$/.test(attribute) ? arn : name;
    };
    return {
      physicalId: attributeValue(schema.ref),
      attributes: Object.fromEntries(
        schema.attributes.map((attribute) => [attribute, attributeValue(attribute)]),
      ),
    };
  };
  const service = typeName.split('::')[1]?.toLowerCase();
  const definition: ResourceType<v.GenericSchema<Properties>> = {
    typeName,
    isInert: true,
    properties: objectSchema(schema.properties),
    replacedBy: schema.replacedBy,
    requires(change) {
      const { handler, current, properties } = change;
      const tagged = handler !== 'delete' && 'Tags' in schema.properties && tagsChange(change);
      const created = fillIn(type.arn, change, nameOf(properties, change), properties);
      const actions = [...type[handler], ...(tagged ? [type.tag ?? 'TagResource'] : [])];
      const { Arn, TopicArn, EventSourceMappingArn } = current?.attributes ?? {};
      const present = String(Arn ?? TopicArn ?? EventSourceMappingArn ?? created);
      const context = Object.entries(type.context ?? {}).map(
        ([key, value]) => [key, fillIn(value, change, '', properties)] as const,
      );
      return actions.flatMap((each) => {
        const [action, resource = present] = each.split(' ');
        return permissionsOn(resource, `${service}:${action}`).map((permission) =>
          context.length === 0 ? permission : { ...permission, context: Object.fromEntries(context) },
        );
      });
    },
    async create(properties, context) {
      checkProperties(typeName, properties);
      return stateOf(nameOf(properties, context), properties, context);
    },
    ...(type.isImported && {
      identifiedBy: schema.ref,
      adopt: async (name: string, properties: Properties, context: ResourceContext) =>
        stateOf(name, properties, context),
    }),
    async update(current, properties) {
      checkProperties(typeName, properties);
      return current;
    },
    delete: async () => {},
  };
  return definition as unknown as ResourceType;
}

/**
 * Replaces placeholders; of a list, it uses the first item. `functionArn` is the ARN of the property `FunctionName`, which can be a name
 * or an ARN, and `queueName` the name in the first URL of `Queues`.
 */
function fillIn(template: string, scope: Scope, name: string, properties: Properties): string {
  const values: Properties = { ...properties, ...scope, name };
  const derived: Readonly<Record<string, () => string | undefined>> = {
    functionArn: () => unqualifiedArn(String(properties.FunctionName), scope),
    queueName: () => String([properties.Queues].flat()[0]).split('/').at(-1),
  };
  return template.replace(/\{(\w+)\}/g, (_, key: string) =>
    String(derived[key]?.() ?? [values[key]].flat()[0]),
  );
}

function unqualifiedArn(functionName: string, scope: Scope): string {
  const { accountId, region, name } = parseFunctionName(functionName, scope);
  return functionArn({ accountId, region, name });
}

function schemaOf(shape: Shape): v.GenericSchema {
  if (shape === 'json') return v.unknown();
  if (shape === 'string') return v.string();
  if (shape === 'number') return v.number();
  if (shape === 'boolean') return v.boolean();
  if (typeof shape === 'string') {
    return v.picklist(shape.split('|'), `must be one of ${shape.replaceAll('|', ', ')}`);
  }
  if (Array.isArray(shape)) return v.array(schemaOf(shape[0]));
  return objectSchema(shape);
}

function objectSchema(members: { readonly [name: string]: Shape }) {
  return v.strictObject(
    Object.fromEntries(
      Object.entries(members).map(([name, shape]) =>
        name.endsWith('!') ? [name.slice(0, -1), schemaOf(shape)] : [name, v.optional(schemaOf(shape))],
      ),
    ),
  );
}
