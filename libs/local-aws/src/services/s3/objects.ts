import { AwsError } from '../../core/errors.ts';
import { type AwsRequest, header } from '../../core/request.ts';
import type { RouteQuestion } from '../../pipeline/endpoint.ts';
import {
  checksumElements,
  checksumHeaders,
  checksumOfObject,
  hasChecksum,
  verifyChecksums,
} from './checksum.ts';
import { checkWriteConditions } from './conditions.ts';
import { copySourceOf, copySourceQuestions, readCopySource } from './copy-source.ts';
import { invalidArgument } from './errors.ts';
import { describedObject } from './object-description.ts';
import { questionFor, type S3Call, type S3Operation, type S3Output, type S3Request } from './operation.ts';
import { readObject } from './read-object.ts';
import type { Bucket, BucketStore } from './store.ts';
import { parseTagging, taggingDocument } from './tags.ts';
import { checkVersion } from './version.ts';
import { elements, malformedXml, parseXml, refuseOtherElements, text } from './xml.ts';

/** The operations on objects, uploads in parts apart. */
export function objectOperations(store: BucketStore): readonly S3Operation[] {
  const find = ({ bucketName, key, query }: S3Call) => {
    checkVersion(query.get('versionId'));
    return store.object(bucketName, key);
  };
  return [
    {
      name: 'CopyObject',
      method: 'PUT',
      on: 'object',
      markers: ['copy'],
      action: 's3:PutObject',
      questions: (bucket, target) => [
        ...writeQuestions(bucket, target),
        ...copySourceQuestions(store, target.request),
      ],
      handle: (call) => copyObject(store, call),
    },
    {
      name: 'PutObject',
      method: 'PUT',
      on: 'object',
      action: 's3:PutObject',
      questions: writeQuestions,
      handle: (call) => putObject(store, call),
    },
    {
      name: 'GetObject',
      method: 'GET',
      on: 'object',
      action: 's3:GetObject',
      questions: readQuestions,
      handle: (call) => readObject(find(call), call),
    },
    {
      name: 'HeadObject',
      method: 'HEAD',
      on: 'object',
      action: 's3:GetObject',
      questions: readQuestions,
      handle: (call) => readObject(find(call), call),
    },
    {
      name: 'DeleteObject',
      method: 'DELETE',
      on: 'object',
      action: 's3:DeleteObject',
      handle: ({ bucketName, key, query, request }) => {
        checkVersion(query.get('versionId'));
        const { objects } = store.bucket(bucketName);
        checkWriteConditions(objects.get(key), request, key);
        objects.delete(key);
        return { status: 204 };
      },
    },
    {
      name: 'DeleteObjects',
      method: 'POST',
      on: 'bucket',
      markers: ['delete'],
      action: 's3:DeleteObject',
      // AWS refuses single keys in its answer; here one key that may not be deleted refuses them all.
      questions: (bucket, { request }) =>
        keysToDelete(request, request.body).keys.map((key) => questionFor(bucket, 's3:DeleteObject', key)),
      handle: (call) => deleteObjects(store.bucket(call.bucketName), call),
    },
    {
      name: 'GetObjectTagging',
      method: 'GET',
      on: 'object',
      markers: ['tagging'],
      action: 's3:GetObjectTagging',
      handle: (call) => ({ xml: taggingDocument(find(call).tags) }),
    },
    {
      name: 'PutObjectTagging',
      method: 'PUT',
      on: 'object',
      markers: ['tagging'],
      action: 's3:PutObjectTagging',
      handle: (call) => {
        verifyChecksums(call.request, call.payload);
        const object = find(call);
        store.bucket(call.bucketName).objects.set(call.key, { ...object, tags: parseTagging(call.payload) });
        return {};
      },
    },
    {
      name: 'DeleteObjectTagging',
      method: 'DELETE',
      on: 'object',
      markers: ['tagging'],
      action: 's3:DeleteObjectTagging',
      handle: (call) => {
        store.bucket(call.bucketName).objects.set(call.key, { ...find(call), tags: new Map() });
        return { status: 204 };
      },
    },
  ];
}

/** What one must be allowed to do in order to write an object: to tag it, and to compare it, too, where the request does. */
export function writeQuestions(bucket: Bucket, { key, request }: S3Request): readonly RouteQuestion[] {
  const context: Record<string, string> = {};
  for (const name of [
    'x-amz-acl',
    'x-amz-server-side-encryption',
    'x-amz-copy-source',
    'x-amz-metadata-directive',
  ]) {
    const value = header(request, name);
    if (value !== undefined) context[`s3:${name}`] = value;
  }
  const questions = [questionFor(bucket, 's3:PutObject', key, context)];
  if (header(request, 'x-amz-tagging')) questions.push(questionFor(bucket, 's3:PutObjectTagging', key));
  if (header(request, 'if-match') !== undefined) questions.push(questionFor(bucket, 's3:GetObject', key));
  return questions;
}

