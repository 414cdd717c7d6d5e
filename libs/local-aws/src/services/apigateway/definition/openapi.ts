import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { isObject } from '../../../core/is-object.ts';
import { words } from '../../../core/words.ts';
import type { ModelSchema, RequestValidator, RestApiSettings } from '../store.ts';
import { badRequest } from './errors.ts';
import { gatewayResponseEntries } from './gateway-response.ts';
import { type MethodProperties, methodEntries } from './method.ts';

/** What a document of OpenAPI says about an API. */
export interface ApiDescription {
  readonly title?: string;
  readonly description?: string;
  readonly settings: DescribedSettings;
  readonly models: ReadonlyMap<string, ModelSchema>;
  readonly validators: ReadonlyMap<string, RequestValidator>;
  readonly gatewayResponses: readonly v.InferOutput<typeof gatewayResponseSchema>[];
  readonly methods: readonly DescribedMethod[];
}

/** Settings of the API itself, in AWS's extensions (`x-amazon-apigateway-…`). */
export interface DescribedSettings
  extends Partial<Pick<RestApiSettings, 'binaryMediaTypes' | 'disableExecuteApiEndpoint'>> {
  readonly policy?: Readonly<Record<string, unknown>> | string;
}

/** A method on a path. */
export interface DescribedMethod {
  readonly path: string;
  readonly properties: MethodProperties;
  /** The name of its request validator. */
  readonly validator?: string;
}

type Document = Readonly<Record<string, unknown>>;

const PREFIX = 'x-amazon-apigateway-';
const VERBS: ReadonlyMap<string, string> = new Map([
  ...['delete', 'get', 'head', 'options', 'patch', 'post', 'put'].map((verb): [string, string] => [
    verb,
    verb.toUpperCase(),
  ]),
  [`${PREFIX}any-method`, 'ANY'],
]);

const methodSchema = v.strictObject(methodEntries);
const gatewayResponseSchema = v.strictObject(gatewayResponseEntries);
const validatorSchema = v.object({
  validateRequestBody: v.optional(v.boolean(), false),
  validateRequestParameters: v.optional(v.boolean(), false),
});
const settingsSchema = v.object({
  policy: v.optional(v.union([v.string(), v.record(v.string(), v.unknown())])),
  'binary-media-types': v.optional(v.array(v.string())),
  'endpoint-configuration': v.optional(
    v.strictObject({ disableExecuteApiEndpoint: v.optional(v.boolean()) }),
    {},
  ),
});

/** AWS's extensions at the root of a document. `documentation` and `importexport-version` change no answer of the API. */
const ROOT_EXTENSIONS = words(
  `policy binary-media-types endpoint-configuration request-validators request-validator gateway-responses documentation
   importexport-version`,
);

/**
 * Reads a document of OpenAPI 2.0 or 3.0 with the extensions of API Gateway
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html).
 * @throws AwsError that names everything in it that cannot be imported
 */
export function readOpenApi(document: Document): ApiDescription {
  const reader = new Reader(document);
  const description = reader.read();
  if (reader.problems.length === 0) return description;
  throw badRequest(`Errors found during import:\n\t${reader.problems.join('\n\t')}`);
}

/** The credentials of the integrations in a document. */
export function credentialsIn(document: Document): readonly string[] {
  return Object.values(objectIn(document, 'paths'))
    .flatMap((item) => (isObject(item) ? Object.values(item) : []))
    .flatMap((operation) => {
      if (!isObject(operation)) return [];
      return textOf(objectIn(operation, `${PREFIX}integration`).credentials) ?? [];
    });
}

class Reader {
  readonly problems: string[] = [];
  readonly #document: Document;
  readonly #isOld: boolean;
  readonly #models = new Map<string, ModelSchema>();

  constructor(document: Document) {
    this.#document = document;
    this.#isOld = document.swagger === '2.0';
    if (!this.#isOld && !/^3\.0(\.\d+)?$/.test(String(document.openapi))) {
      this.problems.push('The document must have swagger: "2.0" or openapi: "3.0.1".');
    }
  }

