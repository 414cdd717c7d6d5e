import * as v from 'valibot';
import { checksumOf } from '../../../authentication/checksums.ts';
import { defined } from '../../../core/defined.ts';
import { AwsError } from '../../../core/errors.ts';
import type { Permission, ServiceOperation } from '../../../protocols/operation.ts';
import { type Bucket, type BucketStore, s3Error } from '../store.ts';
import { announcedAlgorithm, type checksumHeaders } from './checksums.ts';
import {
  describedObject,
  encryptionHeader,
  objectHeaders,
  readPermissions,
  writeConditions,
  writePermissions,
} from './descriptions.ts';
import { invalidArgument, objectInput, onBucket, only, text } from './operation.ts';

const SOURCE = 'x-amz-copy-source';

/** The operation that copies an object (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html). */
export function copyOperations(store: BucketStore): readonly ServiceOperation[] {
  const operation = onBucket(store);
  return [
    operation('CopyObject', {
      http: `PUT /{Bucket}/{Key+}?${SOURCE}`,
      input: v.object({
        ...objectInput,
        ...objectHeaders,
        ...writeConditions,
        [SOURCE]: v.string(),
        'x-amz-source-expected-bucket-owner': text,
        'x-amz-metadata-directive': v.optional(
          v.picklist(['COPY', 'REPLACE'], 'Unknown metadata directive.'),
          'COPY',
        ),
        'x-amz-checksum-algorithm': announcedAlgorithm,
        'x-amz-tagging-directive': only('x-amz-tagging-directive', 'COPY'),
        [`${SOURCE}-if-match`]: text,
      }),
      requires(bucket, input) {
        const { name, key } = sourceOf(input[SOURCE]);
        const source = store.find(name);
        const [write] = writePermissions(bucket, input);
        const context = { ...write?.context, 's3:x-amz-copy-source': `${name}/${key}` };
        const directive = { 's3:x-amz-metadata-directive': input['x-amz-metadata-directive'] };
        const writes = write === undefined ? [] : [{ ...write, context: { ...context, ...directive } }];
        return [...(source === undefined ? [] : readPermissions(source, key)), ...writes] as Permission[];
      },
      handle(bucket, input, { request }) {
        const { name, key } = sourceOf(input[SOURCE]);
        const source = sourceBucket(store, name, input['x-amz-source-expected-bucket-owner']);
        const { etag: sourceEtag, lastModified: _, ...object } = store.object(source.name, key);
        const wanted = input[`${SOURCE}-if-match`]?.replaceAll('"', '');
        if (wanted !== undefined && wanted !== sourceEtag.replaceAll('"', '')) {
          throw s3Error('PreconditionFailed', { Condition: `${SOURCE}-If-Match` });
        }
        const replaces = input['x-amz-metadata-directive'] === 'REPLACE';
        if (!replaces && source === bucket && key === input.Key) throw toItself();
        const algorithm = input['x-amz-checksum-algorithm'];
        const checksum =
          algorithm === undefined
            ? object.checksum
            : { algorithm, value: checksumOf(algorithm, object.body) };
        const copy = store.put(
          bucket,
          defined({ ...object, ...(replaces ? describedObject(request) : {}), key: input.Key, checksum }),
        );
        const result = { LastModified: copy.lastModified.toISOString(), ETag: copy.etag };
        return {
          headers: encryptionHeader,
          document: { CopyObjectResult: { ...result, ...checksumElements(checksum) } },
        };
      },
    }),
  ];
}

/** Bucket and key in the header `x-amz-copy-source`: `bucket/key`, percent-encoded, with a slash in front or not. */
function sourceOf(header: string): { readonly name: string; readonly key: string } {
  const [path = '', query] = header.split('?', 2);
  if (query !== undefined && query !== 'versionId=null') {
    throw invalidArgument('Invalid version id specified', SOURCE, header);
  }
  if (/^\/?arn:/.test(path)) {
    const message = 'local AWS has no access points of S3: name the bucket in the header x-amz-copy-source.';
    throw new AwsError('NotImplemented', message, 501);
  }
  try {
    const [, name, key] = /^\/?([^/]+)\/(.+)$/s.exec(decodeURIComponent(path)) ?? [];
    if (name !== undefined && key !== undefined) return { name, key };
  } catch {
    // Refused below.
  }
  throw invalidArgument(
    'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    SOURCE,
    header,
  );
}

function sourceBucket(store: BucketStore, name: string, owner: string | undefined): Bucket {
  const bucket = store.bucket(name);
  if (owner !== undefined && owner !== bucket.accountId) throw s3Error('AccessDenied');
  return bucket;
}

function checksumElements(checksum: Parameters<typeof checksumHeaders>[0] | undefined) {
  if (checksum === undefined) return {};
  return { [`Checksum${checksum.algorithm.toUpperCase()}`]: checksum.value, ChecksumType: 'FULL_OBJECT' };
}

function toItself(): AwsError {
  return new AwsError(
    'InvalidRequest',
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
  );
}
