import { createSignedFetch, InvalidResponse } from '@cross-account-api/signed-fetch';
import { createApiClient, type JsonApi } from './index.ts';

const caller = {
  accountId: '222222222222',
  arn: 'arn:aws:sts::111111111111:assumed-role/api-dev-invoke/caller',
  roleName: 'api-dev-invoke',
  sessionName: 'caller',
};

/** A client on signed-fetch whose API answers with the body, and the requests that it received. */
function clientOf(body: unknown, statuses: number[] = []) {
  const requests: Request[] = [];
  const api = createSignedFetch({
    baseUrl: 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev',
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' },
    retry: { baseDelayMs: 1 },
    fetch: async (input, init) => {
      requests.push(new Request(input, init));
      return Response.json(body, { status: statuses.shift() ?? 200 });
    },
  });
  return { client: createApiClient(api), requests };
}

test('postMessage sends the message, signed, and returns what the API received', async () => {
  const { client, requests } = clientOf({ received: { foo: 'bar' }, caller, requestId: 'c6af9ac6' });
  const { body, status, attempts } = await client.postMessage({ foo: 'bar' });
  expect({ body, status, attempts }).toEqual({
    body: { received: { foo: 'bar' }, caller, requestId: 'c6af9ac6' },
    status: 200,
    attempts: 1,
  });
  expect(requests[0]!.method).toBe('POST');
  expect(requests[0]!.url).toBe('https://abc123.execute-api.eu-west-1.amazonaws.com/dev/messages');
  expect(requests[0]!.headers.get('authorization')).toMatch(/^AWS4-HMAC-SHA256 /);
  expect(await requests[0]!.json()).toEqual({ foo: 'bar' });
});

test('postMessage repeats a request that may have been executed, under one idempotency key', async () => {
  const { client, requests } = clientOf({ received: {}, caller, requestId: '1' }, [502]);
  expect((await client.postMessage({})).attempts).toBe(2);
  const keys = requests.map(({ headers }) => headers.get('idempotency-key'));
  expect(keys[0]).toMatch(/\S/);
  expect(keys[1]).toBe(keys[0]);
});

test('postMessage sends the idempotency key of the caller', async () => {
  const { client, requests } = clientOf({ received: {}, caller, requestId: '1' });
  await client.postMessage({}, { idempotencyKey: 'order-42', headers: { 'x-team': 'blue' } });
  expect(requests[0]!.headers.get('idempotency-key')).toBe('order-42');
  expect(requests[0]!.headers.get('x-team')).toBe('blue');
});

test('getWhoami returns the caller', async () => {
  const { client, requests } = clientOf({ caller, requestId: '1' });
  expect((await client.getWhoami()).body.caller.roleName).toBe('api-dev-invoke');
  expect(requests[0]!.method).toBe('GET');
  expect(requests[0]!.url).toMatch(/\/dev\/whoami$/);
});

test('a response that breaks the contract is an error', async () => {
  const { client } = clientOf({ caller: { ...caller, accountId: '12' }, requestId: '1' });
  await expect(client.getWhoami()).rejects.toThrow(InvalidResponse);
});

test('types: a call takes the options of the API that sends it, and no other', async () => {
  const { client } = clientOf({ received: {}, caller, requestId: '1' });
  await client.postMessage({ foo: 'bar' }, { timeoutMs: 1_000, signal: AbortSignal.timeout(1_000) });
  // @ts-expect-error: a function is not JSON
  const notJson = () => client.postMessage({ foo: () => 1 });
  // @ts-expect-error: the operation decides the method
  const method = () => client.getWhoami({ method: 'DELETE' });
  // @ts-expect-error: the response has no such member
  const member = async () => (await client.getWhoami()).body.received;

  const plain: JsonApi = { json: async () => ({ body: { caller, requestId: '1' } }) };
  // @ts-expect-error: this API takes no time-out
  const noTimeout = () => createApiClient(plain).getWhoami({ timeoutMs: 1 });
  expect((await createApiClient(plain).getWhoami()).body.requestId).toBe('1');
  expect([notJson, method, member, noTimeout]).toHaveLength(4);
});
