import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';

/*
 * Values of template properties, which CloudFormation also takes as text.
 */

/** A boolean. */
export const boolean = v.union([
  v.boolean(),
  v.pipe(
    v.picklist(['true', 'false']),
    v.transform((text) => text === 'true'),
  ),
]);

/** A number. */
export const number = v.union([
  v.number(),
  v.pipe(v.string(), v.regex(/^\d+(?:\.\d+)?$/), v.transform(Number)),
]);

/** A map of strings; numbers and booleans become text. */
export const stringMap = v.record(
  v.string(),
  v.pipe(v.union([v.string(), v.number(), v.boolean()]), v.transform(String)),
);

/** A map of booleans. */
export const booleanMap = v.record(v.string(), boolean);

/** A three-digit status. */
export const statusCode = v.pipe(
  v.union([v.string(), v.number()]),
  v.transform(String),
  v.regex(/^\d{3}$/, 'a status code of three digits'),
);

type Uncapitalized<T> = { [Name in keyof T as Uncapitalize<Name & string>]: T[Name] };

/**
 * Template properties as API Gateway's own API spells them. Absent ones are left out.
 * @example uncapitalized({ StatusCode: '200' }) // { statusCode: '200' }
 */
export function uncapitalized<T extends object>(properties: T) {
  const entries = Object.entries(properties);
  const renamed = entries.map(([name, value]) => [name.charAt(0).toLowerCase() + name.slice(1), value]);
  return defined(Object.fromEntries(renamed) as Uncapitalized<T>);
}

/** A property that local AWS knows and refuses. @param what what it is for, or what to use instead */
export const unsupported = (what: string) => v.optional(v.never(`not supported by local AWS: ${what}`));

/** A switch for something that local AWS does not support: it can only be off. */
export const off = (what: string) =>
  v.optional(
    v.pipe(
      boolean,
      v.check((isOn) => !isOn, `not supported by local AWS: ${what}`),
    ),
  );
