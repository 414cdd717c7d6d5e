import type * as v from 'valibot';
import { schemaOptions, schemaView } from '../core/schema-view.ts';

/**
 * Lists the members of an input that its schema lacks, by path, without absent, empty and `false` ones: they have no effect.
 * @param isTrueOnAws whether a member is or may be true on AWS without the request, so that `false` asks for a change
 * @example unknownMembers(v.object({ a: v.string() }), { a: '', b: { c: 1 } }) // ['b']
 */
export function unknownMembers(
  schema: v.GenericSchema,
  input: unknown,
  path = '',
  isTrueOnAws: (path: string) => boolean = () => false,
): string[] {
  const shape = schemaView(schema);
  if (shape.wrapped !== undefined) return unknownMembers(shape.wrapped, input, path, isTrueOnAws);
  if (Array.isArray(input) && shape.item !== undefined) {
    const { item } = shape;
    return input.flatMap((each, index) => unknownMembers(item, each, `${path}${index + 1}.`, isTrueOnAws));
  }
  if (shape.type === 'union' || shape.type === 'variant') {
    const suitable = schemaOptions(shape).filter((option) => takesKindOf(option, input));
    const found = suitable.map((option) => unknownMembers(option, input, path, isTrueOnAws));
    return found.sort((a, b) => a.length - b.length)[0] ?? [];
  }
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return [];
  if (shape.type === 'record' && shape.value !== undefined) {
    const { value } = shape;
    return Object.entries(input).flatMap(([key, each]) =>
      unknownMembers(value, each, `${path}${key}.`, isTrueOnAws),
    );
  }
  const entries = entriesOf(schema);
  if (entries === undefined) return [];
  return Object.entries(input).flatMap(([name, value]) => {
    const member = entries.get(name);
    if (member !== undefined) return unknownMembers(member, value, `${path}${name}.`, isTrueOnAws);
    const isMeant = isFalse(value) && isTrueOnAws(path + name);
    return asksForNothing(value) && !isMeant ? [] : [path + name];
  });
}

/** The members that an object's schema knows; `undefined` for a schema that takes any. */
export function entriesOf(schema: v.GenericSchema): ReadonlyMap<string, v.GenericSchema> | undefined {
  const view = schemaView(schema);
  const { type, entries, wrapped } = view;
  if (wrapped !== undefined) return entriesOf(wrapped);
  if (type === 'object' || type === 'strict_object') return new Map(Object.entries(entries ?? {}));
  if (type !== 'intersect') return undefined;
  const parts = schemaOptions(view).map(entriesOf);
  return parts.includes(undefined) ? undefined : new Map(parts.flatMap((part) => [...(part ?? [])]));
}

/** Whether a schema fits the kind of an input: a schema for text does not fit a list. */
function takesKindOf(schema: v.GenericSchema, input: unknown): boolean {
  const view = schemaView(schema);
  const { type, wrapped, item } = view;
  if (wrapped !== undefined) return takesKindOf(wrapped, input);
  const options = schemaOptions(view);
  if (options.length > 0) return options.some((option) => takesKindOf(option, input));
  if (typeof input !== 'object' || input === null || ['unknown', 'any', 'custom'].includes(type)) return true;
  return Array.isArray(input) ? item !== undefined : /object$|^record$/.test(type);
}

/** Whether a value asks for nothing: absent, empty or `false`. */
export function asksForNothing(value: unknown): boolean {
  // A request may have thousands of levels: no recursion.
  const pending = [value];
  while (pending.length > 0) {
    const one = pending.pop();
    if (one === undefined || one === null || one === '' || isFalse(one)) continue;
    if (typeof one !== 'object') return false;
    for (const inner of Object.values(one)) pending.push(inner);
  }
  return true;
}

const isFalse = (value: unknown) => value === false || value === 'false';
