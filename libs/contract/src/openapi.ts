import * as v from 'valibot';
import { convert, FURTHER_RULES, namedSchemas, SCHEMAS, type Schema } from './json-schema.ts';
import type { Content, OpenApiDocument, OpenApiOperation, Parameter, Response } from './openapi-document.ts';
import {
  type Operation as ContractOperation,
  IDEMPOTENCY_KEY_HEADER,
  type Operations,
  type QueryValue,
} from './operation.ts';
import { PROBLEM_CONTENT_TYPE } from './problem.ts';

export { type FurtherRule, furtherRulesOf } from './further-rules.ts';
export { FURTHER_RULES, type Schema } from './json-schema.ts';
export type { Header, OpenApiDocument, OpenApiOperation, Parameter, Response } from './openapi-document.ts';

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

/** Operations have schemas that cannot be a part of them. */
export class InvalidOperations extends Error {
  override readonly name = 'InvalidOperations';
  readonly code = 'InvalidOperations';
}

/**
 * Makes the OpenAPI 3.1 document of an API from its operations. Rules that JSON Schema cannot express, such as `v.check(…)`, are left
 * out of the schemas. {@link furtherRulesOf} lists them.
 * @throws InvalidOperations names each part that cannot be sent, such as `getOrder.response.due`, and what to write instead
 * @example describeApi({ title: 'Orders', version: '1.0.0', operations, domains: ['amazonaws.com'] })
 */
export function describeApi({ title, version, operations, domains }: Described): OpenApiDocument {
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  const schemas = { ...namedSchemas() };
  const problems: string[] = [];
  const schemaOf: Converter = (...given) => {
    const converted = convert(...given);
    problems.push(...converted.problems);
    Object.assign(schemas, converted.definitions);
    return converted.schema;
  };
  for (const [operationId, operation] of Object.entries(operations)) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: describe(operationId, operation, schemaOf),
    };
  }
  if (problems.length > 0) throw new InvalidOperations(problems.join('\n'));
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
      schemas,
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

/** Converts a part of an operation, as {@link convert} does. */
type Converter = (...given: Parameters<typeof convert>) => Schema;

function describe(operationId: string, operation: ContractOperation, schemaOf: Converter): OpenApiOperation {
  const { summary, request, requestMediaType, response, responseMediaType, status, example = {} } = operation;
  const parts = (['pathParameters', 'query', 'headers'] as const).map(
    (part) => [part, describeParameters(operationId, operation, part, schemaOf)] as const,
  );
  const parameters = [
    ...parts.flatMap(([, described]) => described.parameters),
    ...(operation.idempotencyKey === true ? [idempotencyKey] : []),
  ];
  const rules = parts.flatMap(([part, described]) =>
    described.rules.length > 0 ? [[part, described.rules] as const] : [],
  );
  const mayBeUnchanged = Object.keys(operation.headers?.entries ?? {}).some((name) =>
    /^if-(?:none-match|modified-since)$/i.test(name),
  );
  return {
    operationId,
    summary,
    ...(operation.deprecated && { deprecated: true }),
    ...(parameters.length > 0 && { parameters }),
    ...(request !== undefined && {
      requestBody: {
        required: !v.is(request, undefined),
        ...content(schemaOf(request, `${operationId}.request`), requestMediaType, example.body),
      },
    }),
    responses: {
      [status]: {
        description: 'The request was executed.',
        ...describeHeaders(operationId, operation, schemaOf),
        ...(response !== undefined &&
          content(schemaOf(response, `${operationId}.response`, true), responseMediaType)),
      },
      ...(mayBeUnchanged && { 304: { description: 'The client has the response already.' } }),
      ...(operation.pathParameters !== undefined && {
        404: { description: 'Nothing has these path parameters.', ...problem },
      }),
      ...describeProblems(operationId, operation, schemaOf),
      default: {
        description:
          "The request was refused or has failed. API Gateway's own errors, such as 403, are no problem documents: they have a JSON body with a message.",
        ...problem,
      },
    },
    ...(rules.length > 0 && { [FURTHER_RULES]: Object.fromEntries(rules) }),
  };
}

