import fc from 'fast-check';
import { jsonFault, utf8Fault } from './json-fault.ts';

const SOURCE = '[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled);';
const VALUE = "JSON String, Number, Array, Object or token 'null', 'true' or 'false'";

test.each([
  ['', 'Unexpected end-of-input', 1, 1],
  ['hello', `Unrecognized token 'hello': was expecting (${VALUE})`, 1, 6],
  ['\u0091', `Unexpected character ((CTRL-CHAR, code 145)): expected a valid value (${VALUE})`, 1, 1],
  ['{"a":1,}', "Unexpected character ('}' (code 125)): was expecting double-quote to start field name", 1, 8],
  [
    '{"a":1\n "b":2}',
    "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries",
    2,
    2,
  ],
  ['[1}', "Unexpected character ('}' (code 125)): was expecting comma to separate Array entries", 1, 3],
  [
    '{"a" 1}',
    "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value",
    1,
    6,
  ],
  [
    '"a\nb"',
    'Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash to be included in string value',
    2,
    1,
  ],
  ['"\\x"', "Unrecognized character escape 'x' (code 120)", 1, 4],
  ['[01]', 'Invalid numeric value: 01', 1, 4],
  ['"a', 'Unexpected end-of-input in VALUE_STRING', 1, 3],
])('the message for %j names the fault and its position', (text, message, line, column) => {
  expect(jsonFault(text)).toBe(`${message}\n at ${SOURCE} line: ${line}, column: ${column}]`);
});

test('the message for a cut document names the open bracket', () => {
  expect(jsonFault('{"a":\n[1,2]')).toBe(
    `Unexpected end-of-input: expected close marker for Object (start marker at ${SOURCE} line: 1, column: 1])\n at ${SOURCE} line: 2, column: 6]`,
  );
});

const isJson = (text: string) => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

test('a fault is found in exactly the texts that JSON.parse refuses', () => {
  const damaged = fc
    .tuple(fc.json(), fc.nat(), fc.nat({ max: 3 }), fc.constantFrom('', ...'{}[],:"\\0-1.eE+tn \n\u0001x'))
    .map(([json, at, length, inserted]) => {
      const start = at % (json.length + 1);
      return json.slice(0, start) + inserted + json.slice(start + length);
    });
  fc.assert(
    fc.property(fc.oneof(fc.json(), damaged, fc.string()), (text) => {
      expect(jsonFault(text) === undefined).toBe(isJson(text));
    }),
    { numRuns: 2_000 },
  );
});

test.each(['[', '{"a":', '"\\u00e9'])('a long text of %j is read to its end', (part) => {
  expect(jsonFault(part.repeat(500_000))).toMatch(/^Unexpected|^Unrecognized/);
});

test.each([
  ['22efbfbd8722', 'Invalid UTF-8 start byte 0x87', 1, 4],
  ['7b0a22c3', 'Invalid UTF-8 start byte 0xc3', 2, 3],
  ['0a99', `Unexpected character ((CTRL-CHAR, code 153)): expected a valid value (${VALUE})`, 2, 1],
  ['e9', `Unexpected character ('é' (code 233)): expected a valid value (${VALUE})`, 1, 1],
])('the first byte of %s that is not UTF-8 is named with its place', (hex, message, line, column) => {
  expect(utf8Fault(Buffer.from(hex, 'hex'))).toBe(
    `${message}\n at ${SOURCE} line: ${line}, column: ${column}]`,
  );
});

test('a fault is found in exactly the payloads that are not UTF-8', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const payload = Buffer.from(bytes);
      const isText = Buffer.from(payload.toString('utf8')).equals(payload);
      expect(utf8Fault(payload) === undefined).toBe(isText);
    }),
  );
});

test('a payload of 6 MB is read once, whatever it has', () => {
  const payload = Buffer.concat([Buffer.from('\ufffd'.repeat(2_000_000)), Buffer.from([0x87])]);
  expect(utf8Fault(payload)).toMatch(/^Invalid UTF-8 start byte 0x87\n.* column: 2000002\]$/);
});
