import { createApiClient, operation } from '@cross-account-api/contract';
import { createSignedFetch } from '@cross-account-api/signed-fetch';
import fc from 'fast-check';
import * as v from 'valibot';
import { createRouter } from '../libs/local-aws/src/services/execute-api/routing/router.ts';

const common = { method: 'GET', summary: 'A test.', status: 200 } as const;
const name = v.object({ name: v.string() });
const operations = {
  all: operation({ ...common, path: '/files' }),
  latest: operation({ ...common, path: '/files/latest/size' }),
  size: operation({ ...common, path: '/files/{name}/size', pathParameters: name }),
  one: operation({ ...common, path: '/files/{name}', pathParameters: name }),
  secret: operation({ ...common, path: '/secret' }),
};

const router = createRouter(
  Object.values(operations).map(({ path }) => ({ path, methods: new Map([['GET', {}]]) })),
);

/** The router's result for a call; `undefined` if nothing was sent. */
async function routeOf(call: 'one' | 'size', value: string) {
  let url: URL | undefined;
  const api = createSignedFetch({
    baseUrl: 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev',
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' },
    fetch: async (input) => {
      url = new URL(String(input));
      return new Response(null, { status: 204 });
    },
  });
  let refusal: string | undefined;
  try {
    await createApiClient(api, operations)[call]({ name: value });
  } catch (error) {
    refusal = String(error);
  }
  if (url === undefined) return { refusal };
  const match = router('GET', url.pathname.replace(/^\/dev/, ''));
  return { route: match?.resource.path, value: decodeURIComponent(match?.pathParameters.name ?? ''), url };
}

const hostile = fc.array(
  fc.constantFrom(
    '.',
    '..',
    '/',
    '%',
    '%2e',
    '%2F',
    '%25',
    '\\',
    '?',
    '#',
    ';',
    '&',
    '+',
    ' ',
    '\n',
    'latest',
    'a',
  ),
  { minLength: 1, maxLength: 6 },
);

test('the router gets back the value of a path parameter, or nothing is sent: no value reaches another route', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        hostile.map((parts) => parts.join('')),
        fc.string({ unit: 'binary' }),
        fc.string(),
      ),
      async (value) => {
        const found = await routeOf('one', value);
        if (found.refusal === undefined) expect(found).toMatchObject({ route: '/files/{name}', value });
        else expect(found.refusal).toMatch(/Invalid(PathParameter|Path): .*( must |is encoded too often)/);
      },
    ),
    { numRuns: 500 },
  );
});

test('it gets back every value without dot segments, backslashes, control characters and codes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1 }), async (value) => {
      fc.pre(!/^\.|[/\\%\p{Cc}]/u.test(value) && value !== 'latest');
      expect(await routeOf('size', value)).toMatchObject({ route: '/files/{name}/size', value });
    }),
  );
});
