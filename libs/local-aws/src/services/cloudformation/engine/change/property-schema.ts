import * as v from 'valibot';
import { isSchema, type SchemaView, schemaOptions, schemaView } from '../../../../core/schema-view.ts';
import { type Json, member } from '../template/json.ts';
import { type PartialJson, UNKNOWN } from '../template/resolve.ts';

/**
 * Converts scalars to the types of the schema, as CloudFormation does. Leaves other values for validation to refuse.
 * @example coerce(v.object({ Timeout: v.number() }), { Timeout: '5' }) // { Timeout: 5 }
 */
export function coerce(schema: v.GenericSchema, value: PartialJson): PartialJson {
  if (value === UNKNOWN || value === null) return value;
  const view = schemaView(schema);
  switch (view.type) {
    case 'string':
      return typeof value === 'object' ? value : String(value);
    case 'number':
      return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))
        ? Number(value)
        : value;
    case 'boolean':
      return typeof value === 'string' && /^(true|false)$/i.test(value)
        ? value.toLowerCase() === 'true'
        : value;
    case 'picklist':
      return oneOf(view.options ?? [], value);
    case 'literal':
      return oneOf([view.literal], value);
    case 'union':
      return coerceAlternative(schemaOptions(view), value);
    default:
      return view.wrapped === undefined ? coerceMembers(view, value) : coerce(view.wrapped, value);
  }
}

function coerceMembers(view: SchemaView, value: PartialJson): PartialJson {
  if (typeof value !== 'object' || value === null) return value;
  const coerced = Object.entries(value).map(([key, inner]: [string, PartialJson]) => {
    const schema = schemaWithin(view, key);
    return [key, schema === undefined ? inner : coerce(schema, inner)] as const;
  });
  return Array.isArray(value) ? coerced.map(([, item]) => item) : Object.fromEntries(coerced);
}

function oneOf(options: readonly unknown[], value: PartialJson): PartialJson {
  if (typeof value === 'object' || options.includes(value)) return value;
  const found = options.find((option) => String(option) === String(value));
  return typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean' ? found : value;
}

function coerceAlternative(options: readonly v.GenericSchema[], value: PartialJson): PartialJson {
  const fits = (one: PartialJson) => options.some((option) => v.is(option, one));
  if (fits(value)) return value;
  const coerced = options.map((option) => coerce(option, value));
  const isChanged = (one: PartialJson) => JSON.stringify(one) !== JSON.stringify(value);
  return coerced.find(fits) ?? coerced.find((one) => typeof value === 'object' && isChanged(one)) ?? value;
}

type Validated = { readonly value: unknown } | { readonly problems: readonly string[] };

/** Validates a resource's properties. Problems are sentences in CloudFormation's words, with the path. */
export function validateProperties(schema: v.GenericSchema, properties: Json): Validated {
  const result = v.safeParse(schema, properties);
  if (result.success) return { value: result.output };
  return { problems: result.issues.flatMap((issue) => describe(issue, [])) };
}

type Unsupported = { readonly path: string; readonly reason?: string };

/** Finds unknown properties and, with a `reason`, unsupported values. Functions are not evaluated; both `Fn::If` branches count. */
export function unsupportedMembers(schema: v.GenericSchema, value: Json, path: string[] = []): Unsupported[] {
  const reason = refusalOf(schema, value);
  if (reason !== undefined) return [{ path: path.join('.'), reason }];
  if (typeof value !== 'object' || value === null) return [];
  const [name = '', ...others] = Object.keys(value);
  if (!Array.isArray(value) && others.length === 0 && /^(Ref|Fn::.*)$/.test(name)) {
    const branches = name === 'Fn::If' ? Object.values(value)[0] : [];
    return Array.isArray(branches)
      ? branches.slice(1).flatMap((branch) => unsupportedMembers(schema, branch, path))
      : [];
  }
  const views = alternatives(schema);
  const isStrict = !Array.isArray(value) && views.every(({ type }) => type === 'strict_object');
  return Object.entries(value).flatMap(([key, inner]: [string, Json]) => {
    const schemas = views.flatMap((view) => schemaWithin(view, key) ?? []);
    const [only] = schemas;
    if (only === undefined) return isStrict ? [{ path: [...path, key].join('.') }] : [];
    return schemas.length === 1 ? unsupportedMembers(only, inner, [...path, key]) : [];
  });
}

