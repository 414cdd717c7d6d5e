import {
  FURTHER_RULES,
  type OpenApiDocument,
  type OpenApiOperation,
  type Parameter,
  type Schema,
} from '@cross-account-api/contract/openapi';

/**
 * Lists the changes that break a client of the old contract: the new API refuses the client's requests, or sends responses that
 * the client does not expect.
 * @returns a sentence for each change; empty if every client keeps working
 * @example breakingChanges(released, openApiDocument('1.1.0')) // ['GET /whoami: the route was removed']
 */
export function breakingChanges(released: OpenApiDocument, current: OpenApiDocument): string[] {
  const found: string[] = [];
  for (const [path, operations] of Object.entries(released.paths)) {
    for (const [method, old] of Object.entries(operations)) {
      const where = `${method.toUpperCase()} ${path}`;
      const now = current.paths[path]?.[method];
      if (now === undefined) found.push(`${where}: the route was removed`);
      else found.push(...operationChanges(where, old, now, released, current));
    }
  }
  return found;
}

/**
 * Whether a version may break the clients of another: if its major version is higher.
 * @example mayBreak('1.4.0', '2.0.0') // true
 */
export function mayBreak(released: string, current: string): boolean {
  return majorOf(current) > majorOf(released);
}

function majorOf(version: string): number {
  const major = /^(\d+)\.\d+\.\d+/.exec(version)?.[1];
  if (major === undefined) throw new Error(`${version} is not a version. Write it as 1.2.3.`);
  return Number(major);
}

function operationChanges(
  where: string,
  old: OpenApiOperation,
  now: OpenApiOperation,
  released: OpenApiDocument,
  current: OpenApiDocument,
): string[] {
  const found: string[] = [];
  // It names the function of generated clients, and the operation in events.
  if (now.operationId !== old.operationId) {
    found.push(`${where}: the operation ${old.operationId} was renamed to ${now.operationId}`);
  }
  const request = new Comparison('request', released, current, found);
  const response = new Comparison('response', released, current, found);

  for (const parameter of old.parameters ?? []) {
    const at = `${where}, parameter ${parameter.name}`;
    const same = now.parameters?.find(
      (each) => each.in === parameter.in && nameOf(each) === nameOf(parameter),
    );
    if (same === undefined) found.push(`${at}: it was removed`);
    else {
      if (same.required === true && parameter.required !== true) found.push(`${at}: it is now required`);
      request.compare(at, parameter.schema, same.schema);
    }
  }
  for (const parameter of now.parameters ?? []) {
    const isNew = !old.parameters?.some(
      (each) => each.in === parameter.in && nameOf(each) === nameOf(parameter),
    );
    if (isNew && parameter.required === true)
      found.push(`${where}, parameter ${parameter.name}: it is new and required`);
  }

  if (now.requestBody?.required === true && old.requestBody?.required !== true) {
    found.push(`${where}, request: a body is now required`);
  }
  if (old.requestBody !== undefined && now.requestBody === undefined) {
    found.push(`${where}, request: the body was removed`);
  }
  for (const [mediaType, { schema }] of Object.entries(old.requestBody?.content ?? {})) {
    if (now.requestBody === undefined) continue;
    const same = now.requestBody.content[mediaType];
    if (same === undefined) found.push(`${where}, request: ${mediaType} is no longer accepted`);
    else request.compare(`${where}, request`, schema, same.schema);
  }

  for (const [status, { content = {}, headers = {} }] of Object.entries(old.responses)) {
    const same = now.responses[status];
    if (same === undefined) {
      found.push(`${where}: the response ${status} was removed`);
      continue;
    }
    const at = `${where}, response ${status}`;
    for (const [name, header] of Object.entries(headers)) {
      const [, sameHeader] =
        Object.entries(same.headers ?? {}).find(([each]) => each.toLowerCase() === name.toLowerCase()) ?? [];
      const atHeader = `${at}, header ${name}`;
      if (sameHeader === undefined) found.push(`${atHeader}: it was removed`);
      else {
        if (header.required === true && sameHeader.required !== true)
          found.push(`${atHeader}: it may now be absent`);
        response.compare(atHeader, header.schema, sameHeader.schema);
      }
    }
    for (const [mediaType, { schema }] of Object.entries(content)) {
      const sameContent = same.content?.[mediaType];
      if (sameContent === undefined) found.push(`${at}: it is no longer ${mediaType}`);
      else response.compare(at, schema, sameContent.schema);
    }
  }
  for (const status of Object.keys(now.responses)) {
    if (/^[23]/.test(status) && old.responses[status] === undefined) {
      found.push(`${where}: the response ${status} is new, and clients do not expect it`);
    }
  }
  return found;
}

