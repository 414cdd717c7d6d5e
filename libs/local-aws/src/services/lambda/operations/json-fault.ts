interface Opening {
  readonly kind: 'Object' | 'Array';
  readonly at: number;
}

const VALUE = "JSON String, Number, Array, Object or token 'null', 'true' or 'false'";

/**
 * Says where a text is not JSON, in the words of Jackson, which AWS Lambda parses events with, e.g.
 * `Unexpected character ('}' (code 125)): was expecting comma to separate Array entries\n at [Source: (byte[]); line: 1, column: 9]`.
 * Jackson also quotes the text. This message does not, because it ends up in the trace.
 * Source: https://github.com/podaac/hydrocron/issues/64, which quotes an answer of AWS.
 * @returns `undefined` for JSON
 */
export function jsonFault(text: string): string | undefined {
  const open: Opening[] = [];
  let at = 0;
  /** What may come next: a value, a field name, or what follows a value. `]` and `}` may come if the bracket before is open. */
  let next: 'value' | 'first value' | 'name' | 'first name' | 'colon' | 'separator' = 'value';

  const place = (offset: number) => {
    const before = text.slice(0, offset);
    const line = before.split('\n').length;
    return `[Source: (byte[]); line: ${line}, column: ${offset - before.lastIndexOf('\n')}]`;
  };
  const fault = (message: string, offset: number) => `${message}\n at ${place(offset)}`;
  const unexpected = (expected: string) =>
    fault(`Unexpected character (${name(text, at)}): ${expected}`, at + 1);
  const match = (pattern: RegExp) => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0] ?? '';
  };

  for (;;) {
    at += match(/[\t\n\r ]*/y).length;
    const character = text[at];
    const container = open.at(-1);
    const closes = character === (container?.kind === 'Object' ? '}' : ']');
    if (character === undefined) {
      if (container === undefined && next === 'separator') return undefined;
      const expected =
        container === undefined
          ? ''
          : `: expected close marker for ${container.kind} (start marker at ${place(container.at)})`;
      return fault(`Unexpected end-of-input${expected}`, at);
    }
    if (container !== undefined && closes && (next === 'separator' || next.startsWith('first'))) {
      open.pop();
      at += 1;
      next = 'separator';
    } else if (next === 'separator') {
      if (container === undefined) return unexpected('was expecting the end of the input');
      if (character !== ',') return unexpected(`was expecting comma to separate ${container.kind} entries`);
      at += 1;
      next = container.kind === 'Object' ? 'name' : 'value';
    } else if (next === 'colon') {
      if (character !== ':') return unexpected('was expecting a colon to separate field name and value');
      at += 1;
      next = 'value';
    } else if (character === '"') {
      const end = stringEnd(text, at);
      if (typeof end !== 'number') return fault(end.message, end.at);
      at = end;
      next = next.endsWith('name') ? 'colon' : 'separator';
    } else if (next.endsWith('name')) {
      return unexpected('was expecting double-quote to start field name');
    } else if (character === '{' || character === '[') {
      open.push({ kind: character === '{' ? 'Object' : 'Array', at });
      at += 1;
      next = character === '{' ? 'first name' : 'first value';
    } else if (/[-\d]/.test(character)) {
      const number = match(/[-+.\w]*/y);
      if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(number)) {
        return fault(`Invalid numeric value: ${number.slice(0, 50)}`, at + number.length);
      }
      at += number.length;
      next = 'separator';
    } else {
      const token = match(/[\p{ID_Continue}$]*/uy);
      if (token === '') return unexpected(`expected a valid value (${VALUE})`);
      at += token.length;
      if (!['true', 'false', 'null'].includes(token)) {
        return fault(`Unrecognized token '${token.slice(0, 50)}': was expecting (${VALUE})`, at);
      }
      next = 'separator';
    }
  }
}

/** The offset behind a string's closing quote, or what is wrong with the string. */
function stringEnd(text: string, start: number): number | { readonly message: string; readonly at: number } {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON allows none of them inside a string
  const special = /["\\\u0000-\u001f]/g;
  special.lastIndex = start + 1;
  for (let found = special.exec(text); found !== null; found = special.exec(text)) {
    const { index } = found;
    if (found[0] === '"') return index + 1;
    if (found[0] !== '\\') {
      const message = `Illegal unquoted character (${name(text, index)}): has to be escaped using backslash to be included in string value`;
      return { message, at: index + 1 };
    }
    const escapes = /["\\/bfnrt]|u[\dA-Fa-f]{4}/y;
    escapes.lastIndex = index + 1;
    const escaped = escapes.exec(text);
    if (escaped === null) {
      return { message: `Unrecognized character escape ${name(text, index + 1)}`, at: index + 2 };
    }
    special.lastIndex = escapes.lastIndex;
  }
  return { message: 'Unexpected end-of-input in VALUE_STRING', at: text.length };
}

/** A character in Jackson's words: `'}' (code 125)`. */
function name(text: string, offset: number): string {
  const code = text.codePointAt(offset) ?? 0;
  return code < 32 ? `(CTRL-CHAR, code ${code})` : `'${String.fromCodePoint(code)}' (code ${code})`;
}
