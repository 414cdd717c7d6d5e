import type { AwsRequest } from '../../../core/request.ts';
import { signatureConditionKeys } from './request-context.ts';

const keysOf = (request: Partial<AwsRequest>) =>
  signatureConditionKeys({
    rawQuery: '',
    headers: [],
    receivedAt: new Date('2026-11-24T12:00:10Z'),
    ...request,
  } as AwsRequest);

// https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html
test('a policy can tell a signed header with a signed payload', () => {
  expect(keysOf({ headers: [['x-amz-content-sha256', 'abc']] })).toEqual({
    's3:authType': 'REST-HEADER',
    's3:signatureversion': 'AWS4-HMAC-SHA256',
    's3:x-amz-content-sha256': 'abc',
  });
});

test('a policy can tell a presigned URL, its age in milliseconds, and that its payload is not signed', () => {
  const rawQuery = 'X-Amz-Date=20261124T120000Z&X-Amz-Signature=abc';
  expect(keysOf({ rawQuery })).toEqual({
    's3:authType': 'REST-QUERY-STRING',
    's3:signatureAge': '10000',
    's3:signatureversion': 'AWS4-HMAC-SHA256',
    's3:x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
  });
});
