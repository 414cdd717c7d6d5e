import * as v from 'valibot';
import { apiEvent, lambdaContext } from './event.testing.ts';
import { apiHandler, type HandledOperation } from './index.ts';
import { collectLogs } from './logged.testing.ts';

const logged = collectLogs();
const getOrder = {
  method: 'GET',
  path: '/orders/{id}',
  response: v.object({
    id: v.pipe(v.string(), v.regex(/^\d+$/)),
    lines: v.array(v.object({ price: v.number() })),
    note: v.optional(v.string()),
  }),
  status: 200,
} as const satisfies HandledOperation;

/** Calls a handler that answers so. */
async function call(body: unknown, status = 200) {
  const handler = apiHandler(getOrder, () => ({ status, body: body as never }));
  const event = apiEvent({ httpMethod: 'GET', path: '/orders/1' });
  const response = await handler(event, lambdaContext());
  return { status: response.statusCode, body: JSON.parse(response.body) };
}

const wrong = { id: 'secret', lines: [{ price: '9.99' }] };

beforeEach(() => {
  process.env.CHECK_RESPONSES = 'true';
});
afterEach(() => {
  delete process.env.CHECK_RESPONSES;
});

test('a response that breaks the contract is a 500 whose log names the members and the rules, and shows no value', async () => {
  expect(await call(wrong)).toMatchObject({
    status: 500,
    body: { detail: 'The API failed. The error is in its logs.' },
  });
  const { error } = logged.find(({ level }) => level === 'ERROR') as {
    error: { name: string; message: string };
  };
  expect(error).toMatchObject({
    name: 'InvalidResponse',
    message:
      "The response of GET /orders/{id} breaks the contract: body.id: /^\\d+$/ was expected; body.lines.0.price: number was expected. Correct the handler's answer, or the operation's response.",
  });
  expect(JSON.stringify(logged)).not.toMatch(/secret|9\.99/);
});

test.each([200, 201, 202, 203, 299])('a response with the status %d is checked', async (status) => {
  expect(await call(wrong, status)).toMatchObject({ status: 500 });
  expect(await call({ id: '1', lines: [] }, status)).toMatchObject({ status });
});

test('it is checked as the client reads it: without members that are undefined', async () => {
  expect(await call({ id: '1', lines: [], note: undefined })).toMatchObject({ status: 200 });
});

test('an answer with the status of an error has no schema', async () => {
  expect(await call(wrong, 404)).toEqual({ status: 404, body: wrong });
});

test.each([undefined, 'false', ''])(
  'with CHECK_RESPONSES %j, every response is sent as it is',
  async (value) => {
    if (value === undefined) delete process.env.CHECK_RESPONSES;
    else process.env.CHECK_RESPONSES = value;
    expect(await call(wrong)).toEqual({ status: 200, body: wrong });
  },
);

test('many violations are counted', async () => {
  await call({ id: '1', lines: Array.from({ length: 9 }, () => ({})) });
  expect(JSON.stringify(logged)).toContain('and 4 more. Correct');
});

test('declared headers are found whatever the case of their names', async () => {
  const operation = {
    ...getOrder,
    response: undefined,
    responseHeaders: v.object({ ETag: v.string() }),
  } as const;
  const handler = apiHandler(operation as never, () => ({ status: 200, headers: { etag: '"1"' } }) as never);
  const event = apiEvent({ httpMethod: 'GET', path: '/orders/1' });
  expect(await handler(event, lambdaContext())).toMatchObject({ statusCode: 200 });
});
