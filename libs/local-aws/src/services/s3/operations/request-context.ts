import type { ConditionKeys } from '@cross-account-api/iam';
import { defined } from '../../../core/defined.ts';
import { type AwsRequest, header } from '../../../core/request.ts';

/**
 * S3's condition keys about the signature of a request
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html). The payload of a presigned URL is not signed.
 */
export function signatureConditionKeys(request: AwsRequest): ConditionKeys {
  const query = new URLSearchParams(request.rawQuery);
  const isPresigned = query.has('X-Amz-Signature');
  const signedAt = isPresigned ? readDate(query.get('X-Amz-Date') ?? '') : undefined;
  return defined({
    's3:signatureversion': 'AWS4-HMAC-SHA256',
    's3:authType': isPresigned ? 'REST-QUERY-STRING' : 'REST-HEADER',
    // In milliseconds.
    's3:signatureAge': signedAt && String(request.receivedAt.getTime() - signedAt.getTime()),
    's3:x-amz-content-sha256': isPresigned ? 'UNSIGNED-PAYLOAD' : header(request, 'x-amz-content-sha256'),
  });
}

/** Reads `20260101T000000Z`. Verification has refused other forms. */
function readDate(text: string): Date | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  return year === undefined ? undefined : new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