/** That a key does not exist is only told to those who may list the bucket. */
function readQuestions(bucket: Bucket, { key }: S3Request): readonly RouteQuestion[] {
  const read = questionFor(bucket, 's3:GetObject', key);
  return bucket.objects.has(key) ? [read] : [read, questionFor(bucket, 's3:ListBucket')];
}

function putObject(store: BucketStore, { bucketName, key, request, payload }: S3Call): S3Output {
  const bucket = store.bucket(bucketName);
  checkWriteConditions(bucket.objects.get(key), request, key);
  const checksum = verifyChecksums(request, payload);
  const object = store.put(bucket, {
    key,
    body: payload,
    ...describedObject(request),
    ...(checksum === undefined ? {} : { checksum }),
  });
  return {
    headers: {
      etag: object.etag,
      'x-amz-server-side-encryption': 'AES256',
      ...checksumHeaders(checksumOfObject(object)),
    },
  };
}

function copyObject(store: BucketStore, { bucketName, key, request }: S3Call): S3Output {
  const replacesMetadata = directive(request, 'x-amz-metadata-directive') === 'REPLACE';
  const replacesTags = directive(request, 'x-amz-tagging-directive') === 'REPLACE';
  const source = copySourceOf(request);
  if (source.bucketName === bucketName && source.key === key && !replacesMetadata && !replacesTags) {
    throw new AwsError(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  const original = readCopySource(store, request);
  const bucket = store.bucket(bucketName);
  checkWriteConditions(bucket.objects.get(key), request, key);
  const described = describedObject(request);
  const { contentType, headers } = replacesMetadata ? described : original;
  const copy = store.put(bucket, {
    key,
    body: original.body,
    contentType,
    headers,
    tags: replacesTags ? described.tags : original.tags,
    // A copy is written in one part, whatever its source was.
    ...(original.checksum?.type === 'FULL_OBJECT' ? { checksum: original.checksum } : {}),
  });
  return {
    headers: { 'x-amz-server-side-encryption': 'AES256' },
    xml: {
      CopyObjectResult: {
        ETag: copy.etag,
        LastModified: copy.lastModified.toISOString(),
        ...checksumElements(checksumOfObject(copy)),
      },
    },
  };
}

function directive(request: AwsRequest, name: string): 'COPY' | 'REPLACE' {
  const value = header(request, name) ?? 'COPY';
  if (value === 'COPY' || value === 'REPLACE') return value;
  throw invalidArgument(`Unknown directive in ${name}: COPY or REPLACE.`, name, value);
}

/** The most objects that one request may delete. */
const mostDeletions = 1000;

/** @throws AwsError `MalformedXML`, `NotImplemented` */
function keysToDelete(request: AwsRequest, body: Buffer) {
  // Permission is asked for before chunks are taken apart.
  if (header(request, 'x-amz-content-sha256')?.startsWith('STREAMING-')) {
    throw new AwsError(
      'NotImplemented',
      'local AWS does not implement DeleteObjects with a chunked body.',
      501,
    );
  }
  const document = parseXml(body, 'Delete');
  const objects = elements(document, 'Object');
  if (objects.length === 0 || objects.length > mostDeletions) throw malformedXml();
  const keys = objects.map((object) => {
    refuseOtherElements(object, ['Key', 'VersionId']);
    const key = text(object, 'Key');
    if (key === undefined || key === '') throw malformedXml();
    return key;
  });
  const versions = objects.map((object) => text(object, 'VersionId'));
  return { keys, versions, quiet: text(document, 'Quiet') === 'true' };
}

function deleteObjects(bucket: Bucket, { request, payload }: S3Call): S3Output {
  if (!hasChecksum(request)) {
    throw new AwsError(
      'InvalidRequest',
      'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
    );
  }
  verifyChecksums(request, payload);
  const { keys, versions, quiet } = keysToDelete(request, payload);
  const deleted: object[] = [];
  const errors: object[] = [];
  for (const [index, Key] of keys.entries()) {
    const VersionId = versions[index];
    if (VersionId === undefined || VersionId === 'null') {
      bucket.objects.delete(Key);
      deleted.push(VersionId === undefined ? { Key } : { Key, VersionId });
    } else {
      errors.push({
        Key,
        VersionId,
        Code: 'NoSuchVersion',
        Message: 'The specified version does not exist.',
      });
    }
  }
  return { xml: { DeleteResult: { ...(quiet ? {} : { Deleted: deleted }), Error: errors } } };
}
