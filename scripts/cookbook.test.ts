import { callAsked, createApiClient, findOperation, type Operations } from '@cross-account-api/contract';
import { createSignedFetch } from '@cross-account-api/signed-fetch';
import { eventOf } from '../libs/cli/src/probes/operations.ts';
import { parseContract } from '../libs/cli/src/project/contract.ts';
import { cookbookDocument, cookbookOperations } from '../libs/cli/src/project/cookbook.testing.ts';
import { operations } from '../libs/cli/test/pair/cookbook/services/api/src/operations.ts';
import { addPen, pay, readOrders } from '../libs/cli/test/pair/cookbook/services/caller/src/recipes.ts';

type Handler = (
  event: object,
  context: object,
) => Promise<{ statusCode: number; headers?: object; body: string }>;
let handlers: Readonly<Record<string, Handler>>;
beforeAll(async () => {
  process.env.AWS_REGION = 'eu-west-1';
  process.env.POWERTOOLS_DEV = 'true';
  for (const stream of [process.stdout, process.stderr]) jest.spyOn(stream, 'write').mockReturnValue(true);
  handlers = (await import('../libs/cli/test/pair/cookbook/services/api/src/handlers.ts')) as never;
});
afterAll(() => jest.restoreAllMocks());

const context = { awsRequestId: '1', getRemainingTimeInMillis: () => 5_000 };
const userArn = 'arn:aws:sts::111111111111:assumed-role/depot-local-invoke/caller';

/** Whether the answer of the next PUT is lost on its way, or one was: then the order has changed, and its tag is another one. */
let loses: 'next' | 'lost' | undefined;

/** A signed client whose requests reach the handlers without a table of keys, as API Gateway passes them on. */
const api = createSignedFetch({
  baseUrl: 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev',
  credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' },
  fetch: async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const path = url.pathname.replace('/dev', '');
    const found = findOperation(operations as Operations, request.method, path);
    if (found === undefined) return new Response(null, { status: 404 });
    const { 'idempotency-key': _, ...headers } = Object.fromEntries(request.headers);
    const names = [...new Set(url.searchParams.keys())];
    const encoded = Object.entries(found.pathParameters).map(([name, value]) => [
      name,
      encodeURIComponent(value),
    ]);
    const event = {
      httpMethod: request.method,
      path,
      pathParameters: Object.fromEntries(encoded),
      multiValueQueryStringParameters: Object.fromEntries(
        names.map((name) => [name, url.searchParams.getAll(name)]),
      ),
      headers: { ...headers, ...(loses === 'lost' && { 'if-match': '"before"' }) },
      body: (await request.text()) || null,
      isBase64Encoded: false,
      requestContext: {
        requestId: '1',
        resourcePath: path,
        identity: { accountId: '111111111111', userArn },
      },
    };
    const {
      statusCode: status,
      body,
      headers: answered = {},
    } = (await handlers[found.name]?.(event, context)) ?? {
      statusCode: 404,
      body: '',
    };
    if (request.method === 'PUT' && loses === 'next') {
      loses = 'lost';
      throw new TypeError('fetch failed', {
        cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }),
      });
    }
    return new Response([204, 304].includes(status) ? null : body, { status, headers: { ...answered } });
  },
});
const client = createApiClient(api, operations);

test.each(cookbookOperations)('the handler of %s answers its example', async (name, { status }) => {
  const asked = parseContract(JSON.stringify(cookbookDocument()), '').operations.find(
    (one) => one.name === name,
  );
  const event = eventOf(asked as NonNullable<typeof asked>, undefined);
  expect(await callAsked(event, operations as Operations, api, 'invocation-1')).toMatchObject({ status });
});

test('the recipes read pages, change an order, and tell problems apart', async () => {
  expect(await readOrders(client, 5)).toEqual([1, 2, 3, 4, 5, 6]);
  await addPen(client, 7);
  expect(await pay(client, 7, 1)).toBe('250 cents paid');
  expect(await pay(client, 1, 1)).toBe('paid before');
  await expect(pay(client, 7, 0)).rejects.toMatchObject({ status: 400 });
});

test('a change whose answer was lost is not made again: the recipe says that it may have been made', async () => {
  loses = 'next';
  await expect(addPen(client, 7)).rejects.toMatchObject({ status: 412, maybeExecuted: true });
});
