import type { AwsRequest } from '../core/request.ts';
import {
  testCredential as permanent,
  signRequest,
  testRules,
  testTime,
  type UnsignedRequest,
} from './signed-requests.testing.ts';
import { after, authenticateAt, authorization, failure, withHeader } from './verification.testing.ts';

describe('S3', () => {
  const s3 = testRules('s3');
  const put: UnsignedRequest = {
    method: 'PUT',
    host: 'b.s3.us-east-1.amazonaws.com',
    rawPath: '/k',
    body: 'data',
  };
  const sign = (init: UnsignedRequest = put, expiresSeconds?: number): AwsRequest =>
    signRequest(init, permanent, { service: 's3', ...(expiresSeconds !== undefined && { expiresSeconds }) });
  const declared = (value: string): UnsignedRequest => ({
    ...put,
    headers: [['x-amz-content-sha256', value]],
  });

  test.each([
    ['the hash of the body', sign()],
    ['UNSIGNED-PAYLOAD', sign(declared('UNSIGNED-PAYLOAD'))],
    ['a presigned URL', sign(put, 60)],
  ])('accepts %s', (_what, request) => {
    expect(authenticateAt(testTime, request, s3)).toMatchObject({
      authenticated: true,
      payload: Buffer.from('data'),
    });
  });

  const malformed = 'AuthorizationHeaderMalformed';
  const cases: [string, AwsRequest, Date, string, string, number][] = [
    [
      'another body',
      { ...sign(), body: Buffer.from('x') },
      testTime,
      'payload-mismatch',
      'XAmzContentSHA256Mismatch',
      400,
    ],
    [
      'a request without a hash',
      withHeader(sign(), 'x-amz-content-sha256', undefined),
      testTime,
      'payload-mismatch',
      'InvalidRequest',
      400,
    ],
    ['a malformed hash', sign(declared('abc')), testTime, 'payload-mismatch', 'InvalidArgument', 400],
    [
      'an unsigned header',
      withHeader(sign(), 'x-amz-acl', 'public-read'),
      testTime,
      'unsigned-header',
      'AccessDenied',
      403,
    ],
    ['an old request', sign(), after(901), 'not-current', 'RequestTimeTooSkewed', 403],
    ['an expired URL', sign(put, 60), after(61), 'not-current', 'AccessDenied', 403],
    ['an early URL', sign(put, 60), after(-901), 'not-current', 'RequestTimeTooSkewed', 403],
    [
      'another region',
      authorization(sign(), (text) => text.replace('us-east-1', 'eu-west-1')),
      testTime,
      'wrong-scope',
      malformed,
      400,
    ],
    [
      'another service',
      authorization(sign(), (text) => text.replace('/s3/', '/sts/')),
      testTime,
      'wrong-scope',
      malformed,
      400,
    ],
    [
      'a request without a signature',
      authorization(sign(), (text) => text.replace(/, Signature.*/, '')),
      testTime,
      'incomplete',
      malformed,
      400,
    ],
    [
      'a bearer token',
      withHeader(sign(), 'authorization', 'Bearer x'),
      testTime,
      'incomplete',
      malformed,
      400,
    ],
    [
      'a URL without an expiry',
      { ...sign(put, 60), rawQuery: sign(put, 60).rawQuery.replace('&X-Amz-Expires=60', '') },
      testTime,
      'incomplete',
      'AuthorizationQueryParametersError',
      400,
    ],
  ];
  test.each(cases)('refuses %s with its own code', (_what, request, now, kind, code, status) => {
    expect(failure(request, s3, now)).toMatchObject({ kind, s3: { code, status } });
  });

  // LocalStack's tests recorded the first two on AWS: tests/aws/services/s3/test_s3.snapshot.json. The third is in S3's documentation:
  // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
  test.each<[string, AwsRequest, Date, string, object]>([
    [
      'a header that is not signed',
      withHeader(sign(put, 60), 'x-amz-meta-a', 'b'),
      testTime,
      'There were headers present in the request which were not signed',
      { HeadersNotSigned: 'x-amz-meta-a' },
    ],
    [
      'a URL that has expired',
      sign(put, 60),
      after(61),
      'Request has expired',
      { 'X-Amz-Expires': '60', Expires: '2026-01-01T12:01:00Z', ServerTime: '2026-01-01T12:01:01Z' },
    ],
    [
      'an old request',
      sign(),
      after(901),
      'The difference between the request time and the current time is too large.',
      {
        RequestTime: '20260101T120000Z',
        ServerTime: '2026-01-01T12:15:01Z',
        MaxAllowedSkewMilliseconds: '900000',
      },
    ],
  ])('refuses %s in its own words', (_what, request, now, message, details) => {
    expect(failure(request, s3, now)).toMatchObject({ s3: { message, details } });
  });

  test('names the region to go on with', () => {
    const request = authorization(sign(), (text) => text.replace('us-east-1', 'eu-west-1'));
    expect(failure(request, s3)).toMatchObject({ s3: { details: { Region: 'us-east-1' } } });
  });

  test('treats two encodings of one path alike, and no other path', () => {
    const request = sign({ ...put, rawPath: '/a%20b/../c//d' });
    expect(authenticateAt(testTime, { ...request, rawPath: '/%61%20b/../c//d' }, s3).authenticated).toBe(
      true,
    );
    expect(failure({ ...request, rawPath: '/c//d' }, s3).kind).toBe('signature-mismatch');
    expect(failure({ ...request, rawPath: '/a%20b/../c/d' }, s3).kind).toBe('signature-mismatch');
  });
});
