import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';

/** A map of strings. */
export const stringMap = v.record(v.string(), v.string());

/** A three-digit status. */
export const statusCode = v.pipe(
  v.string(),
  v.regex(/^[1-5]\d\d$/, 'a status code of three digits, 1xx to 5xx'),
);

/** A time limit of an integration. */
export const timeout = (most: number) =>
  v.optional(
    v.pipe(
      v.number(),
      v.check((value) => value >= 50 && value <= most, `Timeout should be between 50 ms and ${most} ms`),
    ),
    most,
  );

type Uncapitalized<T> = { [Name in keyof T as Uncapitalize<Name & string>]: T[Name] };

/** Template properties as API Gateway's API spells them: `StatusCode` is `statusCode`. Absent ones are left out. */
export function uncapitalized<T extends object>(properties: T) {
  const entries = Object.entries(properties);
  const renamed = entries.map(([name, value]) => [name.charAt(0).toLowerCase() + name.slice(1), value]);
  return defined(Object.fromEntries(renamed) as Uncapitalized<T>);
}

/** A structure of a template, which is read as API Gateway's API spells it: see {@link uncapitalized}. */
export const structure = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.pipe(
    v.strictObject(entries),
    v.transform((properties) => uncapitalized(properties)),
  );

/** A property that local AWS knows and refuses. @param what what it is for, or what to use instead */
export const unsupported = (what: string) => v.optional(v.never(`not supported by local AWS: ${what}`));

/** A switch for something that local AWS does not support: it can only be off. */
export const off = (what: string) =>
  v.optional(v.literal(false, `local AWS has no ${what}: leave it out of the local stage`));
