import { toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import { callerSchema } from './caller.ts';
import { jsonObjectSchema } from './json.ts';
import {
  type Operation as ContractOperation,
  IDEMPOTENCY_KEY_HEADER,
  type ObjectSchema,
  type Operations,
  type QueryValue,
} from './operation.ts';
import { PROBLEM_CONTENT_TYPE, problemSchema } from './problem.ts';

/** The part of JSON Schema that the document uses. */
export type Schema = Readonly<Record<string, unknown>>;

interface Content {
  readonly content: Readonly<Record<string, { readonly schema: Schema; readonly example?: unknown }>>;
}

/** An operation of {@link OpenApiDocument}. */
export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content & { readonly required?: boolean };
  readonly responses: Readonly<Record<string, Partial<Content> & { readonly description: string }>>;
}

/** A parameter of an {@link Operation}. */
export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly description?: string;
  readonly required?: boolean;
  readonly schema: Schema;
  readonly example?: unknown;
}

/** An OpenAPI document: the parts that the contract uses. See https://spec.openapis.org/oas/v3.1.0 */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly servers?: readonly unknown[];
  readonly security?: readonly unknown[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly securitySchemes?: Readonly<Record<string, unknown>>;
  };
}

/** The schemas that have a name in the document. */
const named = { Caller: callerSchema, JsonObject: jsonObjectSchema, Problem: problemSchema };

/** The input of {@link describeApi}. */
export interface Described {
  /** The name of the API, for people. */
  readonly title: string;
  /** The version of the contract. */
  readonly version: string;
  readonly operations: Operations;
  /**
   * The domains under which the API may be: those of the partitions of AWS, such as `amazonaws.com` and `amazonaws.com.cn`. The first
   * is the default.
   */
  readonly domains: readonly string[];
}

/**
 * Makes the OpenAPI 3.1 document of an API from its operations.
 * @example describeApi({ title: 'Orders', version: '1.0.0', operations, domains: ['amazonaws.com'] })
 */
export function describeApi({ title, version, operations, domains }: Described): OpenApiDocument {
  const paths: Record<string, Record<string, Operation>> = {};
  for (const [operationId, operation] of Object.entries(operations)) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: describe(operationId, operation),
    };
  }
  return {
    openapi: '3.1.0',
    info: { title, version },
    servers: [
      {
        url: 'https://{api}.execute-api.{region}.{domain}/{stage}',
        variables: {
          api: { default: 'api' },
          region: { default: 'us-east-1' },
          domain: { default: domains[0], enum: [...new Set(domains)] },
          stage: { default: 'dev' },
        },
      },
    ],
    security: [{ sigv4: [] }],
    paths,
    components: {
      schemas: Object.fromEntries(
        Object.entries(named).map(([name, schema]) => [name, jsonSchema(schema, 'input', name)]),
      ),
      securitySchemes: {
        // https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authtype.html
        sigv4: {
          type: 'apiKey',
          name: 'Authorization',
          in: 'header',
          'x-amazon-apigateway-authtype': 'awsSigv4',
        },
      },
    },
  };
}

function describe(operationId: string, operation: ContractOperation): Operation {
  const { method, path, summary, pathParameters, query, request, response, status, example = {} } = operation;
  const remembersKeys = operation.idempotencyKey === true;
  const parameters = [
    ...parametersOf('path', pathParameters, example.pathParameters, `${method} ${path}`),
    ...parametersOf('query', query, example.query, `${method} ${path}`),
    ...(remembersKeys ? [idempotencyKey] : []),
  ];
  return {
    operationId,
    summary,
    ...(parameters.length > 0 && { parameters }),
    ...(request !== undefined && {
      requestBody: { required: true, ...content('application/json', request, 'input', example.body) },
    }),
    responses: {
      [status]: {
        description: 'The request was executed.',
        ...(response !== undefined && content('application/json', response, 'output')),
      },
      ...(pathParameters !== undefined && {
        404: {
          description: 'Nothing has these path parameters.',
          ...content(PROBLEM_CONTENT_TYPE, problemSchema, 'input'),
        },
      }),
      default: {
        description:
          "The request was refused or has failed. API Gateway's own errors, such as 403, are no problem documents: they have a JSON body with a message.",
        ...content(PROBLEM_CONTENT_TYPE, problemSchema, 'input'),
      },
    },
  };
}

/** @param example a value for each parameter */
function parametersOf(
  place: 'path' | 'query',
  schema: ObjectSchema<unknown> | undefined,
  example: Readonly<Record<string, QueryValue>> = {},
  where: string,
): Parameter[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...own }]) => ({
    name,
    in: place,
    description:
      typeof description === 'string' ? description : `The ${place} parameter ${name} of ${where}.`,
    required: place === 'path' || required.includes(name),
    schema: own,
    ...(Object.hasOwn(example, name) && { example: example[name] }),
  }));
}

const idempotencyKey: Parameter = {
  name: IDEMPOTENCY_KEY_HEADER,
  in: 'header',
  description: 'Requests with the same key are executed once. Makes it safe to repeat a request.',
  required: false,
  schema: { type: 'string' },
};

function content(
  mediaType: string,
  schema: v.GenericSchema,
  typeMode: 'input' | 'output',
  example?: unknown,
): Content {
  const described = { schema: jsonSchema(schema, typeMode), ...(example !== undefined && { example }) };
  return { content: { [mediaType]: described } };
}

/**
 * @param typeMode whether the schema describes the input or the output of parsing
 * @param name the schema's own name, to write it out instead of a reference
 */
function jsonSchema(schema: v.GenericSchema, typeMode: 'input' | 'output', name?: string): Schema {
  const definitions = Object.fromEntries(Object.entries(named).filter(([other]) => other !== name));
  const {
    $schema: _,
    $defs: __,
    ...result
  } = toJsonSchema(schema, {
    target: 'draft-2020-12',
    typeMode,
    definitions,
    overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
    // A custom schema is a function, which cannot be converted.
    overrideSchema: ({ valibotSchema }) =>
      valibotSchema === jsonObjectSchema ? { type: 'object' } : undefined,
  });
  return result;
}
