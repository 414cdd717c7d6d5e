/**
 * A plugin with which the framework validates serverless.yml in 50 ms instead of 340 ms. The framework generates code for every
 * property and event that it knows, 9 MB, and each command loads that. Here, it generates code only for what serverless.yml has,
 * 0.8 MB. The outcome is the same: the schema of a property or event judges that one alone.
 */
export default class LeanValidation {
  /** @param {{ configSchemaHandler: ConfigSchemaHandler }} serverless */
  constructor({ configSchemaHandler: handler }) {
    const validateConfig = handler.validateConfig.bind(handler);
    handler.validateConfig = (config) => {
      const { definitions = {}, ...schema } = handler.schema;
      handler.schema = prune(schema, [config], definitions);
      return validateConfig(config);
    };
  }
}

/**
 * @param {Schema} schema
 * @param {readonly unknown[]} values that the schema is to judge
 * @param {Record<string, Schema>} definitions to which schemas refer
 * @returns {Schema} the schema without what it says of other values
 */
function prune(schema, values, definitions) {
  const { $ref, properties, patternProperties, items, anyOf, oneOf } = schema;
  const definition = definitions[String($ref?.replace('#/definitions/', ''))];
  if (definition !== undefined) return prune(definition, values, definitions);
  const objects = values.filter((value) => typeof value === 'object' && value !== null);
  const elements = values.filter(Array.isArray).flat();
  /** @param {string} name */
  const isThere = (name) => objects.some((object) => Object.hasOwn(object, name));
  /** @param {string} name */
  const valuesOf = (name) => objects.map((object) => Reflect.get(object, name));
  return {
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties)
          .filter(([name]) => isThere(name) || schema.required?.includes(name))
          .map(([name, property]) => [name, prune(property, valuesOf(name), definitions)]),
      ),
    }),
    ...(patternProperties && {
      patternProperties: Object.fromEntries(
        Object.entries(patternProperties).map(([pattern, property]) => [
          pattern,
          prune(property, objects.flatMap(Object.values), definitions),
        ]),
      ),
    }),
    ...(items && {
      items: Array.isArray(items)
        ? items.map((item) => prune(item, elements, definitions))
        : prune(items, elements, definitions),
    }),
    ...(oneOf && { oneOf: oneOf.map((option) => prune(option, values, definitions)) }),
    ...(anyOf && {
      // One must be left.
      anyOf: anyOf
        .filter(({ required = [] }, index) => index === 0 || required.length === 0 || required.some(isThere))
        .map((option) => prune(option, values, definitions)),
    }),
  };
}

/**
 * @typedef {{
 *   $ref?: string,
 *   definitions?: Record<string, Schema>,
 *   properties?: Record<string, Schema>,
 *   patternProperties?: Record<string, Schema>,
 *   items?: Schema | Schema[],
 *   anyOf?: Schema[],
 *   oneOf?: Schema[],
 *   required?: string[],
 * }} Schema the keywords with schemas in them that the framework and its plugins use
 *
 * @typedef {{
 *   schema: Schema,
 *   validateConfig(config: object): Promise<void>,
 * }} ConfigSchemaHandler what this plugin uses of the framework
 */
