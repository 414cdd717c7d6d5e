import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';

/** A map of strings. */
export const stringMap = v.record(v.string(), v.string());

/** A map of booleans. */
export const booleanMap = v.record(v.string(), v.boolean());

/** A three-digit status. */
export const statusCode = v.pipe(
  v.string(),
  v.regex(/^[1-5]\d\d$/, 'a status code of three digits, 1xx to 5xx'),
);

type Uncapitalized<T> = { [Name in keyof T as Uncapitalize<Name & string>]: T[Name] };

/** Template properties as API Gateway's API spells them: `StatusCode` is `statusCode`. Absent ones are left out. */
export function uncapitalized<T extends object>(properties: T) {
  const entries = Object.entries(properties);
  const renamed = entries.map(([name, value]) => [name.charAt(0).toLowerCase() + name.slice(1), value]);
  return defined(Object.fromEntries(renamed) as Uncapitalized<T>);
}

/** A property that local AWS knows and refuses. @param what what it is for, or what to use instead */
export const unsupported = (what: string) => v.optional(v.never(`not supported by local AWS: ${what}`));

/** A switch for something that local AWS does not support: it can only be off. */
export const off = (what: string) =>
  v.optional(v.literal(false, `local AWS has no ${what}: leave it out of the local stage`));
