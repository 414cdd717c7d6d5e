import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import type { Operation } from '../../../protocols/operation.ts';
import { type BucketStore, canonicalId } from '../store.ts';
import { bucketInput, onBucket, only, operation, text } from './operation.ts';

/** The operations on buckets and their configuration. */
export function bucketOperations(store: BucketStore): readonly Operation[] {
  const bucketOperation = onBucket(store);
  return [
    operation('ListBuckets', {
      http: 'GET /',
      input: v.object({
        prefix: v.optional(v.string(), ''),
        'bucket-region': text,
      }),
      requires: () => ({ resource: '*', action: 's3:ListAllMyBuckets' }),
      handle({ prefix, 'bucket-region': wanted }, { accountId }) {
        const buckets = store
          .list(accountId)
          .filter(({ name, region }) => name.startsWith(prefix) && (wanted ?? region) === region)
          .sort((a, b) => (a.name < b.name ? -1 : 1))
          .map(({ name, createdAt, region }) => ({
            ...{ Name: name, CreationDate: createdAt.toISOString(), BucketRegion: region },
          }));
        return {
          document: {
            ListAllMyBucketsResult: {
              Owner: { ID: canonicalId(accountId) },
              Buckets: { Bucket: buckets },
              Prefix: prefix === '' ? undefined : prefix,
            },
          },
        };
      },
    }),
    operation('CreateBucket', {
      http: 'PUT /{Bucket}',
      input: v.object({
        Bucket: v.string(),
        CreateBucketConfiguration: v.optional(
          v.union([v.literal(''), v.object({ LocationConstraint: text })]),
        ),
        'x-amz-acl': only('x-amz-acl', 'private'),
        'x-amz-object-ownership': only(
          'x-amz-object-ownership',
          'BucketOwnerEnforced',
          'BucketOwnerPreferred',
        ),
      }),
      requires: ({ Bucket }) => `arn:aws:s3:::${Bucket}`,
      handle({ Bucket, CreateBucketConfiguration: configuration }, call) {
        checkLocation((configuration || undefined)?.LocationConstraint, call.region);
        // In us-east-1, it is no error to create one's own bucket again.
        const isAgain = store.find(Bucket)?.accountId === call.accountId && call.region === 'us-east-1';
        if (!isAgain) store.create(call, Bucket);
        return { headers: { location: `/${Bucket}` } };
      },
    }),
    bucketOperation('HeadBucket', {
      http: 'HEAD /{Bucket}',
      input: v.object(bucketInput),
      action: 's3:ListBucket',
      handle: ({ region }) => ({
        headers: { 'x-amz-bucket-region': region, 'x-amz-access-point-alias': 'false' },
      }),
    }),
    bucketOperation('DeleteBucket', {
      http: 'DELETE /{Bucket}',
      status: 204,
      input: v.object(bucketInput),
      handle({ name }) {
        store.delete(name);
      },
    }),
    bucketOperation('GetBucketEncryption', {
      http: 'GET /{Bucket}?encryption',
      input: v.object(bucketInput),
      action: 's3:GetEncryptionConfiguration',
      // What the answers about objects say, too. Keys of KMS have no effect.
      handle: () => ({
        document: {
          ServerSideEncryptionConfiguration: {
            Rule: {
              ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' },
              BucketKeyEnabled: 'false',
            },
          },
        },
      }),
    }),
    bucketOperation('GetBucketLocation', {
      http: 'GET /{Bucket}?location',
      input: v.object(bucketInput),
      // The constraint of us-east-1 is an empty element.
      handle: ({ region }) => ({ document: { LocationConstraint: region === 'us-east-1' ? '' : region } }),
    }),
  ];
}

/** A bucket is created in the region that is asked. The document must say the same. */
function checkLocation(constraint: string | undefined, region: string): void {
  const asked = constraint || 'us-east-1';
  if (asked === region) return;
  const named = asked === constraint ? `${constraint} location` : 'unspecified location';
  throw new AwsError(
    'IllegalLocationConstraintException',
    `The ${named} constraint is incompatible for the region specific endpoint this request was sent to.`,
  );
}
