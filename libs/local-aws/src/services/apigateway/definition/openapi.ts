import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { isObject } from '../../../core/is-object.ts';
import { words } from '../../../core/words.ts';
import type { ModelSchema } from '../store.ts';
import { capitalized, type Document, objectIn, openDocument, PREFIX, textOf } from './openapi-document.ts';
import { gatewayResponseProperties, integrationRole, methodProperties } from './properties.ts';
import { endpointAccessMode, securityPolicy } from './security-policies.ts';

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
  'x-amazon-apigateway-security-policy': securityPolicy,
  'x-amazon-apigateway-endpoint-access-mode': endpointAccessMode,
});

/** AWS's extensions at the root of a document. `documentation` and `importexport-version` do not change the API's responses. */
const ROOT_EXTENSIONS = words(
  `policy binary-media-types endpoint-configuration security-policy endpoint-access-mode request-validators request-validator gateway-responses documentation
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
  const models = new Map<string, ModelSchema>();
  const { problems, isOld, components, operations, schemesOf, resolved, parse, finish } = openDocument(
    document,
    ROOT_EXTENSIONS,
  );
  if (!isOld && !/^3\.0(\.\d+)?$/.test(String(document.openapi))) {
    problems.push('The document must have swagger: "2.0" or openapi: "3.0.1".');
  }
  const schemas = isOld ? objectIn(document, 'definitions') : objectIn(components, 'schemas');
  for (const [name, schema] of Object.entries(schemas)) addModel(name, schema);
  const validators = Object.entries(objectIn(document, `${PREFIX}request-validators`)).flatMap(
    ([name, given]) => {
      const validator = parse(`Request validator ${name}`, validatorSchema, given);
      return validator === undefined ? [] : [[name, validator] as const];
    },
  );
  const methods = operations().flatMap(
    ({ path, httpMethod, operation, item }) => methodAt(path, httpMethod, operation, item) ?? [],
  );
  const settings = parse('The document', settingsSchema, document) ?? {};
  const gatewayResponses = Object.entries(objectIn(document, `${PREFIX}gateway-responses`)).flatMap(
    ([ResponseType, given]) => {
      const properties = { ...capitalized(given), ResponseType };
      return parse(`Gateway response ${ResponseType}`, gatewayResponseProperties, properties) ?? [];
    },
  );
  finish(methods.some(({ properties }) => properties.authorizationType === 'NONE'));
  const info = objectIn(document, 'info');
  return {
    title: textOf(info.title),
    description: textOf(info.description),
    policy: settings['x-amazon-apigateway-policy'],
    binaryMediaTypes: settings['x-amazon-apigateway-binary-media-types'],
    ...settings['x-amazon-apigateway-endpoint-configuration'],
    securityPolicy: settings['x-amazon-apigateway-security-policy'],
    endpointAccessMode: settings['x-amazon-apigateway-endpoint-access-mode'],
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
    const schemes = schemesOf(operation);
    // Every other scheme is the type of an authorizer, which is refused.
    const other = schemes.find((scheme) => scheme !== 'awsSigv4' && scheme !== 'apiKey');
    return {
      AuthorizationType: other?.toUpperCase() ?? (schemes.includes('awsSigv4') ? 'AWS_IAM' : 'NONE'),
      ...(schemes.includes('apiKey') && { ApiKeyRequired: true }),
    };
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
