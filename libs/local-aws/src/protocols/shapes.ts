import * as v from 'valibot';
import { AwsError } from '../core/errors.ts';

// Shapes that inputs of many services share, with AWS's messages for violated constraints.

/** A string's or list's shortest length. */
export const atLeast = <Input extends v.LengthInput = string>(length: number) =>
  v.minLength<Input, number, string>(length, `Member must have length greater than or equal to ${length}`);

/** A string's or list's longest length. */
export const atMost = <Input extends v.LengthInput = string>(length: number) =>
  v.maxLength<Input, number, string>(length, `Member must have length less than or equal to ${length}`);

/** A regular expression that a string must match. @param shown the expression in AWS's model, for the message */
export const pattern = (expression: RegExp, shown: string) =>
  v.regex<string, string>(expression, `Member must satisfy regular expression pattern: ${shown}`);

/** One of some words. @param absent AWS's further words, for features that local AWS lacks */
export const oneOf = <const Words extends readonly string[]>(words: Words, absent: readonly string[]) =>
  v.picklist(words, ({ input }) =>
    absent.includes(String(input))
      ? `local AWS does not have ${input}: use ${words.join(' or ')}.`
      : `Member must satisfy enum value set: [${[...words, ...absent].join(', ')}]`,
  );

const bounds = (least: number, most: number) =>
  [
    v.minValue<number, number, string>(least, `Member must have value greater than or equal to ${least}`),
    v.maxValue<number, number, string>(most, `Member must have value less than or equal to ${most}`),
  ] as const;

/** A whole number in a JSON document. */
export const wholeNumber = (least: number, most: number) =>
  v.pipe(v.number(), v.integer('Member must be a whole number'), ...bounds(least, most));

/** A whole number in a query parameter: digits. */
export const wholeNumberText = (least: number, most: number) =>
  v.pipe(
    v.string(),
    v.regex(/^-?\d{1,10}$/, 'Member must be a whole number'),
    v.transform(Number),
    ...bounds(least, most),
  );

/** A boolean in a query parameter: `true` or `false` in any case. */
export const flag = v.pipe(
  v.string(),
  v.regex(/^(?:true|false)$/i, 'Member must be true or false'),
  v.transform((text) => text.toLowerCase() === 'true'),
);

/** A list in the query protocol, which sends an empty one as the empty string. */
export const listOf = <const Item extends v.GenericSchema>(item: Item) =>
  v.union([
    v.array(item),
    v.pipe(
      v.literal(''),
      v.transform((): v.InferOutput<Item>[] => []),
    ),
  ]);

const TAG = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const TAG_CHARACTER = '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]';

/** The key of a tag. */
export const tagKey = v.pipe(v.string(), atLeast(1), atMost(128), pattern(TAG, `${TAG_CHARACTER}+`));

/** The value of a tag. */
export const tagValue = v.pipe(v.string(), atMost(256), pattern(TAG, `${TAG_CHARACTER}*`));

/** A tag in a list of tags. */
export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** The map of a list of tags: `{ stage: 'dev' }`. */
export function tagMap(tags: readonly Tag[] = []): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}

/** The list of a map of tags: `[{ Key: 'stage', Value: 'dev' }]`. */
export function tagList(tags: ReadonlyMap<string, string> | Readonly<Record<string, string>>): Tag[] {
  const entries = tags instanceof Map ? [...tags] : Object.entries(tags);
  return entries.map(([Key, Value]) => ({ Key, Value }));
}

/** Tags in a template. */
export const templateTags = v.array(v.strictObject({ Key: v.string(), Value: v.string() }));

/** One page of a list; `next` is absent on the last one. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next?: string;
}

/**
 * Cuts one page out of a list. The token is a position or, with `key`, the last returned item: then items that are added or removed in
 * between neither repeat nor hide others. The list must be sorted by `key`. @throws AwsError for a token that no page returned
 * @example paginate(['a', 'b', 'c'], { size: 2 }) // { items: ['a', 'b'], next: 'Mg' }
 */
export function paginate<Item>(
  items: readonly Item[],
  options: {
    readonly size: number;
    readonly token?: string | undefined;
    readonly key?: (item: Item) => string;
    readonly invalidToken?: (token: string) => AwsError;
  },
): Page<Item> {
  const { size, token, key, invalidToken = invalidPageToken } = options;
  let start = 0;
  if (token !== undefined) {
    const text = Buffer.from(token, 'base64url').toString('utf8');
    if (key === undefined ? !/^\d{1,9}$/.test(text) : !text.startsWith(AFTER)) throw invalidToken(token);
    if (key === undefined) start = Number(text);
    else {
      const next = items.findIndex((item) => key(item) > text.slice(AFTER.length));
      start = next < 0 ? items.length : next;
    }
  }
  const page = items.slice(start, start + size);
  const last = page.at(-1);
  if (last === undefined || start + size >= items.length) return { items: page };
  const position = key === undefined ? String(start + size) : AFTER + key(last);
  return { items: page, next: Buffer.from(position).toString('base64url') };
}

const AFTER = 'after:';

function invalidPageToken(token: string): AwsError {
  const message = `The token ${token.slice(0, 100)} is invalid: use the one that the previous page returned.`;
  return new AwsError('ValidationError', message);
}
