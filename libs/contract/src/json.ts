import * as v from 'valibot';

/** Any value that JSON can carry. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/**
 * Whether a value is a JSON object at every depth: no `undefined`, function, `NaN`, date or class instance in it,
 * nothing that `JSON.stringify` would drop or change.
 *
 * It does not recurse, so that a body with a million levels cannot overflow the stack.
 * @example isJsonObject(JSON.parse('{"foo":"bar"}')) // true
 */
export function isJsonObject(value: unknown): value is JsonObject {
  if (!isPlainObject(value)) return false;
  const seen = new Set<unknown>([value]);
  const pending: unknown[] = Object.values(value);
  while (pending.length > 0) {
    const next = pending.pop();
    if (isScalar(next)) continue;
    const children = Array.isArray(next) ? next : isPlainObject(next) ? Object.values(next) : undefined;
    if (children === undefined) return false;
    // Seen before: shared (legal) or circular (not). Neither occurs in parsed JSON; shared ones were checked already.
    if (seen.has(next)) {
      if (isCircular(value)) return false;
      continue;
    }
    seen.add(next);
    for (const child of children) pending.push(child);
  }
  return true;
}

/** Any JSON object. Checked as a whole rather than copied, so no key is dropped or renamed. */
export const jsonObjectSchema = v.custom<JsonObject>(isJsonObject, 'expected a JSON object');

function isScalar(value: unknown): boolean {
  return (
    value === null ||
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value))
  );
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // The second test admits objects of another realm (jest, node:vm).
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function isCircular(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return false;
  } catch {
    return true;
  }
}
