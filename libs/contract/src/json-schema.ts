import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { callerSchema } from './caller.ts';
import { jsonObjectSchema } from './json.ts';
import { JSON_REMEDIES, RESPONSE_REMEDY, TYPE_CHANGES } from './json-remedies.ts';
import { problemSchema } from './problem.ts';

/** The part of JSON Schema that the document uses. */
export type Schema = Readonly<Record<string, unknown>>;

/** The keyword of the rules that JSON Schema cannot express. Who validates enforces them. */
export const FURTHER_RULES = 'x-further-rules';

/** The schemas that have a name in the document. */
export const named = { Caller: callerSchema, JsonObject: jsonObjectSchema, Problem: problemSchema };

/** Where the names of schemas are in the document. */
export const SCHEMAS = '#/components/schemas/';

/** A schema in JSON Schema. */
export interface Conversion {
  readonly schema: Schema;
  /** The schemas to which it refers and that are not {@link named}: those of `v.lazy`. By their names in the document. */
  readonly definitions: Readonly<Record<string, Schema>>;
  /** Why it cannot be a part of an operation, if it cannot. */
  readonly problems: readonly string[];
}

/** The members of valibot's schemas and actions that are read here. */
interface Node extends v.GenericSchema {
  readonly pipe?: readonly (Node | Action)[];
  readonly entries?: Readonly<Record<string, Node>>;
  readonly item?: Node;
  readonly items?: readonly Node[];
  readonly rest?: Node;
  readonly wrapped?: Node;
  /** The schema of a record's keys, or the name of the member by which a variant differs. */
  readonly key?: Node | string;
  readonly value?: Node;
  readonly options?: readonly unknown[];
  readonly literal?: unknown;
  readonly getter?: (input: undefined) => Node;
  readonly default?: unknown;
  readonly message?: unknown;
}

interface Action {
  readonly kind: 'validation' | 'transformation' | 'metadata';
  readonly type: string;
  readonly requirement?: unknown;
  readonly message?: unknown;
}

/** Actions that say nothing of the values that are sent. */
const SILENT = new Set(['readonly', 'brand', 'flavor', 'finite', 'transform']);

/** Conversions that take every value of a form: after one of these actions, they refuse nothing that a client sends. */
const CONVERTED_FORMS: Readonly<Record<string, readonly string[]>> = {
  to_date: ['iso_date', 'iso_date_time', 'iso_timestamp'],
  to_bigint: ['digits', 'integer', 'safe_integer'],
  to_number: ['digits', 'decimal'],
};

/**
 * Converts a schema of what is sent to JSON Schema 2020-12. What JSON Schema cannot express is left out and listed under
 * {@link FURTHER_RULES}.
 * @param where names the part of an operation in problems: `getOrder.response`
 * @param isResponse whether a handler sends it. A client may transform what it receives, a handler sends it as it is
 * @example convert(v.pipe(v.string(), v.check(isIban, 'must be an IBAN')), 'pay.request').schema
 * // { type: 'string', 'x-further-rules': ['check: must be an IBAN'] }
 */