/** The name of a parameter. Names of headers have no case. */
function nameOf({ name, in: place }: Parameter): string {
  return place === 'header' ? name.toLowerCase() : name;
}

/** Keywords that do not restrict values, and the rules that cannot be compared. */
const ANNOTATIONS = new Set([
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  '$comment',
  FURTHER_RULES,
]);

/** Keywords that bound a value from below. */
const MINIMA = new Set(['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties']);

/** Keywords that bound a value from above. */
const MAXIMA = new Set(['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties']);

/** Keywords that {@link Comparison} compares by their meaning. */
const COMPARED = new Set(['type', 'enum', 'const', 'anyOf', 'oneOf', 'properties', 'required', 'items']);

/**
 * Compares the schemas of one direction. A new request schema may accept more, never less. A new response schema may promise
 * more, never less.
 */
class Comparison {
  readonly #direction: 'request' | 'response';
  readonly #released: OpenApiDocument;
  readonly #current: OpenApiDocument;
  readonly #found: string[];
  readonly #compared = new Set<string>();

  constructor(
    direction: 'request' | 'response',
    released: OpenApiDocument,
    current: OpenApiDocument,
    found: string[],
  ) {
    this.#direction = direction;
    this.#released = released;
    this.#current = current;
    this.#found = found;
  }

