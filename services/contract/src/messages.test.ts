import type { InputOf, JsonObject } from '@cross-account-api/contract';
import * as v from 'valibot';
import {
  getMessagePathParametersSchema,
  getMessageQuerySchema,
  getMessageResponseSchema,
  type messageOperations,
  type PostMessageRequest,
  type PostMessageResponse,
  postMessageRequestSchema,
  postMessageResponseSchema,
} from './messages.ts';

const caller = {
  accountId: '222222222222',
  arn: 'arn:aws:sts::111111111111:assumed-role/api-dev-invoke/caller',
  roleName: 'api-dev-invoke',
  sessionName: 'caller',
};
const id = '6f1c7d3e-2b4a-4c58-9d0e-8a7b6c5d4e3f';

describe('POST /messages', () => {
  test('POST /messages takes any JSON object, and nothing else', () => {
    const body = { foo: { bar: [1, null] } };
    expect(v.parse(postMessageRequestSchema, body)).toBe(body);
    expect(v.safeParse(postMessageRequestSchema, [body]).success).toBe(false);
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

test('types: a request is a JSON object and nothing else', () => {
  const request: PostMessageRequest = { foo: 'bar', nested: [{ ok: true }] };
  const received: JsonObject = request;
  // @ts-expect-error: a function is no JSON value
  const refused: PostMessageRequest = { foo: () => 1 };
  // @ts-expect-error: an answer names its caller
  const incomplete: PostMessageResponse = { id, received, requestId: '1' };
  const query: InputOf<typeof messageOperations.getMessage, 'query'> = { fields: 'body' };
  expect([refused, incomplete, query]).toHaveLength(3);
});
