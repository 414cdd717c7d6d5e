import fc from 'fast-check';
import { readProxyResponse } from './proxy-response.ts';

const read = (answer: unknown, acceptsBinary = false) =>
  readProxyResponse(Buffer.from(typeof answer === 'string' ? answer : JSON.stringify(answer)), acceptsBinary);
const base64 = Buffer.from('binary').toString('base64');
const json = { 'Content-Type': 'application/json' };

test.each<[string, unknown, { status?: number; headers?: object; body?: string }]>([
  ['a status alone', { statusCode: 204 }, { status: 204, headers: json, body: '' }],
  ['a status as text', { statusCode: '201' }, { status: 201 }],
  ['no status', { body: 'x' }, { status: 200, body: 'x' }],
  ['headers alone', { headers: { A: 'b' } }, { status: 200, headers: { ...json, A: 'b' } }],
  [
    'null members',
    { statusCode: 200, headers: null, multiValueHeaders: null, body: null, isBase64Encoded: null },
    { body: '' },
  ],
  [
    'a content type',
    { headers: { 'content-type': 'text/html' } },
    { headers: { 'content-type': 'text/html' } },
  ],
  ['scalars as header values', { headers: { a: true, b: 1 } }, { headers: { ...json, a: 'true', b: '1' } }],
  [
    'several values',
    { multiValueHeaders: { 'Set-Cookie': ['a', 'b'] } },
    { headers: { ...json, 'Set-Cookie': ['a', 'b'] } },
  ],
  [
    'a name in both maps',
    { headers: { 'x-a': 'single' }, multiValueHeaders: { 'X-a': ['multi'] } },
    { headers: { ...json, 'X-a': ['multi', 'single'] } },
  ],
  [
    'headers that API Gateway sets',
    { headers: { 'WWW-Authenticate': 'Basic', date: 'x', 'Transfer-Encoding': 'chunked' } },
    { headers: { ...json, 'x-amzn-Remapped-WWW-Authenticate': 'Basic', 'x-amzn-Remapped-date': 'x' } },
  ],
  ['base64 for a caller that accepts text', { body: base64, isBase64Encoded: true }, { body: base64 }],
])('an answer with %s is valid', (_what, answer, expected) => {
  const result = read(answer);
  if (!result.valid) throw new Error(result.reason);
  const { status, headers, body } = result.response;
  expect({ status, headers: { ...headers }, body: body.toString() }).toMatchObject(expected);
  if (expected.headers !== undefined) expect({ ...headers }).toEqual(expected.headers);
});

test('base64 is decoded for a caller that accepts it', () => {
  const result = read({ body: base64, isBase64Encoded: true }, true);
  expect(result).toMatchObject({ valid: true, response: { body: Buffer.from('binary') } });
});

test.each(['not Base64!', 'YmluYXJ5=', 'YmluY', 'YmluYXJ5\n', 'Ymlu_XJ5', '=', 'YQ=x'])(
  'the body %j is not Base64, which a caller that accepts text does not notice',
  (body) => {
    expect(read({ body, isBase64Encoded: true }, true)).toMatchObject({ valid: false, isUndecodable: true });
    expect(read({ body, isBase64Encoded: true })).toMatchObject({
      valid: true,
      response: { body: Buffer.from(body) },
    });
  },
);

test.each(['', 'YQ==', 'YQ', 'YmluYXJ5'])('the body %j is Base64', (body) => {
  expect(read({ body, isBase64Encoded: true }, true).valid).toBe(true);
});

test.each<[string, unknown]>([
  ['no content', ''],
  ['the value null', null],
  ['text alone', '"text"'],
  ['a list alone', []],
  ['a syntax error', '{'],
  ['an error document', { errorMessage: 'x', errorType: 'Error' }],
  ['an unknown member', { statusCode: 200, message: 'x' }],
  ['a status that is a word', { statusCode: 'ok' }],
  ['a status of two digits', { statusCode: 42 }],
  ['an interim status', { statusCode: 100 }],
  ['a fraction as status', { statusCode: 200.5 }],
  ['headers as a list', { headers: ['a'] }],
  ['headers as text', { headers: 'a' }],
  ['a header of an object', { headers: { a: {} } }],
  ['a header of null', { headers: { a: null } }],
  ['one value among many', { multiValueHeaders: { a: 'b' } }],
  ['a header with a line break', { headers: { a: 'b\r\nset-cookie: c' } }],
  ['a header name with a line break', { headers: { 'a\r\nb': 'c' } }],
  ['a header beyond Latin-1', { headers: { a: '中' } }],
  ['an object as body', { body: { a: 1 } }],
  ['isBase64Encoded as text', { body: '', isBase64Encoded: 'true' }],
])('an answer with %s is invalid', (_what, answer) => {
  expect(read(answer)).toEqual({ valid: false, reason: expect.any(String) });
});

test('an answer with a body over 10 MB is invalid', () => {
  expect(read({ body: 'x'.repeat(10 * 1024 * 1024 + 1) }).valid).toBe(false);
});

test('reading an answer never throws, and every valid answer can be sent', () => {
  const headers = fc.dictionary(fc.string(), fc.anything());
  const answers = fc.oneof(
    fc.anything(),
    fc.record(
      {
        statusCode: fc.oneof(fc.integer(), fc.string(), fc.anything()),
        headers: fc.oneof(headers, fc.anything()),
        multiValueHeaders: fc.oneof(fc.dictionary(fc.string(), fc.array(fc.string())), fc.anything()),
        body: fc.oneof(fc.string(), fc.anything()),
        isBase64Encoded: fc.oneof(fc.boolean(), fc.anything()),
      },
      { requiredKeys: [] },
    ),
  );
  fc.assert(
    fc.property(answers, fc.boolean(), (answer, acceptsBinary) => {
      let text: string | undefined;
      try {
        text = JSON.stringify(answer);
      } catch {
        // A function cannot return a value without a JSON form (a BigInt, a cycle).
      }
      if (text === undefined) return;
      const result = read(text, acceptsBinary);
      if (!result.valid) return;
      // Throws if Node.js could not send it.
      new Headers(
        Object.entries(result.response.headers).flatMap(([name, values]) =>
          [values].flat().map((value): [string, string] => [name, value]),
        ),
      );
      expect(result.response.status).toBeGreaterThanOrEqual(200);
      expect(result.response.status).toBeLessThan(600);
    }),
  );
});

test('reading arbitrary bytes never throws', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(typeof readProxyResponse(bytes, true).valid).toBe('boolean');
    }),
  );
});
