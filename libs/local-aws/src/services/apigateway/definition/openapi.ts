import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { isObject } from '../../../core/is-object.ts';
import { words } from '../../../core/words.ts';
import type { ModelSchema } from '../store.ts';
import { badRequest } from './errors.ts';
import { gatewayResponseProperties, integrationRole, methodProperties } from './properties.ts';

type Document = Readonly<Record<string, unknown>>;

const PREFIX = 'x-amazon-apigateway-';
const VERBS: ReadonlyMap<string, string> = new Map([
  ...words('delete get head options patch post put').map((verb) => [verb, verb.toUpperCase()] as const),
  [`${PREFIX}any-method`, 'ANY'],
]);

/** Locations of parameters in OpenAPI, with their names in mapping expressions. AWS ignores cookies and forms. */
const PLACES: ReadonlyMap<unknown, string> = new Map([
  ['header', 'header'],
  ['query', 'querystring'],
  ['path', 'path'],
]);

const validatorSchema = v.object({
  validateRequestBody: v.optional(v.boolean(), false),
  validateRequestParameters: v.optional(v.boolean(), false),
});
const settingsSchema = v.object({
  'x-amazon-apigateway-policy': v.optional(v.union([v.string(), v.record(v.string(), v.unknown())])),
  'x-amazon-apigateway-binary-media-types': v.optional(v.array(v.string())),
  'x-amazon-apigateway-endpoint-configuration': v.optional(
    v.strictObject({ disableExecuteApiEndpoint: v.optional(v.boolean()) }),
  ),
});

/** AWS's extensions at the root of a document. `documentation` and `importexport-version` do not change the API's responses. */
const ROOT_EXTENSIONS = words(
  `policy binary-media-types endpoint-configuration request-validators request-validator gateway-responses documentation
   importexport-version`,
);

const SCHEMA_REFERENCE = /^#\/(?:definitions|components\/schemas)\/(.+)$/;

/** The description of an API in an OpenAPI document. */
export type ApiDescription = ReturnType<typeof readOpenApi>;

/**
 * Reads a document of OpenAPI 2.0 or 3.0 with the extensions of API Gateway
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html).
 * @throws AwsError that lists everything that cannot be imported
 */
