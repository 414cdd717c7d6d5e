import { toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import { schemaWithoutRoles, stageSchema } from '../../libs/serverless-plugin/src/settings/schema.ts';
import { descriptions, nestedDescriptions } from './setting-descriptions.ts';

/** The schema's file, from the repository's root. The package ships it, so an editor has the rules of the installed version. */
export const STAGES_SCHEMA = 'libs/serverless-plugin/stages.schema.json';

/** The parts of JSON Schema that are read and changed here. */
interface Schema {
  readonly [keyword: string]: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
}

/**
 * The JSON schema of services/stages.yml. It refuses nothing that the plugin accepts: a rule that JSON Schema cannot express is left out.
 * An entry whose name cannot be a stage's, such as `.base`, may have anything: stages share it with YAML's merge keys.
 */
export function stagesSchema(): object {
  const settings = described(convert(schemaWithoutRoles));
  const withRoles = convert(stageSchema);
  const { required = [], ...rest } = settings;
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Settings of stages',
    type: 'object',
    properties: {
      // It has defaults for what others must have.
      local: { description: 'Settings of local AWS, which has defaults.', $ref: '#/definitions/settings' },
    },
    patternProperties: {
      '^(?!local$)[a-zA-Z][a-zA-Z0-9-]{0,31}$': { $ref: '#/definitions/stage' },
    },
    definitions: {
      settings: rest,
      stage: {
        allOf: [{ $ref: '#/definitions/settings' }],
        required,
        properties: { seed: false },
        // Without a role that callers assume, no external ID is needed.
        if: {
          required: ['accessMode'],
          properties: {
            accessMode: { const: 'resource-policy' },
            previousAccessMode: { not: { const: 'assume-role' } },
          },
        },
        else: {
          required: added(withRoles, settings),
          properties: {
            callers: {
              additionalProperties: {
                required: added(entryOf('callers', withRoles), entryOf('callers', settings)),
              },
            },
          },
        },
      },
    },
  };
}

function convert(schema: v.GenericSchema): Schema {
  const { $schema: _, ...converted } = toJsonSchema(schema, {
    typeMode: 'input',
    errorMode: 'ignore',
    // The rules are the messages. Editors that know these keywords show them.
    overrideSchema: ({ valibotSchema, jsonSchema }) => {
      const { message } = valibotSchema as { readonly message?: unknown };
      return typeof message === 'string' ? { ...jsonSchema, errorMessage: message } : undefined;
    },
    overrideAction: ({ valibotAction, jsonSchema }) => {
      const { message } = valibotAction as { readonly message?: unknown };
      const isPattern = valibotAction.type === 'regex' && typeof message === 'string';
      return isPattern ? { ...jsonSchema, patternErrorMessage: message } : undefined;
    },
  });
  // The converter's types also allow `true` and `false` for each schema.
  return converted as unknown as Schema;
}

/** Adds what each setting is for, and its rule. */
function described(settings: Schema): Schema {
  const named = (schema: Schema, texts: Readonly<Record<string, string>>): Schema => ({
    ...schema,
    properties: Object.fromEntries(
      Object.entries(schema.properties ?? {}).map(([name, property]) => [
        name,
        { description: [texts[name], ruleOf(property)].filter(Boolean).join(' '), ...property },
      ]),
    ),
  });
  const { properties = {}, ...rest } = named(settings, descriptions);
  const { callers = {}, apis = {}, customDomain = {}, privateApi = {}, quotas = {} } = properties;
  return {
    ...rest,
    properties: {
      ...properties,
      customDomain: named(customDomain, nestedDescriptions.customDomain),
      privateApi: named(privateApi, nestedDescriptions.privateApi),
      quotas: named(quotas, nestedDescriptions.quotas),
      callers: {
        ...callers,
        additionalProperties: named(entryOf('callers', { properties }), nestedDescriptions.callers),
      },
      apis: {
        ...apis,
        additionalProperties: named(entryOf('apis', { properties }), nestedDescriptions.apis),
      },
    },
  };
}

function ruleOf({ errorMessage, patternErrorMessage = errorMessage }: Schema): string {
  const rule = typeof patternErrorMessage === 'string' ? patternErrorMessage : '';
  return rule === '' ? '' : `It ${rule}.`;
}

/** The schema of the entries of a setting that has names. */
function entryOf(setting: 'callers' | 'apis', { properties = {} }: Schema): Schema {
  const { [setting]: { additionalProperties = {} } = {} } = properties;
  return typeof additionalProperties === 'object' ? additionalProperties : {};
}

/** The properties that one schema requires, and another one does not. */
function added({ required = [] }: Schema, { required: others = [] }: Schema): readonly string[] {
  return required.filter((name) => !others.includes(name));
}
