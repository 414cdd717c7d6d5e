import { isObject } from '../../../core/is-object.ts';
import { asksForNothing } from '../../../protocols/unknown-members.ts';

/** A type in dynalite's rules: its name, or its name with the types of its members or items. */
export type DynaliteType =
  | string
  | { readonly type?: string; readonly children?: DynaliteType | DynaliteTypes };

/** The types of the members of a structure, by name. */
export type DynaliteTypes = Readonly<Record<string, DynaliteType>>;

/**
 * Lists the members of an input that dynalite does not know and would leave out, by path. Absent, empty and `false` ones are not listed.
 * @example membersUnknownToDynalite(rulesOf('CreateTable').types, input) // ['GlobalSecondaryIndexes.1.WarmThroughput']
 */
export function membersUnknownToDynalite(types: DynaliteTypes, input: object, path = ''): string[] {
  return Object.entries(input).flatMap(([name, value]) => {
    const type = types[name];
    if (type === undefined) return asksForNothing(value) ? [] : [path + name];
    return unknownWithin(type, value, `${path}${name}.`);
  });
}

function unknownWithin(type: DynaliteType, value: unknown, path: string): string[] {
  if (typeof type === 'string' || typeof value !== 'object' || value === null) return [];
  const { type: kind = '', children } = type;
  // Items and values of attributes: their members are data.
  if (children === undefined || typeof children === 'string') return [];
  if (/Struct</.test(kind)) {
    return isObject(value) ? membersUnknownToDynalite(children as DynaliteTypes, value, path) : [];
  }
  const item = children as DynaliteType;
  const inner = Array.isArray(value)
    ? value.map((each, index) => [index + 1, each] as const)
    : Object.entries(value);
  return inner.flatMap(([key, each]) => unknownWithin(item, each, `${path}${key}.`));
}
