import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { AwsError } from '../../../core/errors.ts';
import type { Operation } from '../../../protocols/operation.ts';
import { elements } from '../../../protocols/rest-xml.ts';
import { atLeast, atMost } from '../../../protocols/shapes.ts';
import type { BucketStore } from '../store.ts';
import { checksumHeaders, checksumOfObject, hasChecksum, verifyChecksums } from './checksums.ts';
import { checkWriteConditions, writeConditions } from './conditions.ts';
import { bucketInput, objectInput, onBucket, payer, permission, versionId } from './operation.ts';
import { describedObject, encryptionHeader, objectHeaders, writePermissions } from './writes.ts';

/** An object in the document of a `DeleteObjects` request. */
const deletion = v.object({
  Key: v.pipe(v.string(), atLeast(1)),
  VersionId: v.optional(v.string()),
});

/** The operations that write and delete objects. */
export function objectOperations(store: BucketStore): readonly Operation[] {
  const operation = onBucket(store);
  return [
    operation('PutObject', {
      http: 'PUT /{Bucket}/{Key+}',
      rawBody: true,
      input: v.object({ ...objectInput, ...payer, ...objectHeaders, ...writeConditions }),
      requires: writePermissions,
      handle(bucket, input, { request, payload }) {
        checkWriteConditions(bucket.objects.get(input.Key), input);
        const object = store.put(bucket, {
          key: input.Key,
          body: payload,
          ...describedObject(request),
          ...defined({ checksum: verifyChecksums(request, payload) }),
        });
        const checksum = checksumHeaders(checksumOfObject(object));
        return { headers: { etag: object.etag, ...encryptionHeader, ...checksum } };
      },
    }),
    operation('DeleteObject', {
      http: 'DELETE /{Bucket}/{Key+}',
      status: 204,
      input: v.object({ ...objectInput, ...payer, versionId, 'if-match': writeConditions['if-match'] }),
      handle({ objects }, input) {
        checkWriteConditions(objects.get(input.Key), input);
        objects.delete(input.Key);
      },
    }),
    operation('DeleteObjects', {
      http: 'POST /{Bucket}?delete',
      input: v.object({
        ...bucketInput,
        ...payer,
        Delete: v.object({
          Object: v.pipe(elements(deletion), atLeast(1), atMost(1000)),
          Quiet: v.optional(v.string()),
        }),
      }),
      // AWS refuses single keys in its answer. Here, one key that may not be deleted refuses them all.
      requires: (bucket, { Delete }) =>
        Delete.Object.map(({ Key }) => permission(bucket, 's3:DeleteObject', Key)),
      handle({ objects }, { Delete }, { request, payload }) {
        if (!hasChecksum(request)) {
          throw new AwsError(
            'InvalidRequest',
            'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
          );
        }
        verifyChecksums(request, payload);
        const isCurrent = ({ VersionId }: { VersionId?: string | undefined }) =>
          VersionId === undefined || VersionId === 'null';
        const deleted = Delete.Object.filter(isCurrent);
        for (const { Key } of deleted) objects.delete(Key);
        const errors = Delete.Object.filter((one) => !isCurrent(one)).map((one) => ({
          ...one,
          Code: 'NoSuchVersion',
          Message: 'The specified version does not exist.',
        }));
        const isQuiet = Delete.Quiet === 'true';
        return { document: { DeleteResult: { Deleted: isQuiet ? [] : deleted, Error: errors } } };
      },
    }),
  ];
}
