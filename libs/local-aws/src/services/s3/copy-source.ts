import { AwsError } from '../../core/errors.ts';
import { type AwsRequest, header } from '../../core/request.ts';
import type { RouteQuestion } from '../../pipeline/endpoint.ts';
import { checkCopySourceConditions } from './conditions.ts';
import { invalidArgument } from './errors.ts';
import { questionFor } from './operation.ts';
import type { BucketStore, StoredObject } from './store.ts';
import { checkVersion } from './version.ts';

/** The object that a copy is made of. */
export interface CopySource {
  readonly bucketName: string;
  readonly key: string;
}

/**
 * Reads `x-amz-copy-source`.
 * @throws AwsError `InvalidArgument`
 * @example copySourceOf(request) // of `x-amz-copy-source: /artifacts/a%20b.zip`: bucket `artifacts`, key `a b.zip`
 */
export function copySourceOf(request: AwsRequest): CopySource {
  const value = header(request, 'x-amz-copy-source') ?? '';
  const [encoded = '', parameters] = value.split('?', 2);
  let decoded: string;
  try {
    decoded = decodeURIComponent(encoded);
  } catch {
    throw invalidArgument('Copy Source must be URL-encoded', 'x-amz-copy-source', value);
  }
  checkVersion(new URLSearchParams(parameters).get('versionId'));
  const [, bucketName, key] = /^\/?([^/]+)\/(.+)$/s.exec(decoded) ?? [];
  if (bucketName !== undefined && key !== undefined) return { bucketName, key };
  throw invalidArgument(
    'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    'x-amz-copy-source',
    value,
  );
}

/** Whether the caller may read the source, tags included where they go along. */
export function copySourceQuestions(store: BucketStore, request: AwsRequest): readonly RouteQuestion[] {
  const { bucketName, key } = copySourceOf(request);
  const bucket = store.find(bucketName);
  if (bucket === undefined) return [];
  const object = bucket.objects.get(key);
  const questions = [questionFor(bucket, 's3:GetObject', key)];
  if (object === undefined) questions.push(questionFor(bucket, 's3:ListBucket'));
  else if (object.tags.size > 0 && header(request, 'x-amz-tagging-directive') !== 'REPLACE') {
    questions.push(questionFor(bucket, 's3:GetObjectTagging', key));
  }
  return questions;
}

/**
 * The source, where the request's conditions for it hold.
 * @throws AwsError `NoSuchBucket`, `NoSuchKey`, `PreconditionFailed`, `AccessDenied` if the bucket has another owner than expected
 */
export function readCopySource(store: BucketStore, request: AwsRequest): StoredObject {
  const { bucketName, key } = copySourceOf(request);
  const expectedOwner = header(request, 'x-amz-source-expected-bucket-owner');
  if (expectedOwner !== undefined && expectedOwner !== store.bucket(bucketName).accountId) {
    throw new AwsError('AccessDenied', 'Access Denied', 403);
  }
  const source = store.object(bucketName, key);
  checkCopySourceConditions(source, request);
  return source;
}