  read(): ApiDescription {
    const info = objectIn(this.#document, 'info');
    const components = objectIn(this.#document, 'components');
    const schemas = this.#isOld ? objectIn(this.#document, 'definitions') : objectIn(components, 'schemas');
    for (const [name, schema] of Object.entries(schemas)) this.#addModel(name, schema);
    const validators = this.#validators();
    const methods = this.#methods();
    this.#checkRoot(methods);
    return {
      settings: this.#settings(),
      models: this.#models,
      validators,
      gatewayResponses: this.#gatewayResponses(),
      methods,
      ...defined({ title: textOf(info.title), description: textOf(info.description) }),
    };
  }

  /** Extensions that are not read would look as if they worked. */
  #checkRoot(methods: readonly DescribedMethod[]): void {
    for (const name of Object.keys(this.#document)) {
      if (!name.startsWith(PREFIX) || ROOT_EXTENSIONS.includes(name.slice(PREFIX.length))) continue;
      this.problems.push(`local AWS does not support ${name}.`);
    }
    const isOpen = methods.some(({ properties }) => properties.AuthorizationType === 'NONE');
    if (isOpen && Array.isArray(this.#document.security) && this.#document.security.length > 0) {
      this.problems.push(
        'local AWS does not support security at the root of the document: put it into each operation.',
      );
    }
  }

  #settings(): DescribedSettings {
    const given = Object.fromEntries(
      Object.entries(this.#document).flatMap(([name, value]) =>
        name.startsWith(PREFIX) ? [[name.slice(PREFIX.length), value]] : [],
      ),
    );
    const settings = this.#parse('The document', settingsSchema, given);
    if (settings === undefined) return {};
    return defined({
      policy: settings.policy,
      binaryMediaTypes: settings['binary-media-types'],
      ...settings['endpoint-configuration'],
    });
  }

  #validators(): ReadonlyMap<string, RequestValidator> {
    return new Map(
      Object.entries(objectIn(this.#document, `${PREFIX}request-validators`)).flatMap(([name, given]) => {
        const validator = this.#parse(`Request validator ${name}`, validatorSchema, given);
        return validator === undefined ? [] : [[name, validator] as const];
      }),
    );
  }

  #gatewayResponses(): ApiDescription['gatewayResponses'] {
    return Object.entries(objectIn(this.#document, `${PREFIX}gateway-responses`)).flatMap(
      ([ResponseType, given]) => {
        const response = isObject(given) ? capitalized(given) : {};
        const StatusCode = response.StatusCode === undefined ? undefined : String(response.StatusCode);
        const properties = defined({ ...response, ResponseType, StatusCode });
        return this.#parse(`Gateway response ${ResponseType}`, gatewayResponseSchema, properties) ?? [];
      },
    );
  }

  #methods(): readonly DescribedMethod[] {
    return Object.entries(objectIn(this.#document, 'paths')).flatMap(([path, given]) => {
      const item = this.#resolved(given);
      return Object.entries(item).flatMap(([verb, operation]) => {
        const HttpMethod = VERBS.get(verb);
        return HttpMethod === undefined || !isObject(operation)
          ? []
          : (this.#method(path, HttpMethod, operation, item) ?? []);
      });
    });
  }

  #method(
    path: string,
    HttpMethod: string,
    operation: Document,
    item: Document,
  ): DescribedMethod | undefined {
    const parameters = this.#parameters([item.parameters, operation.parameters]);
    const given = defined({
      HttpMethod,
      ...this.#authorization(operation),
      OperationName: textOf(operation.operationId),
      RequestParameters: Object.fromEntries(
        parameters.flatMap((one) => {
          const place = PLACES.get(String(one.in));
          return place === undefined ? [] : [[`method.request.${place}.${one.name}`, one.required === true]];
        }),
      ),
      RequestModels: this.#requestModels(operation, parameters),
      MethodResponses: this.#methodResponses(operation),
      Integration: integrationOf(operation[`${PREFIX}integration`]),
    });
    const properties = this.#parse(`${HttpMethod} ${path}`, methodSchema, given);
    const named = operation[`${PREFIX}request-validator`] ?? this.#document[`${PREFIX}request-validator`];
    return properties && { path, properties, ...defined({ validator: textOf(named) }) };
  }

  /** Parameters of the operation hide those of its path. */
  #parameters(lists: readonly unknown[]): readonly Document[] {
    const found = lists
      .flatMap((list) => (Array.isArray(list) ? list : []))
      .map((one) => this.#resolved(one));
    return [...new Map(found.map((one) => [`${one.in} ${one.name}`, one])).values()];
  }

  #authorization(operation: Document): Document {
    const { type } = objectIn(operation, `${PREFIX}auth`);
    if (type !== undefined) return { AuthorizationType: String(type).toUpperCase() };
    const required = Array.isArray(operation.security) ? operation.security.filter(isObject) : [];
    const schemes = required.flatMap((one) => Object.keys(one)).map((name) => this.#securityScheme(name));
    // What is not a signature is the type of an authorizer, which is refused.
    const other = schemes.find((scheme) => scheme !== 'awsSigv4' && scheme !== 'apiKey');
    return {
      AuthorizationType: other?.toUpperCase() ?? (schemes.includes('awsSigv4') ? 'AWS_IAM' : 'NONE'),
      ...(schemes.includes('apiKey') && { ApiKeyRequired: true }),
    };
  }

