import * as v from 'valibot';
import { AwsError } from '../core/errors.ts';
import type { AwsRequest } from '../core/request.ts';
import { operationsOf } from './operation.ts';
import { elements, pathStyle, restXmlEndpoint } from './rest-xml.ts';

test.each([
  ['127.0.0.1:4566', '/', '/'],
  ['127.0.0.1:4566', '/artifacts/a/b%20c.zip', '/artifacts/a/b%20c.zip'],
  ['s3.eu-west-1.amazonaws.com', '/artifacts/x', '/artifacts/x'],
  ['artifacts.s3.eu-west-1.amazonaws.com', '/x/y', '/artifacts/x/y'],
  ['artifacts.s3.eu-west-1.amazonaws.com', '/', '/artifacts/'],
  ['my.dotted.bucket.s3.amazonaws.com', '/x', '/my.dotted.bucket/x'],
  ['artifacts.s3.dualstack.eu-west-1.amazonaws.com', '/x', '/artifacts/x'],
  ['artifacts.s3.cn-north-1.amazonaws.com.cn', '/x', '/artifacts/x'],
  ['artifacts.s3-eu-west-1.amazonaws.com:443', '/x', '/artifacts/x'],
  ['s3-eu-west-1.amazonaws.com', '/artifacts/x', '/artifacts/x'],
  ['artifacts.s3.eusc-de-east-1.amazonaws.eu', '/x', '/artifacts/x'],
])('the host %s and the path %s mean %s', (host, rawPath, path) => {
  expect(pathStyle({ host, rawPath })).toBe(path);
});

describe('a REST-XML endpoint', () => {
  const operation = operationsOf('s3');
  const echo = { requires: () => [], handle: (input: object) => ({ document: { Echo: input } }) };
  const endpoint = restXmlEndpoint({
    signingName: 's3',
    namespace: 'urn:test',
    operations: [
      operation('DeleteObjects', {
        http: 'POST /{Bucket}?delete',
        input: v.object({
          Bucket: v.string(),
          Delete: v.object({ Object: elements(v.object({ Key: v.string() })) }),
        }),
        ...echo,
      }),
      operation('GetObject', {
        http: 'GET /{Bucket}/{Key+}',
        input: v.object({ Bucket: v.string(), Key: v.string(), range: v.optional(v.string()) }),
        ...echo,
      }),
      operation('DeleteObject', {
        http: 'DELETE /{Bucket}/{Key+}',
        status: 204,
        input: v.object({ Bucket: v.string(), Key: v.string() }),
        requires: () => [],
        handle: () => undefined,
      }),
    ],
    requestContext: () => ({}),
    denialMessage: () => 'no',
  });
  const request = (method: string, uri: string, more: Partial<AwsRequest> = {}): AwsRequest => {
    const [rawPath = '', rawQuery = ''] = uri.split('?', 2);
    return {
      requestId: 'id-1',
      method,
      host: 'localhost',
      rawPath,
      rawQuery,
      headers: [],
      body: Buffer.alloc(0),
      sourceIp: '127.0.0.1',
      secureTransport: true,
      receivedAt: new Date(0),
      ...more,
    };
  };
  const answer = async (sent: AwsRequest) => endpoint.route(sent).dispatch({} as never);
  const post = (xml: string, headers: AwsRequest['headers'] = []) =>
    answer(request('POST', '/b?delete', { body: Buffer.from(xml), headers }));

  test('reads labels, declared headers and parameters, and leaves out those of the signature', async () => {
    const { status, headers, body } = await answer(
      request('GET', '/b/k?X-Amz-Signature=abc&x-id=GetObject', {
        headers: [
          ['range', 'bytes=0-1'],
          ['accept', '*/*'],
          ['x-amz-date', '20260101T000000Z'],
        ],
      }),
    );
    expect(body).toContain(
      '<Echo xmlns="urn:test"><Bucket>b</Bucket><Key>k</Key><range>bytes=0-1</range></Echo>',
    );
    expect([status, headers['x-amz-request-id'], headers['content-type']]).toEqual([
      200,
      'id-1',
      'application/xml',
    ]);
  });

  test.each([
    ['a header', request('GET', '/b/k', { headers: [['x-amz-acl', 'public-read']] }), 'x-amz-acl'],
    ['a header in a presigned URL', request('GET', '/b/k?x-amz-acl=public-read'), 'x-amz-acl'],
    ['a parameter', request('GET', '/b/k?partNumber=1'), 'partNumber'],
    [
      'an element',
      request('POST', '/b?delete', {
        body: Buffer.from('<Delete><Object><Key>k</Key><Size>1</Size></Object></Delete>'),
      }),
      'Delete.Object.Size',
    ],
  ])('refuses by name %s that an operation does not know', async (_what, sent, name) => {
    await expect(answer(sent)).rejects.toMatchObject({
      code: 'NotImplemented',
      message: expect.stringContaining(`does not implement ${name} of s3:`),
    });
  });

  test('reads one element as a list of one, and keeps blanks inside of elements only', async () => {
    const { body } = await post(
      '<?xml version="1.0"?>\n<Delete>\n <Object><Key> a&amp;b </Key></Object>\n</Delete>',
    );
    expect(body).toContain('<Delete><Object><Key> a&amp;b </Key></Object></Delete>');
  });

  test.each([
    ['is cut off', '<Delete><Object>'],
    ['defines entities', '<!DOCTYPE x [<!ENTITY a "b">]><Delete/>'],
    ['is nested too deep', '<a>'.repeat(100_000) + '</a>'.repeat(100_000)],
  ])('refuses a document that %s', async (_what, xml) => {
    await expect(post(xml)).rejects.toMatchObject({ code: 'MalformedXML' });
  });

  test('refuses a document in chunks, whose signatures are not checked yet', async () => {
    const chunked = post('<Delete/>', [['x-amz-content-sha256', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD']]);
    await expect(chunked).rejects.toMatchObject({ code: 'NotImplemented' });
  });

  test('parses no document before the request is authenticated', () => {
    const sent = request('POST', '/b?delete', { body: Buffer.from('<Delete') });
    expect(endpoint.route(sent).operation).toBe('DeleteObjects');
  });

  test('sends no body for an operation without output, and for HEAD', async () => {
    expect(await answer(request('DELETE', '/b/k'))).toMatchObject({ status: 204, body: '' });
    const error = new AwsError('NoSuchKey', 'no', 404);
    expect(endpoint.fail(error, request('HEAD', '/b/k'))).toMatchObject({ status: 404, body: '' });
    expect(endpoint.fail(error, request('GET', '/b/k')).body).toContain('<Code>NoSuchKey</Code>');
  });
});
