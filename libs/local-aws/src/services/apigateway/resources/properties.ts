import * as v from 'valibot';

/** A boolean; CloudFormation also takes its spelling as a string. */
export const boolean = v.union([
  v.boolean(),
  v.pipe(
    v.picklist(['true', 'false']),
    v.transform((text) => text === 'true'),
  ),
]);

/** A number; CloudFormation also takes its spelling as a string. */
export const number = v.union([
  v.number(),
  v.pipe(v.string(), v.regex(/^\d+(?:\.\d+)?$/), v.transform(Number)),
]);

/** A map of strings; numbers and booleans become their spelling. */
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

/** Tags as CloudFormation lists them. */
export const tags = v.array(v.strictObject({ Key: v.string(), Value: v.string() }));

/** Tags as API Gateway keeps them. */
export function tagMap(list: v.InferOutput<typeof tags> | undefined): Record<string, string> {
  return Object.fromEntries((list ?? []).map(({ Key, Value }) => [Key, Value]));
}

/** Leaves out members that are `undefined`, as `exactOptionalPropertyTypes` asks. */
export function defined<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** A property that local AWS knows and does not support: says so instead of ignoring it. */
export function unsupported(remedy: string) {
  return v.never(`not supported by local AWS: ${remedy}`);
}
