/**
 * A plugin with which the framework validates serverless.yml in a third of the time. The framework generates code for every
 * property and event that it knows, 9 MB, and each command compiles that. Here, it only generates the code for those that
 * serverless.yml has. The outcome is the same: the schema of a property or event judges that one alone.
 */
export default class LeanValidation {
  /** @param {{ configSchemaHandler: ConfigSchemaHandler }} serverless */
  constructor({ configSchemaHandler: handler }) {
    const validateConfig = handler.validateConfig.bind(handler);
    handler.validateConfig = (config) => {
      const functions = Object.values(config.functions ?? {}).map((definition) => definition ?? {});
      const { provider, functions: byName } = handler.schema.properties;
      keepProperties(provider, [config.provider]);
      for (const definition of Object.values(byName.patternProperties)) {
        keepProperties(definition, functions);
        keepEvents(definition, functions);
      }
      return validateConfig(config);
    };
  }
}

/**
 * @param {ObjectSchema} schema
 * @param {readonly object[]} values that are validated by the schema
 */
function keepProperties(schema, values) {
  const names = new Set([...(schema.required ?? []), ...values.flatMap(Object.keys)]);
  schema.properties = Object.fromEntries(
    Object.entries(schema.properties).filter(([name]) => names.has(name)),
  );
}

/**
 * @param {ObjectSchema} schema of a function
 * @param {readonly FunctionDefinition[]} functions
 */
function keepEvents({ properties }, functions) {
  const { events } = properties;
  if (events?.items === undefined) return;
  const names = new Set(functions.flatMap((definition) => definition.events ?? []).flatMap(Object.keys));
  // The first schema is the framework's own, so that there is one at least.
  const anyOf = events.items.anyOf.filter(
    ({ required }, index) => index === 0 || required.some((name) => names.has(name)),
  );
  properties.events = { ...events, items: { ...events.items, anyOf } };
}

/**
 * @typedef {{ events?: object[] }} FunctionDefinition
 *
 * @typedef {{
 *   properties: Record<string, { items?: { anyOf: { required: string[] }[] } }>,
 *   required?: string[],
 * }} ObjectSchema
 *
 * @typedef {{
 *   schema: { properties: { provider: ObjectSchema, functions: { patternProperties: Record<string, ObjectSchema> } } },
 *   validateConfig(config: { provider: object, functions?: Record<string, FunctionDefinition | null> }): Promise<void>,
 * }} ConfigSchemaHandler what this plugin uses of the framework
 */