/** The schema's message if it refuses a value that local AWS does not support. Functions are not evaluated yet. */
function refusalOf(schema: v.GenericSchema, value: Json): string | undefined {
  const isScalar = typeof value !== 'object' || value === null;
  if (!isScalar && innermost(schema).type !== 'never') return undefined;
  const { issues: [issue] = [] } = v.safeParse(schema, coerce(schema, value));
  return issue?.message.includes('local AWS') ? issue.message : undefined;
}

function innermost(schema: v.GenericSchema): SchemaView {
  const view = schemaView(schema);
  return view.wrapped === undefined ? view : innermost(view.wrapped);
}

type Issue = v.BaseIssue<unknown>;

function describe(issue: Issue, above: readonly string[]): string[] {
  const path = [...above, ...(issue.path ?? []).map((item) => String(item.key))];
  const parent = path.slice(0, -1);
  const key = path.at(-1) ?? '';
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    return [`${pointer(parent)}: extraneous key [${key}] is not permitted by local AWS`];
  }
  if (issue.received === 'undefined' && issue.type.endsWith('object')) {
    return [`${pointer(parent)}: required key [${key}] not found`];
  }
  // A union only reports that nothing fits. Its closest alternative reports what is wrong.
  const inner = (issue.issues ?? []) as readonly Issue[];
  const telling = inner.filter((one) => one.path !== undefined);
  if (telling.length > 0) return telling.flatMap((one) => describe(one, path));
  return [`${pointer(path)}: ${complaint(issue)}`];
}

/** The keywords of JSON Schema for which CloudFormation does not show the value. */
const KEYWORDS: ReadonlyMap<string, string> = new Map([
  ['picklist', 'enum'],
  ['literal', 'enum'],
  ['min_value', 'minimum'],
  ['max_value', 'maximum'],
  ['regex', 'pattern'],
]);

/**
 * CloudFormation's words for a value that a resource's schema refuses. A schema's own message stays. As on AWS, the value is left out,
 * because it may come from a `NoEcho` parameter
 * (https://github.com/aws-cloudformation/cloudformation-resource-schema/blob/master/src/main/java/software/amazon/cloudformation/resource/exceptions/ValidationException.java).
 */
function complaint(issue: Issue): string {
  const { kind, type, input, expected, message } = issue;
  if (!message.startsWith('Invalid ')) return message;
  const keyword = KEYWORDS.get(type);
  if (keyword !== undefined) {
    const words = (expected ?? '').replace(/[()"]/g, '').replaceAll(' | ', ', ');
    return `failed validation constraint for keyword [${keyword}]${keyword === 'enum' ? `: ${words}` : ''}`;
  }
  const bound = /^m(?:in|ax)(?=_length$)/.exec(type)?.[0];
  if (bound !== undefined && (typeof input === 'string' || Array.isArray(input))) {
    const { requirement } = issue as Issue & { readonly requirement?: unknown };
    return Array.isArray(input)
      ? `expected ${bound}imum item count: ${requirement}, found: ${input.length}`
      : `expected ${bound}Length: ${requirement}, actual: ${input.length}`;
  }
  if (kind !== 'schema') return 'failed validation';
  const found = Array.isArray(input) ? 'array' : input === null ? 'null' : typeof input;
  return `expected type: ${/^[a-z]+$/i.test(expected ?? '') ? expected : type}, found: ${found}`;
}

function pointer(path: readonly string[]): string {
  return `#${path.map((key) => `/${key}`).join('')}`;
}

/** The property names of a type, except those that the schema declares only to refuse them. */
export function supportedProperties(schema: v.GenericSchema): string[] {
  const entries = alternatives(schema).flatMap((view) => Object.entries(view.entries ?? {}));
  const refused = entries.filter(([, entry]) => innermost(entry).type === 'never').map(([name]) => name);
  const names = entries.map(([name]) => name).filter((name) => !refused.includes(name));
  return [...new Set(names)].sort();
}

/** The schema without wrappers, or the alternatives of a union. */
function alternatives(schema: v.GenericSchema): SchemaView[] {
  const view = innermost(schema);
  return view.type === 'union' ? schemaOptions(view).flatMap(alternatives) : [view];
}

function schemaWithin({ entries = {}, item, value }: SchemaView, key: string): v.GenericSchema | undefined {
  const found = member(entries, key) ?? item ?? value;
  return isSchema(found) ? found : undefined;
}
