import { randomBytes } from 'node:crypto';
import { AwsError } from '../../core/errors.ts';
import { header } from '../../core/request.ts';
import {
  announcedAlgorithm,
  checksumElements,
  checksumHeaders,
  checksumOfParts,
  verifyChecksums,
} from './checksum.ts';
import { checkWriteConditions } from './conditions.ts';
import { copySourceQuestions, readCopySource } from './copy-source.ts';
import { invalidArgument } from './errors.ts';
import { canonicalId, readMaxKeys } from './listing.ts';
import { describedObject } from './object-description.ts';
import { writeQuestions } from './objects.ts';
import { questionFor, type S3Call, type S3Operation, type S3Output } from './operation.ts';
import { rangeOf } from './read-object.ts';
import {
  type BucketStore,
  etagOf,
  type MultipartUpload,
  md5,
  type ObjectChecksum,
  type StoredObject,
  type UploadedPart,
} from './store.ts';
import { elements, malformedXml, parseXml, text } from './xml.ts';

/** The operations of uploads in parts. */
export function multipartOperations(store: BucketStore): readonly S3Operation[] {
  const find = (call: S3Call) => findUpload(store, call);
  return [
    {
      name: 'CreateMultipartUpload',
      method: 'POST',
      on: 'object',
      markers: ['uploads'],
      action: 's3:PutObject',
      questions: writeQuestions,
      handle: (call) => startUpload(store, call),
    },
    {
      name: 'UploadPartCopy',
      method: 'PUT',
      on: 'object',
      markers: ['uploadId', 'copy'],
      action: 's3:PutObject',
      questions: (bucket, { key, request }) => [
        questionFor(bucket, 's3:PutObject', key),
        ...copySourceQuestions(store, request),
      ],
      handle: (call) => {
        const source = readCopySource(store, call.request);
        const range = rangeOf(header(call.request, 'x-amz-copy-source-range'), source.body.length);
        const body = range === undefined ? source.body : source.body.subarray(range.start, range.end + 1);
        const part = addPart(find(call), call, body, undefined);
        return {
          xml: {
            CopyPartResult: {
              ETag: part.etag,
              LastModified: part.lastModified.toISOString(),
              ...(part.checksum === undefined ? {} : checksumElements(part.checksum)),
            },
          },
        };
      },
    },
    {
      name: 'UploadPart',
      method: 'PUT',
      on: 'object',
      markers: ['uploadId'],
      action: 's3:PutObject',
      handle: (call) => {
        const checksum = verifyChecksums(call.request, call.payload);
        const part = addPart(find(call), call, call.payload, checksum);
        // A part's checksum is always over the whole part: its type is not said.
        const headers = part.checksum && checksumHeaders(part.checksum);
        delete headers?.[TYPE];
        return { headers: { etag: part.etag, 'x-amz-server-side-encryption': 'AES256', ...headers } };
      },
    },
    {
      name: 'CompleteMultipartUpload',
      method: 'POST',
      on: 'object',
      markers: ['uploadId'],
      action: 's3:PutObject',
      questions: writeQuestions,
      handle: (call) => {
        const object = completeUpload(store, call);
        const { bucketName: Bucket, key: Key } = call;
        return {
          headers: { 'x-amz-server-side-encryption': 'AES256' },
          xml: {
            CompleteMultipartUploadResult: {
              Location: `https://${Bucket}.s3.${call.region}.amazonaws.com/${encodeURIComponent(Key)}`,
              Bucket,
              Key,
              ETag: object.etag,
              ...(object.checksum === undefined ? {} : checksumElements(object.checksum)),
            },
          },
        };
      },
    },
    {
      name: 'AbortMultipartUpload',
      method: 'DELETE',
      on: 'object',
      markers: ['uploadId'],
      action: 's3:AbortMultipartUpload',
      handle: (call) => {
        find(call);
        store.bucket(call.bucketName).uploads.delete(uploadIdOf(call));
        return { status: 204 };
      },
    },
    {
      name: 'ListParts',
      method: 'GET',
      on: 'object',
      markers: ['uploadId'],
      action: 's3:ListMultipartUploadParts',
      handle: (call) => listParts(find(call), call),
    },
    {
      name: 'ListMultipartUploads',
      method: 'GET',
      on: 'bucket',
      markers: ['uploads'],
      action: 's3:ListBucketMultipartUploads',
      handle: (call) => listUploads(store, call),
    },
  ];
}

const TYPE = 'x-amz-checksum-type';

