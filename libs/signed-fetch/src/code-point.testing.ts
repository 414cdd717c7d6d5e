import fc from 'fast-check';

/** Any code point. fast-check's unit `binary` is the same, but takes most of a second: it makes a table of all of them. */
export const codePoint = fc.nat(0x10ffff).map((code) => String.fromCodePoint(code));
