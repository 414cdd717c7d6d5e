import fc from 'fast-check';
import { readAddress } from './address.ts';

const request = (host: string, rawPath: string) => ({ host, rawPath, rawQuery: '' });

test.each([
  ['127.0.0.1:4566', '/', undefined, undefined],
  ['127.0.0.1:4566', '/artifacts', 'artifacts', undefined],
  ['127.0.0.1:4566', '/artifacts/', 'artifacts', undefined],
  ['127.0.0.1:4566', '/artifacts/a/b%20c.zip', 'artifacts', 'a/b c.zip'],
  ['s3.eu-west-1.amazonaws.com', '/artifacts/x', 'artifacts', 'x'],
  ['artifacts.s3.eu-west-1.amazonaws.com', '/x/y', 'artifacts', 'x/y'],
  ['my.dotted.bucket.s3.amazonaws.com', '/x', 'my.dotted.bucket', 'x'],
])('%s %s is bucket %s, key %s', (host, path, bucket, key) => {
  const address = readAddress(request(host, path));
  expect([address.bucket, address.key]).toEqual([bucket, key]);
});

test('any key comes back as it was encoded', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (key) => {
      expect(readAddress(request('127.0.0.1', `/bucket/${encodeURIComponent(key)}`)).key).toBe(key);
    }),
  );
});

test('a path that is not percent-encoded UTF-8 is an InvalidURI', () => {
  expect(() => readAddress(request('127.0.0.1', '/bucket/%ff'))).toThrow(
    expect.objectContaining({ code: 'InvalidURI' }),
  );
});
