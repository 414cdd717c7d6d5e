import fc from 'fast-check';
import * as v from 'valibot';
import { AwsError } from '../core/errors.ts';
import type { AwsRequest } from '../core/request.ts';
import { operationsOf } from './operation.ts';
import { compileTemplate, createRestRouter } from './rest-router.ts';

test.each([
  ['GET /restapis', 'GET', '/restapis', {}],
  ['GET /restapis', 'GET', '/restapis/', {}],
  ['GET /restapis/{id}', 'GET', '/restapis/abc', { id: 'abc' }],
  ['GET /restapis/{id}', 'POST', '/restapis/abc', undefined],
  ['GET /restapis/{id}', 'GET', '/restapis/abc/stages', undefined],
  ['GET /tags/{arn+}', 'GET', '/tags/arn:aws:x/y/z', { arn: 'arn:aws:x/y/z' }],
  ['GET /{Bucket}/{Key+}?acl', 'GET', '/bucket/folder/', { Bucket: 'bucket', Key: 'folder/' }],
  ['GET /a.b', 'GET', '/axb', undefined],
])('the template %s takes %s %s as %j', (template, method, path, expected) => {
  expect(compileTemplate(template).match(method, path)).toEqual(expected);
});

describe('the router', () => {
  const operation = operationsOf('s3');
  const declare = (name: string, http: string) =>
    operation(name, { http, input: v.looseObject({}), requires: () => [], handle: () => undefined });
  const route = createRestRouter({
    signingName: 's3',
    operations: [
      declare('ListObjects', 'GET /{Bucket}'),
      declare('ListObjectsV2', 'GET /{Bucket}?list-type=2'),
      declare('PutObject', 'PUT /{Bucket}/{Key+}'),
      declare('CopyObject', 'PUT /{Bucket}/{Key+}?x-amz-copy-source'),
    ],
    invalidPath: (path) => new AwsError('InvalidURI', path),
  });
  const find = (method: string, uri: string, headers: AwsRequest['headers'] = []) => {
    const [rawPath = '', rawQuery = ''] = uri.split('?', 2);
    return route({ method, rawPath, rawQuery, headers } as AwsRequest, rawPath);
  };

  test.each([
    ['GET', '/b', 'ListObjects'],
    ['GET', '/b?prefix=x', 'ListObjects'],
    ['GET', '/b?prefix=x&list-type=2', 'ListObjectsV2'],
    ['PUT', '/b/k', 'PutObject'],
    // A presigned URL has headers in its query.
    ['PUT', '/b/k?x-amz-copy-source=b/o', 'CopyObject'],
  ])('takes %s %s for %s', (method, uri, name) => {
    expect(find(method, uri).operation.name).toBe(name);
  });

  test('tells operations apart by a header', () => {
    expect(find('PUT', '/b/k', [['x-amz-copy-source', 'b/o']]).operation.name).toBe('CopyObject');
  });

  test.each([
    ['GET', '/b?acl', 's3:GetBucketAcl.'],
    ['PUT', '/b/k?partNumber=1&uploadId=x', 's3:UploadPart.'],
    ['DELETE', '/b/k', 's3:DeleteObject.'],
    ['PATCH', '/b/k', 's3:PATCH /b/k.'],
  ])('takes %s %s for no other operation than the one it is on AWS', (method, uri, name) => {
    expect(() => find(method, uri)).toThrow(
      expect.objectContaining({ code: 'NotImplemented', message: expect.stringContaining(name) }),
    );
  });

  test('decodes labels to what was encoded', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (key) => {
        expect(find('PUT', `/b/${encodeURIComponent(key)}`).labels).toEqual({ Bucket: 'b', Key: key });
      }),
    );
  });

  test('refuses a path that is not percent-encoded UTF-8', () => {
    expect(() => find('PUT', '/b/%ff')).toThrow(expect.objectContaining({ code: 'InvalidURI' }));
  });
});
