import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestOptions, request } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import * as v from 'valibot';
import {
  callerSchema,
  getMessagePathParametersSchema,
  getMessageQuerySchema,
  getMessageResponseSchema,
  isJsonObject,
  type JsonObject,
  operations,
  type PostMessageRequest,
  type PostMessageResponse,
  postMessageRequestSchema,
  postMessageResponseSchema,
  problemSchema,
} from './index.ts';

const caller = {
  accountId: '222222222222',
  arn: 'arn:aws:sts::111111111111:assumed-role/api-dev-invoke/caller',
  roleName: 'api-dev-invoke',
  sessionName: 'caller',
};
const id = '6f1c7d3e-2b4a-4c58-9d0e-8a7b6c5d4e3f';

describe('POST /messages', () => {
  test('the body of POST /messages may be any JSON object, and is not changed', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: false }), (body) => {
        const parsed: unknown = JSON.parse(JSON.stringify(body));
        expect(v.parse(postMessageRequestSchema, parsed)).toBe(parsed);
      }),
    );
  });

  test.each([null, undefined, 1, 'text', true, [], [{}], new Date(0), () => 0])(
    'the body of POST /messages must not be %p',
    (body) => {
      expect(v.safeParse(postMessageRequestSchema, body).success).toBe(false);
    },
  );

  test('the body of POST /messages keeps keys that are names of Object.prototype', () => {
    const body: unknown = JSON.parse('{"constructor":1,"__proto__":{"polluted":true},"toString":null}');
    expect(JSON.stringify(v.parse(postMessageRequestSchema, body))).toBe(
      '{"constructor":1,"__proto__":{"polluted":true},"toString":null}',
    );
    expect('polluted' in {}).toBe(false);
  });

  test('isJsonObject accepts a body with a hundred thousand levels', () => {
    const deep: unknown = JSON.parse(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
    expect(isJsonObject(deep)).toBe(true);
  });

  test('isJsonObject refuses what JSON would drop or change, and circles, but not shared parts', () => {
    const circle: Record<string, unknown> = {};
    circle.self = { circle };
    const shared = { x: 1 };
    expect(isJsonObject(circle)).toBe(false);
    expect(isJsonObject({ a: undefined })).toBe(false);
    expect(isJsonObject({ a: [Number.NaN] })).toBe(false);
    expect(isJsonObject({ a: { b: new Map() } })).toBe(false);
    expect(isJsonObject({ a: shared, b: [shared] })).toBe(true);
  });

  test('POST /messages answers with what was received, the caller and the request ID', () => {
    const response = { id, received: { foo: 'bar' }, caller, requestId: 'c6af9ac6' };
    expect(v.parse(postMessageResponseSchema, response)).toEqual(response);
    expect(v.safeParse(postMessageResponseSchema, { ...response, requestId: '' }).success).toBe(false);
    expect(v.safeParse(postMessageResponseSchema, { ...response, received: [] }).success).toBe(false);
    expect(v.safeParse(postMessageResponseSchema, { ...response, id: '1' }).success).toBe(false);
  });
});

describe('GET /messages/{id}', () => {
  test('GET /messages/{id} takes a UUID, and one of two fields', () => {
    expect(v.safeParse(getMessagePathParametersSchema, { id }).success).toBe(true);
    expect(v.safeParse(getMessagePathParametersSchema, { id: '123' }).success).toBe(false);
    expect(v.parse(getMessageQuerySchema, {})).toEqual({});
    expect(v.parse(getMessageQuerySchema, { fields: 'body' })).toEqual({ fields: 'body' });
    expect(v.safeParse(getMessageQuerySchema, { fields: 'received' }).success).toBe(false);
  });

  test('GET /messages/{id} answers with the message, its caller, or both', () => {
    for (const part of [{ body: { foo: 'bar' } }, { caller }, { body: {}, caller }]) {
      const response = { id, ...part, requestId: '1' };
      expect(v.parse(getMessageResponseSchema, response)).toEqual(response);
    }
  });
});

test('a caller who is a user has no role', () => {
  const user = { accountId: '111111111111', arn: 'arn:aws:iam::111111111111:user/admin' };
  const withoutRole = { ...user, roleName: null, sessionName: null };
  expect(v.parse(callerSchema, withoutRole)).toEqual(withoutRole);
  expect(v.safeParse(callerSchema, { ...caller, accountId: '12' }).success).toBe(false);
});

test('a problem document defaults to about:blank and keeps its extension members', () => {
  expect(v.parse(problemSchema, { title: 'Conflict', status: 409, balance: 30 })).toEqual({
    type: 'about:blank',
    title: 'Conflict',
    status: 409,
    balance: 30,
  });
  expect(v.safeParse(problemSchema, { title: 'OK', status: 200 }).success).toBe(false);
});

test('no two operations have the same method and path', () => {
  const routes = Object.values(operations).map(({ method, path }) => `${method} ${path}`);
  expect(new Set(routes).size).toBe(routes.length);
});

test('types: a request is a JSON object and nothing else', () => {
  const request: PostMessageRequest = { foo: 'bar', nested: [{ ok: true }] };
  const received: JsonObject = request;
  // @ts-expect-error: a function is no JSON value
  const refused: PostMessageRequest = { foo: () => 1 };
  // @ts-expect-error: an answer names its caller
  const incomplete: PostMessageResponse = { id, received, requestId: '1' };
  expect([refused, incomplete]).toHaveLength(2);
});

test('the example in the README is the one that is type-checked and run here', async () => {
  const folder = join(__dirname, '..');
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  expect(/```ts\n(.*?)```/s.exec(readme)?.[1]).toBe(readFileSync(join(folder, 'examples/client.ts'), 'utf8'));
  const { whoReceives } = await import('../examples/client.ts');
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    response.end(JSON.stringify({ id, received: JSON.parse(body), caller, requestId: '1' }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // The API has a host name of AWS. What is sent there comes here.
  const { port } = server.address() as AddressInfo;
  const send = jest
    .spyOn(https, 'request')
    .mockImplementation(((url: string, options: RequestOptions) =>
      request(`http://127.0.0.1:${port}${new URL(url).pathname}`, options)) as typeof https.request);
  try {
    const baseUrl = 'https://abc123.execute-api.eu-west-1.amazonaws.com/dev';
    await expect(whoReceives(baseUrl, 'AKIAIOSFODNN7EXAMPLE', 'secret')).resolves.toBe(
      '222222222222 sent {"foo":"bar"}',
    );
  } finally {
    send.mockRestore();
    server.closeAllConnections();
    server.close();
  }
});