/** Every part but the last must have so many bytes. */
const minPart = 5 * 1024 * 1024;

function uploadIdOf({ query }: S3Call): string {
  return query.get('uploadId') ?? '';
}

function findUpload(store: BucketStore, call: S3Call): MultipartUpload {
  const upload = store.bucket(call.bucketName).uploads.get(uploadIdOf(call));
  if (upload?.key === call.key) return upload;
  throw new AwsError(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    404,
    { UploadId: uploadIdOf(call).slice(0, 1024) },
  );
}

function startUpload(store: BucketStore, { bucketName: Bucket, key: Key, request }: S3Call): S3Output {
  const algorithm = announcedAlgorithm(request);
  const type = header(request, TYPE) ?? (algorithm === 'crc64nvme' ? 'FULL_OBJECT' : 'COMPOSITE');
  if (type !== 'FULL_OBJECT' && type !== 'COMPOSITE') {
    throw invalidArgument('Value for x-amz-checksum-type header is invalid.', TYPE, type);
  }
  if (algorithm?.startsWith('sha') && type === 'FULL_OBJECT') {
    throw new AwsError(
      'InvalidRequest',
      `The FULL_OBJECT checksum type cannot be used with the ${algorithm} checksum algorithm.`,
    );
  }
  const UploadId = randomBytes(48).toString('base64url');
  store.bucket(Bucket).uploads.set(UploadId, {
    key: Key,
    startedAt: request.receivedAt,
    ...describedObject(request),
    ...(algorithm === undefined ? {} : { checksum: { algorithm, type } }),
    parts: new Map(),
  });
  return {
    headers: {
      'x-amz-server-side-encryption': 'AES256',
      ...(algorithm === undefined
        ? {}
        : { 'x-amz-checksum-algorithm': algorithm.toUpperCase(), [TYPE]: type }),
    },
    xml: { InitiateMultipartUploadResult: { Bucket, Key, UploadId } },
  };
}

function addPart(
  upload: MultipartUpload,
  { query, request }: S3Call,
  body: Buffer,
  sent: ObjectChecksum | undefined,
): UploadedPart {
  const text = query.get('partNumber') ?? '';
  if (!/^[1-9]\d{0,4}$/.test(text) || Number(text) > 10_000) {
    throw invalidArgument(
      'Part number must be an integer between 1 and 10000, inclusive',
      'partNumber',
      text,
    );
  }
  const expected = upload.checksum?.algorithm;
  if (sent !== undefined && expected !== undefined && sent.algorithm !== expected) {
    throw new AwsError(
      'InvalidRequest',
      `Checksum Type mismatch occurred, expected checksum Type: ${expected}, actual checksum Type: ${sent.algorithm}`,
    );
  }
  const checksum =
    sent ?? (expected === undefined ? undefined : checksumOfParts(expected, 'FULL_OBJECT', [body]));
  const part: UploadedPart = {
    body,
    etag: etagOf(body),
    lastModified: request.receivedAt,
    ...(checksum === undefined ? {} : { checksum }),
  };
  upload.parts.set(Number(text), part);
  return part;
}

function completeUpload(store: BucketStore, call: S3Call): StoredObject {
  const { bucketName, key, request, payload } = call;
  const bucket = store.bucket(bucketName);
  const upload = findUpload(store, call);
  checkWriteConditions(bucket.objects.get(key), request, key);
  const bodies = listedParts(upload, payload).map(({ body }) => body);
  const expectedSize = header(call.request, 'x-amz-mp-object-size');
  const size = bodies.reduce((sum, body) => sum + body.length, 0);
  if (expectedSize !== undefined && expectedSize !== String(size)) {
    throw new AwsError(
      'InvalidRequest',
      `The parts have ${size} bytes, x-amz-mp-object-size says otherwise.`,
    );
  }
  // S3's ETag of such an object: MD5 over the parts' MD5s, and their count.
  const etag = `"${md5(Buffer.concat(bodies.map(md5))).toString('hex')}-${bodies.length}"`;
  const { algorithm, type } = upload.checksum ?? { algorithm: 'crc64nvme', type: 'FULL_OBJECT' };
  const { contentType, headers, tags } = upload;
  const object = store.put(bucket, {
    key,
    etag,
    contentType,
    headers,
    tags,
    body: Buffer.concat(bodies),
    checksum: checksumOfParts(algorithm, type, bodies),
  });
  bucket.uploads.delete(uploadIdOf(call));
  return object;
}

