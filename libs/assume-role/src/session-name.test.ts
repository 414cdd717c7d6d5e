import fc from 'fast-check';
import { codePoint } from './code-point.testing.ts';
import { defaultSessionName } from './provider.ts';

const ID = '8e1f5a0c3b7d4926a1c0ffee12345678';

test.each([
  ['the latest version', `2026/11/26/[$LATEST]${ID}`],
  ['a published version', `2026/11/26/[7]${ID}`],
  ['a function that chooses its log group', `2026/11/26/caller-dev[$LATEST]${ID}`],
])('the session of %s is named after the function and its execution environment', (_what, stream) => {
  expect(defaultSessionName('caller-dev', stream)).toBe('caller-dev.8e1f5a0c3b7d4926');
});

test.each([undefined, '', 'stream', '2026/11/26/[$LATEST]', ID.slice(1), `${ID} `, ID.toUpperCase()])(
  'the session has the name of the function if the log stream is %j',
  (stream) => {
    expect(defaultSessionName('caller-dev', stream)).toBe('caller-dev');
  },
);

test('a long name of a function is cut, so that the session has the 64 characters that STS allows', () => {
  const session = defaultSessionName('f'.repeat(64), `2026/11/26/[$LATEST]${ID}`);
  expect(session).toBe(`${'f'.repeat(47)}.8e1f5a0c3b7d4926`);
});

// https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
const functionName = fc.stringMatching(/^[a-zA-Z0-9-_]{1,64}$/);
const id = fc.stringMatching(/^[\da-f]{32}$/);
const version = fc.oneof(fc.constant('$LATEST'), fc.nat().map(String));

test('STS accepts the session name, whatever function and environment are called', () => {
  fc.assert(
    fc.property(functionName, version, id, fc.boolean(), (name, of, environment, ownGroup) => {
      const session = defaultSessionName(name, `2026/11/26/${ownGroup ? name : ''}[${of}]${environment}`);
      // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
      expect(session).toMatch(/^[\w+=,.@-]{2,64}$/);
      const [start = '', end = '', ...rest] = session.split('.');
      expect(rest).toEqual([]);
      expect(name.startsWith(start) && (start === name || session.length === 64)).toBe(true);
      expect(environment.startsWith(end) && end.length === 16).toBe(true);
    }),
  );
});

test('STS accepts the session name, whatever the log stream is called', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-zA-Z0-9-_]{2,64}$/),
      fc.string({ unit: codePoint }),
      (name, stream) => {
        expect(defaultSessionName(name, stream)).toMatch(/^[\w+=,.@-]{2,64}$/);
      },
    ),
  );
});