  /** What a scheme asks for: `awsSigv4`, `apiKey`, or the type of an authorizer. */
  #securityScheme(name: string): string {
    const schemes = this.#isOld
      ? objectIn(this.#document, 'securityDefinitions')
      : objectIn(objectIn(this.#document, 'components'), 'securitySchemes');
    const scheme = this.#resolved(schemes[name]);
    const authType = textOf(scheme[`${PREFIX}authtype`]);
    if (authType !== undefined) return authType;
    return scheme.type === 'apiKey' && /^x-api-key$/i.test(String(scheme.name)) ? 'apiKey' : 'custom';
  }

  /** The names of the models of a body, by content type. */
  #requestModels(operation: Document, parameters: readonly Document[]): Readonly<Record<string, string>> {
    const body = parameters.find((one) => one.in === 'body');
    const consumes = operation.consumes ?? this.#document.consumes ?? ['application/json'];
    const content = this.#isOld
      ? Object.fromEntries(Array.isArray(consumes) ? consumes.map((type) => [String(type), body]) : [])
      : objectIn(this.#resolved(operation.requestBody), 'content');
    return Object.fromEntries(
      Object.entries(content).flatMap(([type, described]) => {
        const schema = isObject(described) ? described.schema : undefined;
        return isObject(schema) ? [[type, this.#modelName(schema)]] : [];
      }),
    );
  }

  #methodResponses(operation: Document): readonly object[] {
    return Object.entries(objectIn(operation, 'responses')).flatMap(([StatusCode, given]) => {
      if (!/^\d{3}$/.test(StatusCode)) return [];
      // The models of responses are left out: they check nothing.
      const headers = Object.keys(objectIn(this.#resolved(given), 'headers'));
      const parameters = headers.map((name) => [`method.response.header.${name}`, false]);
      return { StatusCode, ResponseParameters: Object.fromEntries(parameters) };
    });
  }

  /** The name of the model that a schema is: its own, or one that is made for it. */
  #modelName(schema: Document): string {
    const [, referenced] = SCHEMA_REFERENCE.exec(textOf(schema.$ref) ?? '') ?? [];
    if (referenced !== undefined) return referenced;
    const name = `MODEL${createHash('sha256').update(JSON.stringify(schema)).digest('hex').slice(0, 6)}`;
    this.#addModel(name, schema);
    return name;
  }

  #addModel(name: string, schema: unknown): void {
    if (!/^[A-Za-z0-9]+$/.test(name)) {
      this.problems.push(`Model name must be alphanumeric: ${name}`);
    }
    const model = withModelReferences(schema);
    if (isObject(model)) this.#models.set(name, model);
  }

  /** Follows `#/…` to what it names in the document. */
  #resolved(value: unknown, depth = 0): Document {
    if (!isObject(value)) return {};
    const reference = textOf(value.$ref);
    if (reference === undefined || depth > 20) return value;
    const found = reference.startsWith('#/')
      ? reference
          .slice(2)
          .split('/')
          .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
          .reduce<unknown>((node, key) => (isObject(node) ? node[key] : undefined), this.#document)
      : undefined;
    if (!isObject(found)) {
      this.problems.push(`The document has nothing at ${reference}.`);
      return {};
    }
    return this.#resolved(found, depth + 1);
  }

  #parse<Schema extends v.GenericSchema>(
    what: string,
    schema: Schema,
    value: unknown,
  ): v.InferOutput<Schema> | undefined {
    const result = v.safeParse(schema, value);
    if (result.success) return result.output;
    for (const issue of result.issues) {
      const path = v.getDotPath(issue);
      this.problems.push(`${what}: ${path === null ? '' : `${path}: `}${issue.message}`);
    }
    return undefined;
  }
}

const SCHEMA_REFERENCE = /^#\/(?:definitions|components\/schemas)\/(.+)$/;

/** Where parameters are, in the words of mapping expressions. AWS ignores cookies and forms. */
const PLACES: ReadonlyMap<string, string> = new Map([
  ['header', 'header'],
  ['query', 'querystring'],
  ['path', 'path'],
]);

/** An integration as `AWS::ApiGateway::Method` has it. */
function integrationOf(given: unknown): object | undefined {
  if (!isObject(given)) return undefined;
  const { type, httpMethod, passthroughBehavior, connectionType, contentHandling, responses, ...others } =
    given;
  const upper = (value: unknown) => (typeof value === 'string' ? value.toUpperCase() : value);
  return defined({
    ...capitalized(others),
    Type: upper(type),
    IntegrationHttpMethod: upper(httpMethod),
    PassthroughBehavior: upper(passthroughBehavior),
    ConnectionType: upper(connectionType),
    ContentHandling: upper(contentHandling),
    IntegrationResponses: Object.entries(isObject(responses) ? responses : {}).map(([pattern, response]) => {
      const answered = isObject(response) ? capitalized(response) : {};
      return defined({
        ...answered,
        StatusCode: answered.StatusCode === undefined ? undefined : String(answered.StatusCode),
        SelectionPattern: pattern === 'default' ? undefined : pattern,
      });
    }),
  });
}

function capitalized(members: Document): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name.charAt(0).toUpperCase() + name.slice(1), value]),
  );
}

/** References to schemas of the document become references to models of the API. */
function withModelReferences(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withModelReferences);
  if (!isObject(schema)) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      const [, name] = (key === '$ref' && SCHEMA_REFERENCE.exec(String(value))) || [];
      return [
        key,
        name === undefined
          ? withModelReferences(value)
          : `https://apigateway.amazonaws.com/restapis/this/models/${name}`,
      ];
    }),
  );
}

function objectIn(parent: Document, name: string): Document {
  const value = parent[name];
  return isObject(value) ? value : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
