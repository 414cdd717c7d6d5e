import * as v from 'valibot';
import { isObject } from '../../../core/is-object.ts';
import { words } from '../../../core/words.ts';
import { badRequest } from './errors.ts';

/** A document of OpenAPI, or a part of it. */
export type Document = Readonly<Record<string, unknown>>;

/** What the names of API Gateway's extensions begin with. */
export const PREFIX = 'x-amazon-apigateway-';

const VERBS: ReadonlyMap<string, string> = new Map([
  ...words('delete get head options patch post put').map((verb) => [verb, verb.toUpperCase()] as const),
  [`${PREFIX}any-method`, 'ANY'],
]);

/** An operation of a document, with its path. */
export interface DocumentOperation {
  readonly path: string;
  /** The path item, which has parameters of all of its operations. */
  readonly item: Document;
  /** `GET`, or `ANY` */
  readonly httpMethod: string;
  readonly operation: Document;
}

/**
 * Opens a document with the extensions of API Gateway
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html). Problems are collected, and thrown at
 * the end.
 * @param extensions the supported ones at the root of the document, without {@link PREFIX}
 */
export function openDocument(document: Document, extensions: readonly string[]) {
  const problems: string[] = [];
  // YAML makes a number of a version without quotation marks, as in AWS's own patterns (apigw-mappingtemplate-lambda-nodejs of
  // https://github.com/aws-samples/serverless-patterns).
  const isOld = document.swagger === '2.0' || document.swagger === 2;
  const components = objectIn(document, 'components');

  function operations(): readonly DocumentOperation[] {
    return Object.entries(objectIn(document, 'paths')).flatMap(([path, given]) => {
      const item = resolved(given);
      return Object.entries(item).flatMap(([verb, operation]) => {
        const httpMethod = VERBS.get(verb);
        if (httpMethod === undefined || !isObject(operation)) return [];
        return { path, item, httpMethod, operation };
      });
    });
  }

  /** The kinds of the security schemes of an operation: `awsSigv4`, `apiKey`, or the type of an authorizer. */
  function schemesOf({ security }: Document): readonly string[] {
    const required = Array.isArray(security) ? security.filter(isObject) : [];
    return required.flatMap((one) => Object.keys(one)).map(securityScheme);
  }

  function securityScheme(name: string): string {
    const named = isOld ? objectIn(document, 'securityDefinitions') : objectIn(components, 'securitySchemes');
    const scheme = resolved(named[name]);
    const authType = textOf(scheme[`${PREFIX}authtype`]);
    if (authType !== undefined) return authType;
    return scheme.type === 'apiKey' && /^x-api-key$/i.test(String(scheme.name)) ? 'apiKey' : 'custom';
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

  /**
   * Ends the import.
   * @param isOpen whether a route has no authorization
   * @throws AwsError that lists everything that cannot be imported
   */
  function finish(isOpen: boolean): void {
    // To ignore an unsupported extension would look like success.
    for (const name of Object.keys(document)) {
      if (!name.startsWith(PREFIX) || extensions.includes(name.slice(PREFIX.length))) continue;
      problems.push(`local AWS does not support ${name}.`);
    }
    if (isOpen && Array.isArray(document.security) && document.security.length > 0) {
      problems.push(
        'local AWS does not support security at the root of the document: put it into each operation.',
      );
    }
    if (problems.length > 0) throw badRequest(`Errors found during import:\n\t${problems.join('\n\t')}`);
  }

  return { problems, isOld, components, operations, schemesOf, resolved, parse, finish };
}

/** Members in the spelling of templates. A status may be a number in a document. */
export function capitalized(members: unknown): Record<string, unknown> {
  const entries = isObject(members) ? Object.entries(members) : [];
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name.charAt(0).toUpperCase() + name.slice(1),
      name === 'statusCode' ? String(value) : value,
    ]),
  );
}

/** A member that is an object. @returns an empty object if it is not */
export function objectIn(parent: Document, name: string): Document {
  const value = parent[name];
  return isObject(value) ? value : {};
}

/** A value that is a text. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
