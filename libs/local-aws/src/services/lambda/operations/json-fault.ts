import { isUtf8 } from 'node:buffer';

const VALUE = "JSON String, Number, Array, Object or token 'null', 'true' or 'false'";

/**
 * The fault of a text that is not JSON, in the words of Jackson, AWS Lambda's parser of events, e.g.
 * `Unexpected character ('}' (code 125)): was expecting comma to separate Array entries`, and the place.
 * Sources: an answer of AWS in https://github.com/podaac/hydrocron/issues/64, and the place as LocalStack's tests recorded it on AWS in
 * November 2025 (`test_lambda_invoke_payload_encoding_error`, https://github.com/localstack/localstack). @returns `undefined` for JSON
 */
export function jsonFault(text: string): string | undefined {
  /** The open brackets. */
  const open: { readonly kind: 'Object' | 'Array'; readonly at: number }[] = [];
  let at = 0;
  /** The token that may come next. For `first …` and `separator`, this may also be a closing bracket. */
  let next: 'value' | 'first value' | 'name' | 'first name' | 'colon' | 'separator' = 'value';

  const place = (offset: number) => placeOf(text, offset);
  const fault = (message: string, offset: number) => `${message}\n at ${place(offset)}`;
  const unexpected = (expected: string) => fault(`Unexpected character (${name(text, at)}): ${expected}`, at);
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const [taken = ''] = pattern.exec(text) ?? [];
    at += taken.length;
    return taken;
  };

  for (;;) {
    take(/[\t\n\r ]*/y);
    const character = text[at];
    const container = open.at(-1);
    const isObject = container?.kind === 'Object';
    if (character === undefined) {
      if (container === undefined && next === 'separator') return undefined;
      const missing =
        container && `expected close marker for ${container.kind} (start marker at ${place(container.at)})`;
      return fault(`Unexpected end-of-input${missing === undefined ? '' : `: ${missing}`}`, at);
    }
    const mayClose = container !== undefined && (next === 'separator' || next.startsWith('first'));
    if (mayClose && character === (isObject ? '}' : ']')) {
      open.pop();
      at += 1;
      next = 'separator';
    } else if (next === 'separator') {
      if (container === undefined) return unexpected('was expecting the end of the input');
      if (character !== ',') return unexpected(`was expecting comma to separate ${container.kind} entries`);
      at += 1;
      next = isObject ? 'name' : 'value';
    } else if (next === 'colon') {
      if (character !== ':') return unexpected('was expecting a colon to separate field name and value');
      at += 1;
      next = 'value';
    } else if (character === '"') {
      at += 1;
      // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON allows none of them inside a string
      while (take(/[^"\\\u0000-\u001f]+|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})/y) !== '');
      const end = text[at];
      if (end === undefined) return fault('Unexpected end-of-input in VALUE_STRING', at);
      if (end === '\\') return fault(`Unrecognized character escape ${name(text, at + 1)}`, at + 2);
      if (end !== '"') {
        const remedy = 'has to be escaped using backslash to be included in string value';
        return fault(`Illegal unquoted character (${name(text, at)}): ${remedy}`, at + 1);
      }
      at += 1;
      next = next.endsWith('name') ? 'colon' : 'separator';
    } else if (next.endsWith('name')) {
      return unexpected('was expecting double-quote to start field name');
    } else if (character === '{' || character === '[') {
      open.push({ kind: character === '{' ? 'Object' : 'Array', at });
      at += 1;
      next = character === '{' ? 'first name' : 'first value';
    } else if (/[-\d]/.test(character)) {
      const number = take(/[-+.\w]*/y);
      if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(number)) {
        return fault(`Invalid numeric value: ${number.slice(0, 50)}`, at);
      }
      next = 'separator';
    } else {
      const token = take(/[\p{ID_Continue}$]*/uy);
      if (token === '') return unexpected(`expected a valid value (${VALUE})`);
      if (!['true', 'false', 'null'].includes(token)) {
        return fault(`Unrecognized token '${token.slice(0, 50)}': was expecting (${VALUE})`, at);
      }
      next = 'separator';
    }
  }
}

/** The character U+FFFD in UTF-8. */
const REPLACEMENT = [0xef, 0xbf, 0xbd];

/** The fault of a payload that is not UTF-8. @returns `undefined` for UTF-8 */
export function utf8Fault(payload: Buffer): string | undefined {
  if (isUtf8(payload)) return undefined;
  const text = payload.toString('utf8');
  // A replacement character may also be in the payload itself. Up to the first other one, text and bytes agree.
  let start = 0;
  let read = 0;
  for (;;) {
    const at = text.indexOf('\ufffd', read);
    start += Buffer.byteLength(text.slice(read, at));
    if (!REPLACEMENT.every((byte, index) => payload[start + index] === byte)) break;
    start += 3;
    read = at + 1;
  }
  const before = payload.toString('utf8', 0, start);
  const byte = payload[start] ?? 0;
  if (before.trim() === '') {
    const character = String.fromCharCode(byte);
    return `Unexpected character (${name(character, 0)}): expected a valid value (${VALUE})\n at ${placeOf(before, before.length)}`;
  }
  return `Invalid UTF-8 start byte 0x${byte.toString(16)}\n at ${placeOf(before, before.length + 1)}`;
}

/** The place of a character in Jackson's words. @param offset its index in the text */
function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return `[Source: REDACTED (\`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION\` disabled); line: ${line}, column: ${offset - before.lastIndexOf('\n')}]`;
}

/** A character in Jackson's words: `'}' (code 125)`. */
function name(text: string, offset: number): string {
  const code = text.codePointAt(offset) ?? 0;
  const isControl = code < 32 || (code > 126 && code < 160);
  return isControl ? `(CTRL-CHAR, code ${code})` : `'${String.fromCodePoint(code)}' (code ${code})`;
}