/** The parts that the client lists, in its order. */
function listedParts(upload: MultipartUpload, payload: Buffer): readonly UploadedPart[] {
  const listed = elements(parseXml(payload, 'CompleteMultipartUpload'), 'Part');
  if (listed.length === 0 || listed.length > 10_000) throw malformedXml();
  let previous = 0;
  const parts = listed.map((element) => {
    const number = Number(text(element, 'PartNumber'));
    const etag = text(element, 'ETag')?.replaceAll('"', '');
    if (!Number.isInteger(number) || etag === undefined) throw malformedXml();
    if (number <= previous) {
      throw new AwsError(
        'InvalidPartOrder',
        'The list of parts was not in ascending order. Parts must be ordered by part number.',
      );
    }
    previous = number;
    const part = upload.parts.get(number);
    const { algorithm, value } = part?.checksum ?? {};
    const checksum = algorithm && text(element, `Checksum${algorithm.toUpperCase()}`);
    if (part === undefined || part.etag !== `"${etag}"` || (checksum && checksum !== value)) {
      throw new AwsError(
        'InvalidPart',
        "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
        400,
        { PartNumber: number, ETag: etag },
      );
    }
    return part;
  });
  for (const { body } of parts.slice(0, -1)) {
    if (body.length < minPart) {
      throw new AwsError(
        'EntityTooSmall',
        'Your proposed upload is smaller than the minimum allowed size',
        400,
        { ProposedSize: body.length, MinSizeAllowed: minPart },
      );
    }
  }
  return parts;
}

function listParts(upload: MultipartUpload, call: S3Call): S3Output {
  const most = readMaxKeys(call.query, 'max-parts');
  const after = Number(call.query.get('part-number-marker') ?? 0) || 0;
  const parts = [...upload.parts].sort(([a], [b]) => a - b).filter(([number]) => number > after);
  const page = parts.slice(0, most);
  const owner = { ID: canonicalId(call.accountId) };
  return {
    xml: {
      ListPartsResult: {
        Bucket: call.bucketName,
        Key: call.key,
        UploadId: uploadIdOf(call),
        Initiator: owner,
        Owner: owner,
        StorageClass: 'STANDARD',
        PartNumberMarker: after,
        NextPartNumberMarker: page.at(-1)?.[0] ?? 0,
        MaxParts: most,
        IsTruncated: page.length < parts.length,
        ...(upload.checksum === undefined
          ? {}
          : {
              ChecksumAlgorithm: upload.checksum.algorithm.toUpperCase(),
              ChecksumType: upload.checksum.type,
            }),
        Part: page.map(([PartNumber, { body, etag, lastModified }]) => ({
          PartNumber,
          LastModified: lastModified.toISOString(),
          ETag: etag,
          Size: body.length,
        })),
      },
    },
  };
}

function listUploads(store: BucketStore, { bucketName, query, accountId }: S3Call): S3Output {
  const prefix = query.get('prefix') ?? '';
  const keyMarker = query.get('key-marker') ?? '';
  const idMarker = query.get('upload-id-marker') ?? '';
  const most = readMaxKeys(query, 'max-uploads');
  const encode = query.get('encoding-type') === 'url' ? encodeURIComponent : (key: string) => key;
  const uploads = [...store.bucket(bucketName).uploads]
    .map(([id, upload]) => ({ id, ...upload }))
    .filter(({ key }) => key.startsWith(prefix))
    .sort((a, b) => (a.key === b.key ? Number(a.id > b.id) || -1 : a.key > b.key ? 1 : -1))
    .filter(({ key, id }) => key > keyMarker || (idMarker !== '' && key === keyMarker && id > idMarker));
  const page = uploads.slice(0, most);
  const last = page.length < uploads.length ? page.at(-1) : undefined;
  const owner = { ID: canonicalId(accountId) };
  return {
    xml: {
      ListMultipartUploadsResult: {
        Bucket: bucketName,
        KeyMarker: encode(keyMarker),
        UploadIdMarker: idMarker,
        ...(last === undefined ? {} : { NextKeyMarker: encode(last.key), NextUploadIdMarker: last.id }),
        Prefix: encode(prefix),
        ...(query.get('encoding-type') === 'url' ? { EncodingType: 'url' } : {}),
        MaxUploads: most,
        IsTruncated: last !== undefined,
        Upload: page.map(({ id, key, startedAt }) => ({
          Key: encode(key),
          UploadId: id,
          Initiator: owner,
          Owner: owner,
          StorageClass: 'STANDARD',
          Initiated: startedAt.toISOString(),
        })),
      },
    },
  };
}
