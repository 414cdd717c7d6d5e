import { AwsV4Signer } from 'aws4fetch';
import fc from 'fast-check';
import { Headers } from './aws4fetch-headers.ts';

const Real = globalThis.Headers;
type HeadersInit = ConstructorParameters<typeof Real>[0];
afterEach(() => {
  globalThis.Headers = Real;
});

const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'A', 'b', 'B', 'x-amz-date', 'X-Amz-Date', 'Z', 'Host') },
  { weight: 3, arbitrary: fc.constantFrom('cookie', 'Cookie', 'set-cookie', 'Set-Cookie', '1', '-') },
  { weight: 1, arbitrary: fc.string({ maxLength: 3 }) },
);
const value = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    ' a',
    'a ',
    '\t\r\n a  b \n',
    '\x0b',
    '\x0c',
    '\xa0',
    'a\nb',
    'a\0',
    'é',
    'Ā',
    '\x7f',
    'x, y',
  ),
  fc.string({ maxLength: 5, unit: 'binary' }),
);
const pairs = fc.array(fc.tuple(name, value), { maxLength: 6 });
const call = fc.oneof(
  fc.tuple(fc.constantFrom('get' as const, 'has' as const, 'delete' as const), name),
  fc.tuple(fc.constantFrom('set' as const, 'append' as const), name, value),
);
const init = fc.oneof(
  pairs,
  pairs.map((entries) => new Map(entries)),
  pairs.map((entries) => Object.fromEntries(entries)),
  fc.constant(undefined),
  fc.array(fc.array(fc.string(), { maxLength: 3 }), { maxLength: 2 }),
);

/** Either class, with the calls of the tests. */
type AnyHeaders = Headers | globalThis.Headers;

/** Returns the result of a call, or the class of its error. */
function outcome(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return (error as Error).constructor.name;
  }
}

function contents(headers: AnyHeaders) {
  const each: unknown[] = [];
  headers.forEach((...args) => {
    each.push(args.slice(0, 2));
  });
  return [
    [...headers],
    [...headers.entries()],
    [...headers.keys()],
    [...headers.values()],
    headers.getSetCookie(),
    each,
  ];
}

function apply(headers: AnyHeaders, [method, ...args]: readonly [string, ...string[]]): unknown {
  return (headers as unknown as Record<string, (...args: string[]) => unknown>)[method]?.(...args);
}

test('the small Headers behave as the real ones', () => {
  fc.assert(
    fc.property(init, fc.array(call, { maxLength: 10 }), (from, calls) => {
      const made = outcome(() => contents(new Headers(from)));
      expect(made).toEqual(outcome(() => contents(new Real(from as HeadersInit))));
      if (typeof made === 'string') return;
      const small = new Headers(from);
      const real = new Real(from as HeadersInit);
      for (const each of calls) {
        expect(outcome(() => apply(small, each))).toEqual(outcome(() => apply(real, each)));
        expect(contents(small)).toEqual(contents(real));
      }
    }),
    { numRuns: 1_000 },
  );
});

test('each copies the other', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom('a', 'B', 'set-cookie'), fc.constantFrom('x', 'y, z')),
      (from) => {
        const expected = contents(new Real(from));
        expect(contents(new Headers(new Real(from)))).toEqual(expected);
        expect(contents(new Headers(new Headers(from)))).toEqual(expected);
        expect(contents(new Real(new Headers(from)))).toEqual(expected);
      },
    ),
  );
});

test('values that are not strings become strings, as with the real Headers', () => {
  const from = { a: 1, b: null, c: undefined, d: ['x', 'y'] };
  expect(contents(new Headers(from))).toEqual(contents(new Real(from as unknown as HeadersInit)));
});

test('aws4fetch signs the same with either', async () => {
  await fc.assert(
    fc.asyncProperty(
      pairs,
      fc.boolean(),
      fc.constantFrom('s3', 'execute-api'),
      async (headers, allHeaders, service) => {
        const sign = async (Class: unknown) => {
          globalThis.Headers = Class as typeof Real;
          try {
            const signer = new AwsV4Signer({
              url: 'https://api.execute-api.eu-central-1.amazonaws.com/',
              headers: headers as [string, string][],
              accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
              secretAccessKey: 'secret',
              sessionToken: 'token',
              datetime: '20260101T000000Z',
              allHeaders,
              service,
            });
            const { headers: signed } = await signer.sign();
            return [...signed];
          } catch (error) {
            return (error as Error).constructor.name;
          }
        };
        expect(await sign(Headers)).toEqual(await sign(Real));
      },
    ),
    { numRuns: 200 },
  );
});

test('an error does not show the value, which may be secret', () => {
  expect(() => new Headers({ a: 'secret\n!' })).toThrow(/^(?!.*secret)/s);
});
