import fc from 'fast-check';
import * as v from 'valibot';
import { AwsError } from '../core/errors.ts';
import type { AwsRequest } from '../core/request.ts';
import { operationsOf } from './operation.ts';
import { compileTemplate } from './path-template.ts';
import { restJsonEndpoint } from './rest-json.ts';

describe('path templates', () => {
  test.each([
    ['GET /restapis', 'GET', '/restapis', {}],
    ['GET /restapis', 'GET', '/restapis/', {}],
    ['GET /restapis/{id}', 'GET', '/restapis/abc', { id: 'abc' }],
    ['GET /restapis/{id}', 'GET', '/restapis/a%2Fb', { id: 'a/b' }],
    ['GET /restapis/{id}', 'POST', '/restapis/abc', undefined],
    ['GET /restapis/{id}', 'GET', '/restapis/abc/stages', undefined],
    ['GET /tags/{arn+}', 'GET', '/tags/arn:aws:x/y/z', { arn: 'arn:aws:x/y/z' }],
    ['GET /a.b', 'GET', '/axb', undefined],
  ])('%s takes %s %s as %j', (template, method, path, expected) => {
    const labels = compileTemplate(template)(method, path);
    expect(labels === undefined ? undefined : { ...labels }).toEqual(expected);
  });

  test('a label comes back as it was encoded', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (value) => {
        const path = `/functions/${encodeURIComponent(value)}/code`;
        expect(compileTemplate('PUT /functions/{Name}/code')('PUT', path)?.Name).toBe(value);
      }),
    );
  });

  test('a path that is not percent-encoded is refused', () => {
    expect(() => compileTemplate('GET /a/{b}')('GET', '/a/%zz')).toThrow(AwsError);
  });
});

describe('endpoint', () => {
  const operation = operationsOf('x');
  const greet = { input: v.looseObject({}), requires: () => [], handle: (input: object) => ({ ...input }) };
  const endpoint = restJsonEndpoint({
    signingName: 'lambda',
    operations: [
      operation('Greet', { ...greet, http: 'POST /people/{Name}', status: 201 }),
      operation('Upload', { ...greet, http: 'PUT /people/{Name}', rawBody: true }),
      operation('Forget', {
        http: 'DELETE /people/{Name}',
        status: 204,
        input: v.object({ Name: v.string() }),
        requires: () => [],
        handle: () => undefined,
      }),
    ],
  });
  const request = (method: string, rawPath: string, body = '', rawQuery = ''): AwsRequest => ({
    requestId: 'id-1',
    ...{ method, host: 'localhost', rawPath, rawQuery, headers: [] },
    body: Buffer.from(body),
    ...{ sourceIp: '127.0.0.1', secureTransport: true, receivedAt: new Date(0) },
  });
  const answer = (sent: AwsRequest) => endpoint.route(sent).dispatch({} as never);

  test('labels, query and body make one document; a label cannot be overridden', async () => {
    const sent = request('POST', '/people/Ada', '{"Name":"Eve","Age":36}', 'tag=a&tag=b&Age=40');
    const { status, body, headers } = await answer(sent);
    expect(JSON.parse(body.toString())).toEqual({ Name: 'Ada', Age: '40', tag: ['a', 'b'] });
    expect([status, headers['x-amzn-requestid']]).toEqual([201, 'id-1']);
  });

  test('a raw body is not parsed', async () => {
    expect((await answer(request('PUT', '/people/Ada', '{'))).status).toBe(200);
  });

  test('an operation without output has no body', async () => {
    expect(await answer(request('DELETE', '/people/Ada'))).toMatchObject({ status: 204, body: '' });
  });

  test.each([
    ['a body that is not JSON', request('POST', '/people/Ada', '{'), 'SerializationException'],
    ['a path that leads nowhere', request('GET', '/people/Ada'), 'NotImplemented'],
  ])('%s', (_what, sent, code) => {
    expect(() => endpoint.route(sent)).toThrow(expect.objectContaining({ code }));
  });

  test('an error says whose fault it is, in Lambda’s spelling', () => {
    const error = (status: number) => {
      const response = endpoint.fail(new AwsError('Oops', 'no', status), request('GET', '/'));
      expect(response.headers).toMatchObject({ 'x-amzn-errortype': 'Oops', 'x-amzn-requestid': 'id-1' });
      return JSON.parse(response.body.toString());
    };
    expect(error(404)).toEqual({ Type: 'User', Message: 'no' });
    expect(error(500)).toEqual({ Type: 'Service', Message: 'no' });
  });
});
