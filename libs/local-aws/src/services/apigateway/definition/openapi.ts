import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { isObject } from '../../../core/is-object.ts';
import type { RestApiSettings } from '../store.ts';
import { badRequest } from './errors.ts';
import { gatewayResponseEntries } from './gateway-response.ts';
import { type MethodProperties, methodEntries } from './method.ts';

/** What a document of OpenAPI says about an API. */
export interface ApiDescription {
  readonly title?: string;
  readonly description?: string;
  readonly settings: DescribedSettings;
  readonly gatewayResponses: readonly v.InferOutput<typeof gatewayResponseSchema>[];
  readonly methods: readonly DescribedMethod[];
}

/** Settings of the API itself, in AWS's extensions (`x-amazon-apigateway-…`). */
interface DescribedSettings
  extends Partial<Pick<RestApiSettings, 'binaryMediaTypes' | 'disableExecuteApiEndpoint'>> {
  readonly policy?: Readonly<Record<string, unknown>> | string;
}

/** A method on a path. */
interface DescribedMethod {
  readonly path: string;
  readonly properties: MethodProperties;
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

/** AWS's extensions at the root of a document. Others are refused: they would look as if they worked. */
const rootSchema = v.strictObject({
  policy: v.optional(v.union([v.string(), v.record(v.string(), v.unknown())])),
  'binary-media-types': v.optional(v.array(v.string())),
  'endpoint-configuration': v.optional(
    v.strictObject({ disableExecuteApiEndpoint: v.optional(v.boolean()) }),
    {},
  ),
  'gateway-responses': v.optional(v.record(v.string(), v.record(v.string(), v.unknown())), {}),
  // These change no answer of the API.
  documentation: v.optional(v.unknown()),
  'importexport-version': v.optional(v.unknown()),
});

/**
 * Reads a document of OpenAPI 2.0 or 3.0 with the extensions of API Gateway
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html). Schemas and parameters check
 * nothing: request validators are refused.
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

  constructor(document: Document) {
    this.#document = document;
    this.#isOld = document.swagger === '2.0';
    if (!this.#isOld && !/^3\.0(\.\d+)?$/.test(String(document.openapi))) {
      this.problems.push('The document must have swagger: "2.0" or openapi: "3.0.1".');
    }
  }

  read(): ApiDescription {
    const info = objectIn(this.#document, 'info');
    const methods = this.#methods();
    const { 'gateway-responses': responses = {}, ...root } = this.#root(methods);
    return {
      settings: defined({
        policy: root.policy,
        binaryMediaTypes: root['binary-media-types'],
        ...root['endpoint-configuration'],
      }),
      gatewayResponses: Object.entries(responses).flatMap(([ResponseType, given]) => {
        const response = capitalized(given);
        const StatusCode = response.StatusCode === undefined ? undefined : String(response.StatusCode);
        const properties = defined({ ...response, ResponseType, StatusCode });
        return this.#parse(`Gateway response ${ResponseType}`, gatewayResponseSchema, properties) ?? [];
      }),
      methods,
      ...defined({ title: textOf(info.title), description: textOf(info.description) }),
    };
  }

  #root(methods: readonly DescribedMethod[]): Partial<v.InferOutput<typeof rootSchema>> {
    const isOpen = methods.some(({ properties }) => properties.AuthorizationType === 'NONE');
    if (isOpen && Array.isArray(this.#document.security) && this.#document.security.length > 0) {
      this.problems.push(
        'local AWS does not support security at the root of the document: put it into each operation.',
      );
    }
    const extensions = Object.entries(this.#document).flatMap(([name, value]) =>
      name.startsWith(PREFIX) ? [[name.slice(PREFIX.length), value] as const] : [],
    );
    const known = extensions.filter(([name]) => {
      if (name in rootSchema.entries) return true;
      this.problems.push(`local AWS does not support ${PREFIX}${name}.`);
      return false;
    });
    return this.#parse('The document', rootSchema, Object.fromEntries(known)) ?? {};
  }

  #methods(): readonly DescribedMethod[] {
    return Object.entries(objectIn(this.#document, 'paths')).flatMap(([path, given]) =>
      Object.entries(this.#resolved(given)).flatMap(([verb, operation]) => {
        const HttpMethod = VERBS.get(verb);
        if (HttpMethod === undefined || !isObject(operation)) return [];
        const what = `${HttpMethod} ${path}`;
        if (`${PREFIX}request-validator` in operation) {
          this.problems.push(`${what}: local AWS does not support ${PREFIX}request-validator.`);
        }
        const properties = this.#parse(
          what,
          methodSchema,
          defined({
            HttpMethod,
            ...this.#authorization(operation),
            OperationName: textOf(operation.operationId),
            MethodResponses: this.#methodResponses(operation),
            Integration: integrationOf(operation[`${PREFIX}integration`]),
          }),
        );
        return properties === undefined ? [] : [{ path, properties }];
      }),
    );
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

  #methodResponses(operation: Document): readonly object[] {
    return Object.entries(objectIn(operation, 'responses')).flatMap(([StatusCode, given]) => {
      if (!/^\d{3}$/.test(StatusCode)) return [];
      const headers = Object.keys(objectIn(this.#resolved(given), 'headers'));
      const parameters = headers.map((name) => [`method.response.header.${name}`, false]);
      return { StatusCode, ResponseParameters: Object.fromEntries(parameters) };
    });
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

function objectIn(parent: Document, name: string): Document {
  const value = parent[name];
  return isObject(value) ? value : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
