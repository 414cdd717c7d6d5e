import * as v from 'valibot';

/** The members of valibot's schemas that say how a text is to be read. */
interface Shape extends v.GenericSchema {
  readonly entries?: Readonly<Record<string, Shape>>;
  /** The schema of entries that `entries` does not have, and of further items of a tuple. */
  readonly rest?: Shape;
  /** Of `optional` and its relatives. */
  readonly wrapped?: Shape;
  readonly item?: Shape;
  readonly items?: readonly Shape[];
  /** The schemas of a union, or the values of a picklist. */
  readonly options?: readonly (Shape | Value)[];
  /** The value of a literal. */
  readonly literal?: Value;
}

type Value = string | number | boolean;

/** As JSON writes it. A client writes numbers so, too. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i;

/**
 * Reads parameters by a schema: all of a request's parameters are texts, and the schema says which of them are numbers, booleans and
 * lists. A text that cannot be read stays as it is, so that the schema refuses it with the text that was sent.
 * @param given the decoded values by name. Names without a schema get their value, or a list of several
 * @example readParameters(v.object({ limit: v.number() }), { limit: ['10'] }) // { limit: 10 }
 */
export function readParameters(
  { entries = {}, rest }: Shape,
  given: Readonly<Record<string, readonly string[]>>,
): Readonly<Record<string, unknown>> {
  // HTTP has no empty list: the parameter is absent.
  const empty = Object.entries(entries).filter(([, { type }]) => type === 'array');
  const read = Object.entries(given).map(
    ([name, texts]) => [name, readValue(Object.hasOwn(entries, name) ? entries[name] : rest, texts)] as const,
  );
  return Object.fromEntries([...empty.map(([name]) => [name, []] as const), ...read]);
}

function readValue(schema: Shape | undefined, texts: readonly string[]): unknown {
  const given = texts.length === 1 ? texts[0] : texts;
  if (schema === undefined) return given;
  const { type, wrapped, item, items = [], rest, options = [], literal } = schema;
  if (wrapped) return readValue(wrapped, texts);
  if (/array|tuple/.test(type)) {
    return texts.map((text, index) => readValue(items[index] ?? item ?? rest, [text]));
  }
  for (const option of literal === undefined ? options : [literal]) {
    if (typeof option !== 'object') {
      if (String(option) === given) return option;
      continue;
    }
    const value = readValue(option, texts);
    if (v.is(option, value)) return value;
  }
  if (typeof given !== 'string') return given;
  if (type === 'number' && NUMBER.test(given) && Number.isFinite(Number(given))) return Number(given);
  return type === 'boolean' && /^(?:true|false)$/.test(given) ? given === 'true' : given;
}
