import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { AwsError } from '../../../core/errors.ts';
import type { ServiceOperation } from '../../../protocols/operation.ts';
import { elements } from '../../../protocols/rest-xml.ts';
import { atLeast, atMost } from '../../../protocols/shapes.ts';
import { type BucketStore, s3Error } from '../store.ts';
import { checksumHeaders, checksumOfObject, hasChecksum, verifyChecksums } from './checksums.ts';
import {
  describedObject,
  encryptionHeader,
  objectHeaders,
  readPermissions,
  writeConditions,
  writePermissions,
} from './descriptions.ts';
import { bucketInput, objectInput, onBucket, payer, permission, text, versionId } from './operation.ts';
import { isUnchanged, readConditions } from './read-conditions.ts';

const readInput = v.object({
  ...objectInput,
  ...readConditions,
  versionId,
  range: text,
  'x-amz-checksum-mode': text,
});

/** An object in the document of a `DeleteObjects` request. */
const deletion = v.object({ Key: v.pipe(v.string(), atLeast(1)), VersionId: text });

/** The operations on objects. */
export function objectOperations(store: BucketStore): readonly ServiceOperation[] {
  const operation = onBucket(store);
  return [
    operation('PutObject', {
      http: 'PUT /{Bucket}/{Key+}',
      rawBody: true,
      input: v.object({ ...objectInput, ...objectHeaders, ...writeConditions }),
      requires: writePermissions,
      handle(bucket, { Key: key }, { request, payload }) {
        const checksum = verifyChecksums(request, payload);
        const described = { key, body: payload, ...describedObject(request) };
        const object = store.put(bucket, defined({ ...described, checksum }));
        const checksums = checksumHeaders(checksumOfObject(object));
        return { headers: { etag: object.etag, ...encryptionHeader, ...checksums } };
      },
    }),
    ...(['GetObject', 'HeadObject'] as const).map((name) =>
      operation(name, {
        http: `${name === 'GetObject' ? 'GET' : 'HEAD'} /{Bucket}/{Key+}`,
        input: readInput,
        requires: (bucket, { Key }) => readPermissions(bucket, Key),
        handle(bucket, input, { request }) {
          const object = store.object(bucket.name, input.Key);
          const { body } = object;
          const headers = {
            etag: object.etag,
            'last-modified': object.lastModified.toUTCString(),
            'accept-ranges': 'bytes',
            ...encryptionHeader,
          };
          if (isUnchanged(object, input, request.receivedAt)) return { status: 304, headers };
          const described = { ...headers, ...object.headers, 'content-type': object.contentType };
          const range = rangeOf(input.range, body.length);
          if (range !== undefined) {
            const [start, end] = range;
            return {
              status: 206,
              headers: { ...described, 'content-range': `bytes ${start}-${end}/${body.length}` },
              body: body.subarray(start, end + 1),
            };
          }
          const withChecksum = input['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED';
          const checksum = withChecksum ? checksumHeaders(checksumOfObject(object)) : {};
          return { headers: { ...described, ...checksum }, body };
        },
      }),
    ),
    operation('DeleteObject', {
      http: 'DELETE /{Bucket}/{Key+}',
      status: 204,
      input: v.object({ ...objectInput, versionId, 'if-match': writeConditions['if-match'] }),
      handle({ objects }, { Key }) {
        objects.delete(Key);
      },
    }),
    operation('DeleteObjects', {
      http: 'POST /{Bucket}?delete',
      input: v.object({
        ...bucketInput,
        ...payer,
        Delete: v.object({ Object: v.pipe(elements(deletion), atLeast(1), atMost(1000)), Quiet: text }),
      }),
      // AWS reports each refused key. Local AWS refuses the whole request if the caller may not delete one key.
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
        const isCurrent = ({ VersionId = 'null' }) => VersionId === 'null';
        const deleted = Delete.Object.filter(isCurrent);
        for (const { Key } of deleted) objects.delete(Key);
        const { code: Code, message: Message } = s3Error('NoSuchVersion');
        const others = Delete.Object.filter((one) => !isCurrent(one));
        const errors = others.map((one) => ({ ...one, Code, Message }));
        const isQuiet = Delete.Quiet === 'true';
        return { document: { DeleteResult: { Deleted: isQuiet ? [] : deleted, Error: errors } } };
      },
    }),
  ];
}

/** Reads a `Range` header: first and last byte, inclusive. S3 ignores invalid headers and lists of ranges. */
function rangeOf(range = '', size = 0): readonly [start: number, end: number] | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range.trim()) ?? [];
  if (first === '' && last === '') return undefined;
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start > end) throw s3Error('InvalidRange', { RangeRequested: range, ActualObjectSize: size });
  return [start, end];
}