  compare(where: string, oldSchema: Schema, newSchema: Schema): void {
    // A schema may refer to itself.
    const references = `${oldSchema.$ref} ${newSchema.$ref}`;
    if (this.#compared.has(references)) return;
    if (oldSchema.$ref !== undefined) this.#compared.add(references);
    const old = resolve(oldSchema, this.#released);
    const now = resolve(newSchema, this.#current);
    const isRequest = this.#direction === 'request';
    const report = (what: string) => this.#found.push(`${where}: ${what}`);

    const oldTypes = alternatives(old, this.#released);
    const newTypes = alternatives(now, this.#current);
    // The types that are sent must be among those that are expected.
    const [sent, expected] = isRequest ? [oldTypes, newTypes] : [newTypes, oldTypes];
    const unexpected = [...sent.keys()].filter(
      (key) =>
        counterpart(key, sent, expected) === undefined &&
        !expected.has(ANY) &&
        !expected.has(typeOfConstant(key)),
    );
    if (unexpected.length > 0) {
      report(
        isRequest
          ? `${unexpected.join(', ')} is no longer accepted`
          : `it may now be ${unexpected.join(', ')}, which clients do not expect`,
      );
    }
    for (const [key, oldAlternative] of oldTypes) {
      const newAlternative = counterpart(key, oldTypes, newTypes);
      if (newAlternative !== undefined) this.#compareAlternative(where, oldAlternative, newAlternative);
    }
  }

  #compareAlternative(where: string, old: Schema, now: Schema): void {
    const isRequest = this.#direction === 'request';
    const report = (what: string) => this.#found.push(`${where}: ${what}`);

    const oldMembers = asSchemas(old.properties);
    const newMembers = asSchemas(now.properties);
    const oldRequired = asNames(old.required);
    const newRequired = asNames(now.required);
    for (const [name, schema] of Object.entries(oldMembers)) {
      const same = Object.hasOwn(newMembers, name) ? newMembers[name] : undefined;
      if (same === undefined) report(`the member ${name} was removed`);
      else this.compare(`${where}.${name}`, schema, same);
    }
    if (isRequest) {
      for (const name of newRequired) {
        if (!oldRequired.includes(name)) report(`the member ${name} is now required`);
      }
    } else {
      for (const name of oldRequired) {
        if (Object.hasOwn(newMembers, name) && !newRequired.includes(name)) {
          report(`the member ${name} may now be absent`);
        }
      }
    }

    if (isSchema(old.items) && isSchema(now.items)) this.compare(`${where}[]`, old.items, now.items);
    else if (old.items !== now.items && (isRequest ? now : old).items !== undefined) {
      report(isRequest ? 'some items are no longer accepted' : 'its items may now be anything');
    }

    const [sent, expected] = isRequest ? [old, now] : [now, old];
    for (const [keyword, limit] of Object.entries(expected)) {
      if (COMPARED.has(keyword) || ANNOTATIONS.has(keyword)) continue;
      if (!isWithin(keyword, sent[keyword], limit)) {
        const change = `${keyword} was ${show(old[keyword])} and is ${show(now[keyword])}`;
        report(isRequest ? `it accepts less: ${change}` : `it promises less: ${change}`);
      }
    }
  }
}

/** Whether every value that satisfies the keyword's value `sent` also satisfies `expected`. */
function isWithin(keyword: string, sent: unknown, expected: unknown): boolean {
  if (MINIMA.has(keyword)) return typeof sent === 'number' && sent >= Number(expected);
  if (MAXIMA.has(keyword)) return typeof sent === 'number' && sent <= Number(expected);
  // Anything is within no limit.
  if (keyword === 'additionalProperties' && (expected === true || isEmptySchema(expected))) return true;
  return JSON.stringify(sent) === JSON.stringify(expected);
}

/** A key for a schema that accepts values of every type. */
const ANY = 'any value';

type Alternatives = ReadonlyMap<string, Schema>;

/** The types and constants that a schema allows, each with its schema. `integer` is a `number` with a rule. */
function alternatives(schema: Schema, document: OpenApiDocument): Alternatives {
  const choices = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(choices)) {
    const several = choices.flatMap((choice: Schema) => [
      ...alternatives(resolve(choice, document), document),
    ]);
    // Objects of a choice differ in a constant member, such as the type of a problem.
    return new Map(several.map(([key, one]) => [key === 'object' ? objectKey(one) : key, one]));
  }
  if ('const' in schema) return new Map([[show(schema.const), schema]]);
  if (Array.isArray(schema.enum)) return new Map(schema.enum.map((value: unknown) => [show(value), schema]));
  if (schema.type === undefined) return new Map([[ANY, schema]]);
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  return new Map(
    types.map((type: unknown) =>
      type === 'integer'
        ? ['number', { ...schema, multipleOf: schema.multipleOf ?? 1 }]
        : [String(type), schema],
    ),
  );
}

/**
 * The alternative of another schema with the same key. If both schemas have one object only, that is the other one, whatever its constants:
 * nothing tells it from another.
 */
function counterpart(key: string, own: Alternatives, others: Alternatives): Schema | undefined {
  const isObject = (each: string) => /^object\b/.test(each);
  const objectsOf = (all: Alternatives) => [...all.keys()].filter(isObject);
  const [other, ...further] = objectsOf(others);
  const isOnly = isObject(key) && objectsOf(own).length === 1 && further.length === 0;
  return others.get(isOnly && other !== undefined ? other : key);
}

/** A key of an object's schema: its constant members. @example 'object with type "circle"' */
function objectKey({ properties }: Schema): string {
  const constants = Object.entries(asSchemas(properties)).filter(([, schema]) => 'const' in schema);
  const shown = constants.map(([name, schema]) => `${name} ${show(schema.const)}`);
  return shown.length === 0 ? 'object' : `object with ${shown.join(', ')}`;
}

/** The type of a constant as {@link alternatives} names it: `string` of `"a"`. Of a type's name, `undefined`. */
function typeOfConstant(key: string): string {
  try {
    const value: unknown = JSON.parse(key);
    return Array.isArray(value) ? 'array' : typeof value;
  } catch {
    return 'undefined';
  }
}

function resolve(schema: Schema, document: OpenApiDocument): Schema {
  if (typeof schema.$ref !== 'string') return schema;
  const name = /^#\/components\/schemas\/([^/]+)$/.exec(schema.$ref)?.[1];
  const found = name === undefined ? undefined : document.components.schemas[name];
  if (found === undefined) throw new Error(`${schema.$ref} is not a schema of the document.`);
  return resolve(found, document);
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmptySchema(value: unknown): boolean {
  return isSchema(value) && Object.keys(value).length === 0;
}

function asSchemas(value: unknown): Readonly<Record<string, Schema>> {
  return isSchema(value) ? (value as Readonly<Record<string, Schema>>) : {};
}

function asNames(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function show(value: unknown): string {
  return value === undefined ? 'not set' : JSON.stringify(value);
}
