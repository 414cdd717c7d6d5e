import { AccessDenied, createSignedFetch, isSignedFetchError, SignedFetchOptionError } from './index.ts';

/** Makes a call that the API refuses. */
async function refusedBy({ createSignedFetch: create }: { createSignedFetch: typeof createSignedFetch }) {
  const api = create({
    baseUrl: 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev',
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' },
    fetch: async () => Response.json({ message: 'no' }, { status: 403 }),
  });
  return api.json('/orders').catch((error: unknown) => error);
}

test('isSignedFetchError recognizes the error of a call, and its code tells which one it is', async () => {
  const error = await refusedBy({ createSignedFetch });
  expect(error).toBeInstanceOf(AccessDenied);
  if (!isSignedFetchError(error) || error.code !== 'AccessDenied') throw error;
  const { status }: AccessDenied = error;
  expect(status).toBe(403);
});

/** Loaded outside of a test: otherwise test:mutation would judge all code that runs when a module is loaded by that test alone. */
const copy = anotherCopy();

function anotherCopy(): typeof import('./index.ts') {
  let loaded: typeof import('./index.ts') | undefined;
  jest.isolateModules(() => {
    loaded = jest.requireActual('./index.ts');
  });
  return loaded as typeof import('./index.ts');
}

test('isSignedFetchError recognizes the error of another copy of this package, for which instanceof fails', async () => {
  const error = await refusedBy(copy);
  expect(error).toHaveProperty('code', 'AccessDenied');
  expect(error).not.toBeInstanceOf(AccessDenied);
  expect(isSignedFetchError(error)).toBe(true);
});

test.each([
  ['the error of an option', new SignedFetchOptionError('retry', 'is wrong')],
  ['any other error', new Error('no')],
  ['an object with the code of an error', { code: 'AccessDenied', attempts: [] }],
  ['no object', undefined],
  ['null', null],
])('isSignedFetchError does not recognize %s', (_what, value) => {
  expect(isSignedFetchError(value)).toBe(false);
});