export function readOpenApi(document: Document) {
  const problems: string[] = [];
  const models = new Map<string, ModelSchema>();
  const isOld = document.swagger === '2.0';
  if (!isOld && !/^3\.0(\.\d+)?$/.test(String(document.openapi))) {
    problems.push('The document must have swagger: "2.0" or openapi: "3.0.1".');
  }
  const components = objectIn(document, 'components');
  const schemas = isOld ? objectIn(document, 'definitions') : objectIn(components, 'schemas');
  for (const [name, schema] of Object.entries(schemas)) addModel(name, schema);
  const validators = Object.entries(objectIn(document, `${PREFIX}request-validators`)).flatMap(
    ([name, given]) => {
      const validator = parse(`Request validator ${name}`, validatorSchema, given);
      return validator === undefined ? [] : [[name, validator] as const];
    },
  );
  const methods = Object.entries(objectIn(document, 'paths')).flatMap(([path, given]) => {
    const item = resolved(given);
    return Object.entries(item).flatMap(([verb, operation]) => {
      const HttpMethod = VERBS.get(verb);
      if (HttpMethod === undefined || !isObject(operation)) return [];
      return methodAt(path, HttpMethod, operation, item) ?? [];
    });
  });
  // To ignore an unsupported extension would look like success.
  for (const name of Object.keys(document)) {
    if (!name.startsWith(PREFIX) || ROOT_EXTENSIONS.includes(name.slice(PREFIX.length))) continue;
    problems.push(`local AWS does not support ${name}.`);
  }
  const isOpen = methods.some(({ properties }) => properties.authorizationType === 'NONE');
  if (isOpen && Array.isArray(document.security) && document.security.length > 0) {
    problems.push(
      'local AWS does not support security at the root of the document: put it into each operation.',
    );
  }
  const settings = parse('The document', settingsSchema, document) ?? {};
  const gatewayResponses = Object.entries(objectIn(document, `${PREFIX}gateway-responses`)).flatMap(
    ([ResponseType, given]) => {
      const properties = { ...capitalized(given), ResponseType };
      return parse(`Gateway response ${ResponseType}`, gatewayResponseProperties, properties) ?? [];
    },
  );
  if (problems.length > 0) throw badRequest(`Errors found during import:\n\t${problems.join('\n\t')}`);
  const info = objectIn(document, 'info');
  return {
    title: textOf(info.title),
    description: textOf(info.description),
    policy: settings['x-amazon-apigateway-policy'],
    binaryMediaTypes: settings['x-amazon-apigateway-binary-media-types'],
    ...settings['x-amazon-apigateway-endpoint-configuration'],
    models,
    validators: new Map(validators),
    gatewayResponses,
    methods,
  };

  function methodAt(path: string, HttpMethod: string, operation: Document, item: Document) {
    // Parameters of the operation override those of its path.
    const lists = [item.parameters, operation.parameters].flatMap((list) =>
      Array.isArray(list) ? list : [],
    );
    const byName = new Map(lists.map((one) => resolved(one)).map((one) => [`${one.in} ${one.name}`, one]));
    const parameters = [...byName.values()];
    const required = parameters.flatMap((one) => {
      const place = PLACES.get(one.in);
      return place === undefined ? [] : [[`method.request.${place}.${one.name}`, one.required === true]];
    });
    const given = defined({
      HttpMethod,
      ...authorizationOf(operation),
      OperationName: textOf(operation.operationId),
      RequestParameters: Object.fromEntries(required),
      RequestModels: requestModels(operation, parameters),
      MethodResponses: methodResponses(operation),
      Integration: integrationOf(operation[`${PREFIX}integration`]),
    });
    const properties = parse(`${HttpMethod} ${path}`, methodProperties, given);
    const validator = operation[`${PREFIX}request-validator`] ?? document[`${PREFIX}request-validator`];
    return properties && { path, properties, validator: textOf(validator) };
  }

  function authorizationOf(operation: Document): Document {
    const { type } = objectIn(operation, `${PREFIX}auth`);
    if (type !== undefined) return { AuthorizationType: String(type).toUpperCase() };
    const required = Array.isArray(operation.security) ? operation.security.filter(isObject) : [];
    const schemes = required.flatMap((one) => Object.keys(one)).map(securityScheme);
    // Every other scheme is the type of an authorizer, which is refused.
    const other = schemes.find((scheme) => scheme !== 'awsSigv4' && scheme !== 'apiKey');
    return {
      AuthorizationType: other?.toUpperCase() ?? (schemes.includes('awsSigv4') ? 'AWS_IAM' : 'NONE'),
      ...(schemes.includes('apiKey') && { ApiKeyRequired: true }),
    };
  }

  /** The kind of a security scheme: `awsSigv4`, `apiKey`, or the type of an authorizer. */
  function securityScheme(name: string): string {
    const named = isOld ? objectIn(document, 'securityDefinitions') : objectIn(components, 'securitySchemes');
    const scheme = resolved(named[name]);
    const authType = textOf(scheme[`${PREFIX}authtype`]);
    if (authType !== undefined) return authType;
    return scheme.type === 'apiKey' && /^x-api-key$/i.test(String(scheme.name)) ? 'apiKey' : 'custom';
  }

  /** The names of the models of a body, by content type. */
  function requestModels(operation: Document, parameters: readonly Document[]): Document {
    const body = parameters.find((one) => one.in === 'body');
    const consumes = operation.consumes ?? document.consumes ?? ['application/json'];
    const content = isOld
      ? Object.fromEntries(Array.isArray(consumes) ? consumes.map((type) => [String(type), body]) : [])
      : objectIn(resolved(operation.requestBody), 'content');
    return Object.fromEntries(
      Object.entries(content).flatMap(([type, described]) => {
        const schema = isObject(described) ? described.schema : undefined;
        return isObject(schema) ? [[type, modelName(schema)]] : [];
      }),
    );
  }

  function methodResponses(operation: Document): readonly object[] {
    return Object.entries(objectIn(operation, 'responses')).flatMap(([StatusCode, given]) => {
      if (!/^\d{3}$/.test(StatusCode)) return [];
      // Omits the models of responses, because API Gateway does not check responses.
      const headers = Object.keys(objectIn(resolved(given), 'headers'));
      const parameters = headers.map((name) => [`method.response.header.${name}`, false]);
      return { StatusCode, ResponseParameters: Object.fromEntries(parameters) };
    });
  }

  /** The name of the model for a schema: the referenced name, or a generated name. */
  function modelName(schema: Document): string {
    const [, referenced] = SCHEMA_REFERENCE.exec(textOf(schema.$ref) ?? '') ?? [];
    if (referenced !== undefined) return referenced;
    const name = `MODEL${createHash('sha256').update(JSON.stringify(schema)).digest('hex').slice(0, 6)}`;
    addModel(name, schema);
    return name;
  }

  /** Adds a model. References to schemas of the document become references to models of the API. */
  function addModel(name: string, schema: unknown): void {
    if (!/^[A-Za-z0-9]+$/.test(name)) problems.push(`Model name must be alphanumeric: ${name}`);
    if (!isObject(schema)) return;
    const toModel = 'https://apigateway.amazonaws.com/restapis/this/models/$1';
    const withModels = JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
      key === '$ref' && typeof value === 'string' ? value.replace(SCHEMA_REFERENCE, toModel) : value,
    );
    models.set(name, withModels);
  }

  /** Follows references of the form `#/…` in the document. */
  function resolved(value: unknown, depth = 0): Document {
    if (!isObject(value)) return {};
    const reference = textOf(value.$ref);
    if (reference === undefined || depth > 20) return value;
    const keys = reference.split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
    const found = keys
      .slice(1)
      .reduce<unknown>((node, key) => (isObject(node) ? node[key] : undefined), document);
    if (keys[0] === '#' && isObject(found)) return resolved(found, depth + 1);
    problems.push(`The document has nothing at ${reference}.`);
    return {};
  }

  function parse<Schema extends v.GenericSchema>(
    what: string,
    schema: Schema,
    value: unknown,
  ): v.InferOutput<Schema> | undefined {
    const result = v.safeParse(schema, value);
    if (result.success) return result.output;
    for (const issue of result.issues) {
      const path = v.getDotPath(issue);
      problems.push(`${what}: ${path === null ? '' : `${path}: `}${issue.message}`);
    }
    return undefined;
  }
}

/** The ARNs of the roles that the integrations of a document use to invoke functions. */
export function rolesIn(document: Document): readonly string[] {
  const items = Object.values(objectIn(document, 'paths')).filter(isObject);
  const operations = items.flatMap((item) => Object.values(item)).filter(isObject);
  const credentials = operations.map((operation) => objectIn(operation, `${PREFIX}integration`).credentials);
  return [...new Set(credentials.flatMap((arn) => integrationRole(textOf(arn)) ?? []))];
}

/** Converts an integration to the form of `AWS::ApiGateway::Method`. */
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
    IntegrationResponses: Object.entries(isObject(responses) ? responses : {}).map(([pattern, response]) =>
      defined({
        ...capitalized(response),
        SelectionPattern: pattern === 'default' ? undefined : pattern,
      }),
    ),
  });
}

/** Members in the spelling of templates. A status may be a number in a document. */
function capitalized(members: unknown): Record<string, unknown> {
  const entries = isObject(members) ? Object.entries(members) : [];
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name.charAt(0).toUpperCase() + name.slice(1),
      name === 'statusCode' ? String(value) : value,
    ]),
  );
}

function objectIn(parent: Document, name: string): Document {
  const value = parent[name];
  return isObject(value) ? value : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
