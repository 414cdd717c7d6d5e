import * as v from 'valibot';
import { AwsError } from '../core/errors.ts';
import type { AwsRequest } from '../core/request.ts';
import { jsonEndpoint, parseJsonBody, toJsonValue } from './json.ts';
import { operationsOf } from './operation.ts';

const operation = operationsOf('x');
const endpoint = jsonEndpoint({
  signingName: 'logs',
  targetPrefix: 'Logs_20140328',
  version: '1.1',
  operations: [
    operation('Greet', {
      input: v.object({ name: v.string() }),
      requires: ({ name }) => name,
      handle: ({ name }) => ({ greeting: `hello ${name}`, at: new Date(1500), nothing: undefined }),
    }),
    operation('Forget', { input: v.object({}), requires: () => [], handle: () => undefined }),
  ],
});
const request = (target: string | undefined, body: string): AwsRequest => ({
  requestId: 'id-1',
  method: 'POST',
  host: 'localhost',
  rawPath: '/',
  rawQuery: '',
  headers: target === undefined ? [] : [['x-amz-target', target]],
  body: Buffer.from(body),
  sourceIp: '127.0.0.1',
  secureTransport: true,
  receivedAt: new Date(0),
});
const call = {} as never;

test('an answer is JSON with dates as seconds, the request ID and the protocol’s media type', async () => {
  const response = await endpoint.route(request('Logs_20140328.Greet', '{"name":"Ada"}')).dispatch(call);
  expect(response).toMatchObject({
    status: 200,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': 'id-1' },
  });
  expect(JSON.parse(response.body.toString())).toEqual({ greeting: 'hello Ada', at: 1.5 });
});

test('an operation without output answers with an empty document', async () => {
  expect((await endpoint.route(request('Logs_20140328.Forget', '')).dispatch(call)).body).toBe('{}');
});

test.each([
  ['a request without a target', undefined, 'UnknownOperationException'],
  ['the target of another service', 'DynamoDB_20120810.Greet', 'UnknownOperationException'],
  ['a target without an operation', 'Logs_20140328.', 'UnknownOperationException'],
  ['an unknown operation', 'Logs_20140328.Dance', 'NotImplemented'],
  ['an operation named like a member of Object', 'Logs_20140328.constructor', 'NotImplemented'],
])('%s is refused', (_what, target, code) => {
  expect(() => endpoint.route(request(target, '{}'))).toThrow(expect.objectContaining({ code }));
});

test('the error for an unknown operation names it', () => {
  expect(() => endpoint.route(request('Logs_20140328.Dance', '{}'))).toThrow('logs:Dance');
});

test.each(['{', '[]', 'null', '"x"', '1', '\u0000'])(
  'the body %j is refused after authentication',
  (body) => {
    const route = endpoint.route(request('Logs_20140328.Greet', body));
    expect(() => route.questions({} as never)).toThrow(
      expect.objectContaining({ code: 'SerializationException', status: 400 }),
    );
  },
);

test('a body’s members never reach a prototype', () => {
  const parsed = parseJsonBody(Buffer.from('{"__proto__":{"polluted":true}}'));
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  expect((parsed as { polluted?: unknown }).polluted).toBeUndefined();
});

test('a member that is null is absent, at any depth that an input has', () => {
  const body = Buffer.from('{"a":null,"b":{"c":null,"d":[{"e":null}, null]},"f":"null"}');
  expect(parseJsonBody(body)).toEqual({ b: { d: [{}, null] }, f: 'null' });
  expect(() =>
    parseJsonBody(Buffer.from(`{"a":${'['.repeat(50_000)}null${']'.repeat(50_000)}}`)),
  ).not.toThrow();
});

test('the error for an input that breaks the schema names the member, and comes before the authorization', () => {
  const route = endpoint.route(request('Logs_20140328.Greet', '{}'));
  expect(() => route.questions({} as never)).toThrow(
    "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null",
  );
});

test('an error has its code in body and header, and its details beside the message', () => {
  const response = endpoint.fail(new AwsError('Conflict', 'no', 409, { Reason: 'x' }), request('', ''));
  expect(response).toMatchObject({
    status: 409,
    headers: { 'x-amzn-errortype': 'Conflict', 'x-amzn-requestid': 'id-1' },
  });
  expect(JSON.parse(response.body.toString())).toEqual({ __type: 'Conflict', message: 'no', Reason: 'x' });
});

test('an unsigned request is refused with status 400, as JSON services do', () => {
  const response = endpoint.refuse({ step: 'authentication', failure: { kind: 'missing' } }, request('', ''));
  expect(response.status).toBe(400);
  expect(JSON.parse(response.body.toString()).__type).toBe('MissingAuthenticationTokenException');
});

test('bytes are written in Base64, at any depth', () => {
  expect(toJsonValue({ list: [Buffer.from('hi'), new Date(0)] })).toEqual({ list: ['aGk=', 0] });
});
