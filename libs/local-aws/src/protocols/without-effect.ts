import * as v from 'valibot';
import { schemaOptions, schemaView } from '../core/schema-view.ts';
import { asksForNothing } from './unknown-members.ts';

/** A member that has no effect in local AWS, or only part of its effect on AWS. */
export interface MemberWithoutEffect {
  /** Names joined by dots, without the positions in lists: `MethodSettings.LoggingLevel`. */
  readonly path: string;
  /** What local AWS does instead: a phrase without a full stop. */
  readonly reason: string;
}

interface Mark {
  readonly reason: string;
  readonly unless: readonly unknown[];
}

const KEY = 'withoutEffect';

/**
 * Marks a schema: its value has no effect in local AWS, or only part of it. Deployments announce it, and README lists it.
 * @param reason what local AWS does instead, e.g. `objects do not expire`
 * @param unless values that ask for what local AWS does, e.g. AWS's default
 */
export function withoutEffect<const Schema extends v.GenericSchema>(
  schema: Schema,
  reason: string,
  ...unless: readonly unknown[]
): Schema {
  // The metadata does not change what the schema accepts.
  return v.pipe(schema, v.metadata({ [KEY]: { reason, unless } })) as unknown as Schema;
}

/** The members of an input that are set and have no effect. */
export function membersWithoutEffect(
  schema: v.GenericSchema,
  input: unknown,
  path: readonly string[] = [],
): MemberWithoutEffect[] {
  if (asksForNothing(input)) return [];
  const mark = markOf(schema);
  if (mark !== undefined) {
    const isMeant = mark.unless.some((value) => String(value) === String(input));
    return isMeant ? [] : [{ path: path.join('.'), reason: mark.reason }];
  }
  const view = schemaView(schema);
  const { wrapped, item, items, value, entries } = view;
  if (wrapped !== undefined) return membersWithoutEffect(wrapped, input, path);
  if (view.type === 'union') {
    const fitting = schemaOptions(view).find((option) => v.is(option, input));
    return fitting === undefined ? [] : membersWithoutEffect(fitting, input, path);
  }
  if (typeof input !== 'object' || input === null) return [];
  if (Array.isArray(input)) {
    const schemas = input.map((_, index) => item ?? items?.[index]);
    const found = input.flatMap((each, index) => {
      const itemSchema = schemas[index];
      return itemSchema === undefined ? [] : membersWithoutEffect(itemSchema, each, path);
    });
    return found.filter((one, index) => found.findIndex((other) => other.path === one.path) === index);
  }
  return Object.entries(input).flatMap(([name, inner]) => {
    const member = entries?.[name] ?? (view.type === 'record' ? value : undefined);
    return member === undefined ? [] : membersWithoutEffect(member, inner, [...path, name]);
  });
}

/** All members of a schema that have no effect, in its order. Those of a map's values have the name `*`. */
export function marksOf(schema: v.GenericSchema, path: readonly string[] = []): MemberWithoutEffect[] {
  const mark = markOf(schema);
  if (mark !== undefined) return [{ path: path.join('.'), reason: mark.reason }];
  const view = schemaView(schema);
  const { wrapped, item, items = [], value, entries = {} } = view;
  if (wrapped !== undefined) return marksOf(wrapped, path);
  if (item !== undefined) return marksOf(item, path);
  if (view.type === 'record' && value !== undefined) return marksOf(value, [...path, '*']);
  return [
    ...items.flatMap((each) => marksOf(each, path)),
    ...schemaOptions(view).flatMap((option) => marksOf(option, path)),
    ...Object.entries(entries).flatMap(([name, member]) => marksOf(member, [...path, name])),
  ];
}

function markOf(schema: v.GenericSchema): Mark | undefined {
  const { [KEY]: mark } = v.getMetadata(schema as never) as { readonly [KEY]?: Mark };
  return mark;
}
