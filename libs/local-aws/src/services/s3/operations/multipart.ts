import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { checksumAlgorithms, checksumOf } from '../../../authentication/checksums.ts';
import { domainOf } from '../../../core/aws-domains.ts';
import { defined } from '../../../core/defined.ts';
import { AwsError } from '../../../core/errors.ts';
import type { ServiceOperation } from '../../../protocols/operation.ts';
import { elements } from '../../../protocols/rest-xml.ts';
import { atLeast, atMost } from '../../../protocols/shapes.ts';
import {
  type Bucket,
  type BucketStore,
  etagOf,
  type MultipartUpload,
  md5,
  s3Error,
  type UploadedPart,
} from '../store.ts';
import { announcedAlgorithm, checksumHeaders, compareChecksum, verifyChecksums } from './checksums.ts';
import {
  describedObject,
  encryptionHeader,
  objectHeaders,
  writeConditions,
  writePermissions,
} from './descriptions.ts';
import { objectInput, onBucket, only, text } from './operation.ts';

const TYPE = 'x-amz-checksum-type';

/** The minimum size of every part except the last, in bytes. */
const smallestPart = 5 * 1024 * 1024;

const uploadInput = { ...objectInput, uploadId: v.string() };

/** Local AWS supports checksums of the whole object only, not checksums of the parts' checksums. */
const checksumType = only(TYPE, 'FULL_OBJECT');

const partNumber = v.pipe(
  v.string(),
  v.check(
    (text) => /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 10_000,
    'Part number must be an integer between 1 and 10000, inclusive',
  ),
  v.transform(Number),
);

const checksumMember = (algorithm: string) => `Checksum${algorithm.toUpperCase()}`;

/** A part in the document of a `CompleteMultipartUpload` request. */
const listedPart = v.object({
  PartNumber: v.pipe(v.string(), v.digits(), v.transform(Number)),
  ETag: v.string(),
  ...Object.fromEntries(checksumAlgorithms.map((name) => [checksumMember(name), text])),
});

