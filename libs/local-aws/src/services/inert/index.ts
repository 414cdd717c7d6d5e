import { randomUUID } from 'node:crypto';
import { isArn, parseArn } from '@cross-account-api/iam';
import { type InertSchema, inertSchemas, type Shape } from '@cross-account-api/iam/aws';
import * as v from 'valibot';
import type { Scope } from '../../core/scope.ts';
import { deploymentPermissions } from '../deployment-permissions.ts';
import { functionArn, parseFunctionName } from '../lambda/functions/function-name.ts';
import type { ResourceContext, ResourceState, ResourceType } from '../resource-type.ts';
import { checkProperties } from './checks/index.ts';
import types from './types.json' with { type: 'json' };

type Properties = Readonly<Record<string, unknown>>;

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
  /** Condition keys of the requests of a deployment, with placeholders. */
  readonly context?: Readonly<Record<string, string>>;
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
      const { current, properties } = change;
      const created = fillIn(type.arn, change, nameOf(properties, change), properties);
      const { Arn, TopicArn, EventSourceMappingArn } = current?.attributes ?? {};
      const present = String(Arn ?? TopicArn ?? EventSourceMappingArn ?? created);
      const keys = Object.entries(type.context ?? {});
      const context = Object.fromEntries(
        keys.map(([key, value]) => [key, fillIn(value, change, '', properties)]),
      );
      return deploymentPermissions(typeName, change, (action, isOnAll) => {
        const isOwn = action.startsWith(`${service}:`);
        const resource = isOnAll ? '*' : isOwn ? present : otherArn(action, properties);
        return isOwn && keys.length > 0 ? { resource, context } : resource;
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

/** The first ARN in the properties that is one of an action's service. @example a role for `iam:GetRole` */
function otherArn(action: string, properties: Properties): string {
  const [service] = action.split(':');
  const texts = JSON.stringify(properties).split('"');
  return texts.find((text) => isArn(text) && parseArn(text).service === service) ?? '*';
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
