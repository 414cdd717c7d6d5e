import { AwsError } from '../../../core/errors.ts';
import { isObject } from '../../../core/is-object.ts';
import { checkNesting } from './nesting.ts';

/*
 * dynalite keeps attributes in ordinary objects, so an attribute named `__proto__` gets lost, and each item seems to have an attribute
 * `constructor`. Names of Object.prototype are stored with a control character in place of their first letter: this changes neither
 * the size of an item nor the order of items.
 */

const NAMES: readonly string[] = Object.getOwnPropertyNames(Object.prototype);

/** The control character. `JSON.stringify` writes it as it stands in {@link MARK_IN_JSON}. */
const MARK = '\u0001';
const MARK_IN_JSON = '\\u0001';

const storedName = (name: string) => MARK + name.slice(1);

const STORED = new Map(NAMES.map((name) => [name, storedName(name)]));
const GIVEN = new Map([...STORED].map(([name, stored]) => [stored, name]));

/** A word of an expression that is no alias, no value and no function. */
const WORD = /(?<![\w#:])[A-Za-z_]\w*(?!\w|\s*\()/g;

/** Members whose keys are names of tables. */
const OF_TABLES = new Set(['RequestItems', 'Responses', 'UnprocessedItems', 'UnprocessedKeys']);

/** Members whose value, or whose items, are names of attributes, and messages with such names. */
const NAMING = /^(AttributeName|AttributesToGet|NonKeyAttributes|[Mm]essage)$/;

/** Reads a request. The names of its attributes are those that dynalite can store. @throws SyntaxError, AwsError */
export function readRequest(text: string): object {
  const input = JSON.parse(text);
  checkNesting(input);
  // An escape may stand for a letter of a name.
  const isPlain = !text.includes('\\u') && !NAMES.some((name) => text.includes(name));
  return isPlain ? input : (renamed(input, storedIn) as object);
}

/** Writes an answer of dynalite. The names of its attributes are those that clients gave. */
export function writeAnswer(document: object): string {
  const text = JSON.stringify(document);
  return text.includes(MARK_IN_JSON) ? JSON.stringify(renamed(document, givenIn)) : text;
}

/** The most levels of JSON in which names can stand: those of an item within a batch. What is deeper is refused later. */
const MAX_LEVELS = 100;

/** @param rename gets a text that is, or has, names of attributes */
function renamed(value: unknown, rename: (text: string) => string, level = 1): unknown {
  if (level > MAX_LEVELS) return value;
  const inside = (inner: unknown) => renamed(inner, rename, level + 1);
  const text = (inner: unknown) => (typeof inner === 'string' ? rename(inner) : inner);
  if (Array.isArray(value)) return value.map(inside);
  if (!isObject(value)) return value;
  const aliases: Record<string, string> = {};
  const entries = Object.entries(value).map(([key, inner]): readonly [string, unknown] => {
    if (OF_TABLES.has(key) && isObject(inner)) return [key, mapped(inner, inside)];
    if (key === 'ExpressionAttributeNames' && isObject(inner)) return [key, mapped(inner, text)];
    if (NAMING.test(key) && typeof inner === 'string') return [key, rename(inner)];
    if (NAMING.test(key) && Array.isArray(inner)) return [key, inner.map(text)];
    if (/Expression$/.test(key) && typeof inner === 'string') return [key, withAliases(inner, aliases)];
    return [rename(key), inside(inner)];
  });
  // `Object.fromEntries` defines a member `__proto__`, which an assignment would not.
  const result = Object.fromEntries(entries);
  if (Object.keys(aliases).length === 0) return result;
  const { ExpressionAttributeNames } = result;
  const names = isObject(ExpressionAttributeNames) ? ExpressionAttributeNames : {};
  return { ...result, ExpressionAttributeNames: { ...names, ...aliases } };
}

function mapped(object: object, change: (value: unknown) => unknown): object {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

function storedIn(name: string): string {
  if (!GIVEN.has(name)) return STORED.get(name) ?? name;
  throw new AwsError(
    'NotImplemented',
    `local AWS cannot store the attribute ${JSON.stringify(name)}: leave out the control character.`,
    501,
  );
}

function givenIn(text: string): string {
  if (!text.includes(MARK)) return text;
  return NAMES.reduce((given, name) => given.replaceAll(storedName(name), name), text);
}

/** Replaces names that stand in an expression. `constructor` is a reserved word there, which dynalite refuses. */
function withAliases(expression: string, aliases: Record<string, string>): string {
  return expression.replace(WORD, (name) => {
    const stored = STORED.get(name);
    if (stored === undefined || name === 'constructor') return name;
    const alias = `#local_aws_${name}`;
    aliases[alias] = stored;
    return alias;
  });
}