export function convert(schema: v.GenericSchema, where: string, isResponse = false): Conversion {
  const problems: string[] = [];
  const nameOf = (id: string) => (Object.hasOwn(named, id) ? id : `${where}.${id}`);
  try {
    const root = prepare(schema, { where, isResponse, problems, prepared: new Map() });
    const { $defs = {}, ...result } = write(root, nameOf);
    const own = Object.entries($defs).filter(([id]) => !Object.hasOwn(named, id));
    return {
      schema: result,
      definitions: Object.fromEntries(own.map(([id, one]) => [nameOf(id), one as Schema])),
      problems,
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { schema: {}, definitions: {}, problems: [...problems, `${where}: ${reason}`] };
  }
}

/** The schemas with a name, in JSON Schema. */
export function namedSchemas(): Readonly<Record<string, Schema>> {
  const { $defs = {} } = write(v.unknown());
  return $defs as Readonly<Record<string, Schema>>;
}

/** @throws Error if the library cannot convert it */
function write(schema: v.GenericSchema, nameOf = (id: string) => id) {
  const { $schema: _, ...written } = toJsonSchema(schema, {
    target: 'draft-2020-12',
    typeMode: 'input',
    definitions: named,
    overrideRef: ({ referenceId }) => SCHEMAS + nameOf(referenceId),
    // A custom schema is a function, which cannot be converted.
    overrideSchema: ({ valibotSchema }) =>
      // Without `additionalProperties`, generators of clients take it for an object that has no members.
      valibotSchema === jsonObjectSchema ? { type: 'object', additionalProperties: true } : undefined,
  });
  return written;
}

interface Context {
  readonly where: string;
  readonly isResponse: boolean;
  readonly problems: string[];
  /** A schema that is met twice stays one schema. A recursive one is met again in its own getter. */
  readonly prepared: Map<Node, Node>;
}

/** Returns a schema that can be converted: what JSON Schema cannot express is replaced by a list of rules. */
function prepare(schema: Node, context: Context): Node {
  if (Object.values<Node>(named).includes(schema)) return schema;
  const known = context.prepared.get(schema);
  if (known !== undefined) return known;
  const made = schema.pipe === undefined ? prepareOne(schema, context) : preparePipe(schema.pipe, context);
  context.prepared.set(schema, made);
  return made;
}

function prepareOne(schema: Node, context: Context): Node {
  const { type, options = [], literal } = schema;
  const refuse = (remedy: string) => {
    context.problems.push(`${context.where}: ${remedy}.`);
    return v.unknown();
  };
  if (isOf(JSON_REMEDIES, type)) return refuse(JSON_REMEDIES[type]);
  const constant = [literal, ...options].find((one) => typeof one === 'bigint' || typeof one === 'symbol');
  if (constant !== undefined) return refuse(JSON_REMEDIES[typeof constant as 'bigint' | 'symbol']);
  if (type === 'custom') return withKeywords(v.unknown(), { [FURTHER_RULES]: [ruleOf(schema)] });
  if (/^non_(?:optional|nullable|nullish)$/.test(type)) return prepare(required(schema), context);
  const below = (one: Node, name: string) => prepare(one, { ...context, where: context.where + name });
  const { entries, item, items, rest, wrapped, key, value, getter, default: own } = schema;
  const copy: Node = {
    ...schema,
    // A default that is computed differs each time.
    default: typeof own === 'function' ? undefined : own,
    ...(entries && {
      entries: Object.fromEntries(
        Object.entries(entries).map(([name, one]) => [name, below(one, `.${name}`)]),
      ),
    }),
    ...(item && { item: below(item, '[]') }),
    ...(items && { items: items.map((one, index) => below(one, `[${index}]`)) }),
    ...(rest && { rest: below(rest, '.*') }),
    ...(wrapped && { wrapped: below(wrapped, '') }),
    ...(value && { value: below(value, '.*') }),
    ...(getter && { getter: () => below(getter(undefined), '') }),
    ...(options.every(isNode) && { options: options.map((one) => below(one, '')) }),
  };
  if (!isNode(key) || (key.type === 'string' && key.pipe === undefined)) return copy;
  // The converter knows keys of type string only.
  const { $defs: _, ...names } = write(below(key, ' (key)'));
  return withKeywords({ ...copy, key: v.string() } as Node, { propertyNames: names });
}

function preparePipe(pipe: readonly (Node | Action)[], context: Context): Node {
  const [first, ...actions] = flatten(pipe);
  if (first === undefined || !isNode(first)) throw new TypeError('A pipe begins with a schema.');
  const base = prepare(first, context);
  const kept: Action[] = [];
  const keywords: Schema[] = [];
  const rules: string[] = [];
  /** Whether the value of the next action may have another type than the one that is sent. */
  let isChanged = false;
  for (const [index, action] of actions.entries()) {
    const changesType = action.kind === 'transformation' && TYPE_CHANGES.some((type) => type === action.type);
    if (changesType && context.isResponse) context.problems.push(`${context.where}: ${RESPONSE_REMEDY}.`);
    if (changesType || isNode(action)) isChanged = true;
    if (SILENT.has(action.type) || isImplied(action, actions.slice(0, index))) continue;
    if (!isNode(action) && action.kind === 'metadata') {
      kept.push(action);
      continue;
    }
    const said = isChanged || isNode(action) ? undefined : keywordsOf(first, action);
    if (said === undefined) rules.push(ruleOf(action));
    else keywords.push(said);
  }
  const described = withKeywords(base, {
    ...merge(keywords),
    ...(rules.length > 0 && { [FURTHER_RULES]: rules }),
  });
  return kept.length === 0 ? described : withActions(described, kept);
}

/** Whether an action converts what the actions before it, which change nothing, have checked. */
function isImplied({ type }: Node | Action, before: readonly (Node | Action)[]): boolean {
  const forms = CONVERTED_FORMS[type];
  return (
    forms !== undefined &&
    before.every(({ kind }) => kind !== 'transformation' && kind !== 'schema') &&
    before.some((one) => forms.includes(one.type))
  );
}

/**
 * The keywords of an action in JSON Schema.
 * @param first the schema of the pipe
 * @returns `undefined` if JSON Schema cannot express it
 */
function keywordsOf(first: Node, action: Action): Schema | undefined {
  const { type, requirement } = action;
  // JSON Schema's patterns are Unicode ones. They have no other flags.
  if (type === 'regex' && requirement instanceof RegExp) {
    return /^u?$/.test(requirement.flags) ? { pattern: requirement.source } : undefined;
  }
  if (type === 'includes' && first.type === 'array') return { contains: { const: requirement } };
  const base = plain(first);
  try {
    const before: Schema = write(base);
    const after: Schema = write({ ...base, pipe: [base, action] } as Node);
    return Object.fromEntries(
      Object.entries(after).filter(([name, value]) => show(before[name]) !== show(value)),
    );
  } catch {
    return undefined;
  }
}

/** A schema of the same type without those below it. */
function plain(schema: Node): Node {
  if (schema.entries !== undefined || isNode(schema.key)) return v.object({});
  if (schema.item !== undefined || schema.items !== undefined) return v.array(v.unknown());
  if (/^(?:optional|exact_optional|undefinedable)$/.test(schema.type) && schema.wrapped)
    return plain(schema.wrapped);
  return schema.options?.every(isNode) || schema.wrapped || schema.getter ? v.unknown() : schema;
}

/** Joins keywords: the stricter of two bounds. Others that are there already with another value are required, too. */
function merge(all: readonly Schema[]): Schema {
  const merged: Record<string, unknown> = {};
  const others: Schema[] = [];
  for (const keywords of all) {
    for (const [name, value] of Object.entries(keywords)) {
      const known = merged[name];
      if (known === undefined || name === 'type') merged[name] = value;
      else if (/^(?:min|exclusiveMin)/.test(name)) merged[name] = Math.max(Number(known), Number(value));
      else if (/^(?:max|exclusiveMax)/.test(name)) merged[name] = Math.min(Number(known), Number(value));
      else if (show(known) !== show(value)) others.push({ [name]: value });
    }
  }
  return { ...merged, ...(others.length > 0 && { allOf: others }) };
}

/** The metadata of valibot become keywords of JSON Schema. */
function withKeywords(schema: Node, keywords: Schema): Node {
  return Object.keys(keywords).length === 0 ? schema : withActions(schema, [v.metadata({ ...keywords })]);
}

function withActions(schema: Node, actions: readonly Action[]): Node {
  return { ...schema, pipe: [...(schema.pipe ?? [schema]), ...actions] } as Node;
}

/** The schema that a `nonOptional` or one of its relatives leaves. As a member, it is required. */
function required({ type, wrapped = v.unknown() }: Node): Node {
  const { type: kind, wrapped: inner = wrapped } = wrapped;
  return type === 'non_optional' && /^null/.test(kind) ? v.nullable(inner) : inner;
}

/** A rule as its author wrote it. @example 'check: must be an IBAN' */
function ruleOf(rule: Node | Action): string {
  const name = rule.type.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  if (isNode(rule) && rule.type !== 'custom') return `then ${rule.expects}`;
  const requirement = 'requirement' in rule ? rule.requirement : undefined;
  // The regular expressions of other actions are valibot's own.
  const isShown = rule.type === 'regex' || /^(?:string|number|boolean)$/.test(typeof requirement);
  const given = isShown
    ? `(${typeof requirement === 'string' ? show(requirement) : String(requirement)})`
    : '';
  return `${name}${given}${typeof rule.message === 'string' ? `: ${rule.message}` : ''}`;
}

function flatten(pipe: readonly (Node | Action)[]): readonly (Node | Action)[] {
  return pipe.flatMap((one) => (isNode(one) && one.pipe !== undefined ? flatten(one.pipe) : [one]));
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'schema';
}

function isOf<Name extends string>(record: Readonly<Record<Name, unknown>>, name: string): name is Name {
  return Object.hasOwn(record, name);
}

function show(value: unknown): string | undefined {
  return JSON.stringify(value);
}
