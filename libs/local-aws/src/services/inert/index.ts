import { randomUUID } from 'node:crypto';
import type * as v from 'valibot';
import { permissionsOn, type ResourceContext, type ResourceType, tagsChange } from '../resource-type.ts';
import { type InertSchema, inertSchemas, objectSchema } from './shape.ts';
import { type InertType, inertTypes } from './types.ts';

type Properties = Readonly<Record<string, unknown>>;

/**
 * Resource types without effect here: alarms, dashboards, topics, rules, keys. Properties are checked, `Ref` and `Fn::GetAtt`
 * work, and deploying them needs AWS's permissions.
 */
export const inertResourceTypes: readonly ResourceType[] = Object.entries(inertTypes).flatMap(
  ([typeName, type]) => {
    const schema = inertSchemas[typeName];
    return schema === undefined ? [] : [inertType(typeName, type, schema)];
  },
);

function inertType(typeName: string, type: InertType, schema: InertSchema): ResourceType {
  const nameOf = (properties: Properties, context: ResourceContext) => {
    if (type.name === undefined) return randomUUID();
    return String(properties[type.name] ?? context.generateName());
  };
  const definition: ResourceType<v.GenericSchema<Properties>> = {
    typeName,
    isInert: true,
    properties: objectSchema(schema.properties),
    replacedBy: schema.replacedBy,
    requires(change) {
      const { handler, current, properties } = change;
      const actions = type[handler].map((action) => `${type.service}:${action}`);
      const takesTags = 'Tags' in schema.properties;
      const tagging =
        handler !== 'delete' && takesTags && tagsChange(change) && `${type.service}:TagResource`;
      const created = type.arn(change, nameOf(properties, change), properties);
      return permissionsOn(arnOf(current?.attributes) ?? created, ...actions, tagging);
    },
    async create(properties, context) {
      const name = nameOf(properties, context);
      const arn = type.arn(context, name, properties);
      const attributeValue = (attribute: string) => (/Arn$/.test(attribute) ? arn : name);
      return {
        physicalId: attributeValue(schema.ref),
        attributes: Object.fromEntries(
          schema.attributes.map((attribute) => [attribute, attributeValue(attribute)]),
        ),
      };
    },
    update: async (current) => current,
    delete: async () => {},
  };
  return definition as unknown as ResourceType;
}

function arnOf(attributes: Properties = {}): string | undefined {
  const arn = attributes.Arn ?? attributes.TopicArn;
  return arn === undefined ? undefined : String(arn);
}
