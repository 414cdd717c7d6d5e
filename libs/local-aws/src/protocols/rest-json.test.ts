import * as v from 'valibot';
import { AwsError } from '../core/errors.ts';
import type { AwsRequest } from '../core/request.ts';
import { restJsonEndpoint } from './json.ts';
import { operationsOf } from './operation.ts';

describe('a REST-JSON endpoint', () => {
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
    method,
    host: 'localhost',
    rawPath,
    rawQuery,
    headers: [],
    body: Buffer.from(body),
    sourceIp: '127.0.0.1',
    secureTransport: true,
    receivedAt: new Date(0),
  });
  const answer = (sent: AwsRequest) => endpoint.route(sent).dispatch({} as never);

  test('makes one document of labels, query and body, in which a label cannot be overridden', async () => {
    const sent = request('POST', '/people/Ada', '{"Name":"Eve","Age":36}', 'tag=a&tag=b&Age=40');
    const { status, body, headers } = await answer(sent);
    expect(JSON.parse(body.toString())).toEqual({ Name: 'Ada', Age: '40', tag: ['a', 'b'] });
    expect([status, headers['x-amzn-requestid']]).toEqual([201, 'id-1']);
  });

  test('does not parse a raw body', async () => {
    expect((await answer(request('PUT', '/people/Ada', '{'))).status).toBe(200);
  });

  test('sends no body for an operation without output', async () => {
    expect(await answer(request('DELETE', '/people/Ada'))).toMatchObject({ status: 204, body: '' });
  });

  test.each([
    ['a body that is not JSON', request('POST', '/people/Ada', '{'), 'SerializationException'],
    ['an unknown path', request('GET', '/people/Ada'), 'NotImplemented'],
    ['a path that is not percent-encoded', request('POST', '/people/%zz'), 'BadRequestException'],
  ])('refuses %s', async (_what, sent, code) => {
    await expect(async () => answer(sent)).rejects.toThrow(expect.objectContaining({ code }));
  });

  test('says in an error whose fault it is, in Lambda’s spelling', () => {
    const error = (status: number) => {
      const response = endpoint.fail(new AwsError('Oops', 'no', status), request('GET', '/'));
      expect(response.headers).toMatchObject({ 'x-amzn-errortype': 'Oops', 'x-amzn-requestid': 'id-1' });
      return JSON.parse(response.body.toString());
    };
    expect(error(404)).toEqual({ Type: 'User', Message: 'no' });
    expect(error(500)).toEqual({ Type: 'Service', Message: 'no' });
  });
});