/** Describes the declared headers of the response. */
function describeHeaders(
  operationId: string,
  { responseHeaders }: ContractOperation,
  schemaOf: Converter,
): Pick<Response, 'headers'> {
  if (responseHeaders === undefined) return {};
  const { properties = {}, required = [] } = schemaOf(
    responseHeaders,
    `${operationId}.responseHeaders`,
    true,
  ) as ObjectKeywords;
  const headers = Object.entries(properties).map(([name, { description, ...schema }]) => [
    name,
    { ...(typeof description === 'string' && { description }), required: required.includes(name), schema },
  ]);
  return { headers: Object.fromEntries(headers) };
}

/** Describes the declared problems by their status. */
function describeProblems(
  operationId: string,
  { problems = {} }: ContractOperation,
  schemaOf: Converter,
): Readonly<Record<string, Response>> {
  const byStatus = Object.groupBy(Object.entries(problems), ([, { status }]) => status);
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, all = []]) => {
      const schemas = all.map(([name, { title, type = 'about:blank', members }]) => {
        const { properties, required = [] } = (
          members === undefined ? {} : schemaOf(members, `${operationId}.problems.${name}`, true)
        ) as ObjectKeywords;
        return {
          ...problemKeywords,
          title: name,
          description: title,
          properties: { ...problemKeywords.properties, type: { type: 'string', const: type }, ...properties },
          required: [...(problemKeywords.required ?? []), 'type', ...required],
        };
      });
      const [only] = schemas;
      const schema = schemas.length === 1 && only !== undefined ? only : { oneOf: schemas };
      const description = all.map(([, { title }]) => title).join('; ');
      return [status, { description, ...content(schema, PROBLEM_CONTENT_TYPE) }] as const;
    }),
  );
}

/** Describes each parameter, and the rules for all of them together. */
function describeParameters(
  operationId: string,
  { method, path, example = {}, ...operation }: ContractOperation,
  part: 'pathParameters' | 'query' | 'headers',
  schemaOf: Converter,
): { readonly parameters: readonly Parameter[]; readonly rules: readonly string[] } {
  const schema = operation[part];
  if (schema === undefined) return { parameters: [], rules: [] };
  const {
    type: _,
    properties = {},
    required = [],
    additionalProperties,
    [FURTHER_RULES]: rules = [],
    ...others
  } = schemaOf(schema, `${operationId}.${part}`) as ObjectKeywords;
  const place = PLACES[part];
  const examples: Readonly<Record<string, QueryValue>> = example[part] ?? {};
  const parameters = Object.entries(properties).map(([name, { description, ...own }]) => ({
    name,
    in: place,
    description:
      typeof description === 'string' ? description : `The ${place} parameter ${name} of ${method} ${path}.`,
    required: required.includes(name) && !mayBeEmptyList(own),
    schema: own,
    ...(Object.hasOwn(examples, name) && { example: examples[name] }),
  }));
  const further = { ...(additionalProperties instanceof Object && { additionalProperties }), ...others };
  return {
    parameters,
    rules: [...Object.entries(further).map(([name, value]) => `${name} ${JSON.stringify(value)}`), ...rules],
  };
}

const PLACES = { pathParameters: 'path', query: 'query', headers: 'header' } as const;

interface ObjectKeywords {
  readonly type?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
  readonly [FURTHER_RULES]?: readonly string[];
}

/** A list that is required may be empty. It is then absent from the query. */
function mayBeEmptyList({ type, minItems = 0 }: Schema): boolean {
  return type === 'array' && minItems === 0;
}

const idempotencyKey: Parameter = {
  name: IDEMPOTENCY_KEY_HEADER,
  in: 'header',
  description: 'Requests with the same key are executed once. Makes it safe to repeat a request.',
  required: false,
  schema: { type: 'string' },
};

function content(schema: Schema, mediaType = 'application/json', example?: unknown): Content {
  return { content: { [mediaType]: { schema, ...(example !== undefined && { example }) } } };
}

const problem = content({ $ref: `${SCHEMAS}Problem` }, PROBLEM_CONTENT_TYPE);

/** The keywords of every problem, to which a declared one adds its members. */
const { Problem: problemKeywords = {} }: Readonly<Record<string, ObjectKeywords>> = namedSchemas();
