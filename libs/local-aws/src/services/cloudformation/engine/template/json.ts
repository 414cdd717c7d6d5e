export { isObject } from '../../../../core/is-object.ts';

/** A value of a template, or of a resource's properties once its functions are evaluated. */
export type Json = null | string | number | boolean | readonly Json[] | JsonObject;

/** A JSON object. Keys come from templates: read them with {@link member}, never with `in` or inherited access. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** An object's own member; `undefined` if it does not exist. */
export function member<Value>(object: { readonly [key: string]: Value }, key: string): Value | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** The items of a list. Any other value has no items. */
export function itemsOf(value: Json): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** A value, then all values inside it, each with its path of keys and indices. */
export function* walk(value: Json, path: string[] = []): Generator<{ value: Json; path: string[] }> {
  yield { value, path };
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) yield* walk(inner, [...path, key]);
}

/** A scalar as text. Objects are refused: a template could define their `toString`. */
export function scalarText(value: unknown): string | undefined {
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined;
}
