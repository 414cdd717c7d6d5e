import { readFailure, readLoggedFailure } from './failure.ts';

const stack =
  'TypeError: x is not a function\n    at load (file:///var/task/src/a.mjs:1:2)\n    at b.mjs:3:4';
const read = {
  errorType: 'TypeError',
  errorMessage: 'x is not a function',
  stack: ['at load (file:///var/task/src/a.mjs:1:2)', 'at b.mjs:3:4'],
};

describe('the error document of an invocation', () => {
  const documentOf = (document: unknown) => readFailure(Buffer.from(JSON.stringify(document)));

  test('of a function that threw has type, message and stack', () => {
    const { errorType, errorMessage } = read;
    expect(documentOf({ errorType, errorMessage, trace: stack.split('\n') })).toEqual(read);
  });

  test('of a function in Python has the lines of its stack', () => {
    const stackTrace = ['  File "/var/task/app.py", line 2, in handler\n    raise KeyError("a")\n'];
    const { stack } = documentOf({ errorType: 'KeyError', errorMessage: "'a'", requestId: 'x', stackTrace });
    expect(stack).toEqual(['File "/var/task/app.py", line 2, in handler']);
  });

  test('of a function that was ended has no stack', () => {
    const ended = { errorType: 'Sandbox.Timedout', errorMessage: 'Task timed out after 3.00 seconds' };
    expect(documentOf(ended)).toEqual({ ...ended, stack: [] });
  });

  test('of any form is read', () => {
    const unknown = { errorType: 'Error', errorMessage: '', stack: [] };
    expect([documentOf('text'), documentOf([1]), readFailure(Buffer.from('{'))]).toEqual([
      unknown,
      unknown,
      unknown,
    ]);
  });

  test('is shortened', () => {
    const trace = Array.from({ length: 1_000 }, (_, line) => `    at f (a.mjs:${line}:1)`);
    const long = documentOf({ errorType: 'Error', errorMessage: 'x'.repeat(100_000), trace });
    expect(JSON.stringify(long).length).toBeLessThan(5_000);
  });
});

describe('an error in the log', () => {
  // https://docs.aws.amazon.com/powertools/typescript/latest/features/logger/#logging-errors
  const powertools = {
    level: 'ERROR',
    message: 'This is the first error',
    service: 'serverlessAirline',
    error: { name: 'TypeError', location: '/var/task/a.mjs:1', message: 'x is not a function', stack },
  };

  test.each([
    ['Powertools wrote', JSON.stringify(powertools)],
    // https://github.com/pinojs/pino-std-serializers#exportserrerror
    [
      'pino wrote',
      JSON.stringify({ level: 50, err: { type: 'TypeError', message: 'x is not a function', stack } }),
    ],
    ['console.error wrote', `2026-11-24T12:00:00.000Z\tabc\tERROR\t${stack}`],
    ['console.error wrote after another text', `2026-11-24T12:00:00.000Z\tabc\tERROR\tfailed ${stack}`],
  ])('that %s has type, message and stack', (_writer, line) => {
    expect(readLoggedFailure(line)).toEqual(read);
  });

  test('keeps the code of an error of Node out of its type', () => {
    const text = 'TypeError [ERR_INVALID_URL]: Invalid URL\n    at a.mjs:1:2';
    expect(readLoggedFailure(`t\tid\tERROR\t${text}`)).toMatchObject({
      errorType: 'TypeError',
      errorMessage: 'Invalid URL',
    });
  });

  test.each([
    ['an information', JSON.stringify({ ...powertools, level: 'INFO' })],
    ['a warning', `2026-11-24T12:00:00.000Z\tabc\tWARN\t${stack}`],
    ['an error line without a stack', JSON.stringify({ level: 'ERROR', message: 'failed', code: 'TIMEOUT' })],
    ['a text without a stack', '2026-11-24T12:00:00.000Z\tabc\tERROR\tthe call failed: Error: no'],
    ['text that is nearly JSON', '{"level":"ERROR",'],
    ['a line of Lambda', 'REPORT RequestId: abc\tDuration: 1 ms'],
  ])('is not read from %s', (_what, line) => {
    expect(readLoggedFailure(line)).toBeUndefined();
  });
});