/** The operations of uploads in parts. */
export function multipartOperations(store: BucketStore): readonly ServiceOperation[] {
  const operation = onBucket(store);
  return [
    operation('CreateMultipartUpload', {
      http: 'POST /{Bucket}/{Key+}?uploads',
      input: v.object({
        ...objectInput,
        ...objectHeaders,
        'x-amz-checksum-algorithm': announcedAlgorithm,
        [TYPE]: checksumType,
      }),
      requires: writePermissions,
      handle(bucket, input, { request }) {
        const { Key, 'x-amz-checksum-algorithm': algorithm } = input;
        const UploadId = randomBytes(48).toString('base64url');
        bucket.uploads.set(UploadId, {
          key: Key,
          ...describedObject(request),
          ...defined({ algorithm }),
          parts: new Map(),
        });
        const announced = algorithm && {
          'x-amz-checksum-algorithm': algorithm.toUpperCase(),
          [TYPE]: 'FULL_OBJECT',
        };
        return {
          headers: { ...encryptionHeader, ...announced },
          document: { InitiateMultipartUploadResult: { Bucket: bucket.name, Key, UploadId } },
        };
      },
    }),
    operation('UploadPart', {
      http: 'PUT /{Bucket}/{Key+}?partNumber&uploadId',
      rawBody: true,
      input: v.object({ ...uploadInput, partNumber }),
      action: 's3:PutObject',
      handle(bucket, input, { request, payload }) {
        const checksum = verifyChecksums(request, payload);
        const etag = etagOf(payload);
        findUpload(bucket, input).parts.set(input.partNumber, defined({ body: payload, etag, checksum }));
        // The checksum of a part always covers the whole part, so the response does not have its type.
        const { [TYPE]: _type, ...checksumHeader } = checksum === undefined ? {} : checksumHeaders(checksum);
        return { headers: { etag, ...encryptionHeader, ...checksumHeader } };
      },
    }),
    operation('CompleteMultipartUpload', {
      http: 'POST /{Bucket}/{Key+}?uploadId',
      input: v.object({
        ...uploadInput,
        ...writeConditions,
        'x-amz-mp-object-size': text,
        [TYPE]: checksumType,
        CompleteMultipartUpload: v.optional(
          v.object({ Part: v.pipe(elements(listedPart), atLeast(1), atMost(10_000)) }),
        ),
      }),
      requires: writePermissions,
      handle(bucket, input, { request, region }) {
        const { Key, uploadId, CompleteMultipartUpload: listed } = input;
        const upload = findUpload(bucket, input);
        if (listed === undefined) throw new AwsError('InvalidRequest', 'You must specify at least one part');
        const bodies = findParts(upload, listed.Part).map(({ body }) => body);
        const body = Buffer.concat(bodies);
        if ((input['x-amz-mp-object-size'] ?? String(body.length)) !== String(body.length)) {
          throw new AwsError(
            'InvalidRequest',
            `The parts have ${body.length} bytes, x-amz-mp-object-size says otherwise.`,
          );
        }
        const { contentType, headers, algorithm = 'crc64nvme' } = upload;
        const checksum = { algorithm, value: checksumOf(algorithm, body) };
        compareChecksum(request, checksum);
        const { etag } = store.put(bucket, {
          key: Key,
          // MD5 over the MD5s of the parts, and their number.
          etag: `"${md5(Buffer.concat(bodies.map(md5))).toString('hex')}-${bodies.length}"`,
          contentType,
          headers,
          body,
          checksum,
        });
        bucket.uploads.delete(uploadId);
        return {
          headers: encryptionHeader,
          document: {
            CompleteMultipartUploadResult: {
              Location: `https://${bucket.name}.s3.${region}.${domainOf(region)}/${encodeURIComponent(Key)}`,
              Bucket: bucket.name,
              Key,
              ETag: etag,
              [checksumMember(algorithm)]: checksum.value,
              ChecksumType: 'FULL_OBJECT',
            },
          },
        };
      },
    }),
    operation('AbortMultipartUpload', {
      http: 'DELETE /{Bucket}/{Key+}?uploadId',
      status: 204,
      input: v.object(uploadInput),
      handle(bucket, input) {
        findUpload(bucket, input);
        bucket.uploads.delete(input.uploadId);
      },
    }),
  ];
}

function findUpload(bucket: Bucket, { Key, uploadId }: { Key: string; uploadId: string }): MultipartUpload {
  const upload = bucket.uploads.get(uploadId);
  if (upload?.key !== Key) throw s3Error('NoSuchUpload', { UploadId: uploadId.slice(0, 1024) });
  return upload;
}

/** The parts that the client lists, in its order. */
function findParts(upload: MultipartUpload, listed: readonly v.InferOutput<typeof listedPart>[]) {
  if (listed.some(({ PartNumber }, index) => PartNumber <= (listed[index - 1]?.PartNumber ?? 0))) {
    throw s3Error('InvalidPartOrder');
  }
  const parts = listed.map((one) => {
    const { PartNumber } = one;
    const ETag = one.ETag.replaceAll('"', '');
    const part = upload.parts.get(PartNumber);
    if (part?.etag !== `"${ETag}"` || !hasChecksums(part, one)) {
      throw s3Error('InvalidPart', { PartNumber, ETag });
    }
    return part;
  });
  const small = parts.slice(0, -1).find(({ body }) => body.length < smallestPart);
  if (small !== undefined) {
    const sizes = { ProposedSize: small.body.length, MinSizeAllowed: smallestPart };
    throw s3Error('EntityTooSmall', sizes);
  }
  return parts;
}

/** Whether the client's checksums of a part are those of its body. https://github.com/ceph/s3-tests/pull/564 */
function hasChecksums({ body, checksum }: UploadedPart, listed: Readonly<Record<string, unknown>>): boolean {
  return checksumAlgorithms.every((algorithm) => {
    const value = listed[checksumMember(algorithm)];
    if (value === undefined) return true;
    return value === (checksum?.algorithm === algorithm ? checksum.value : checksumOf(algorithm, body));
  });
}
