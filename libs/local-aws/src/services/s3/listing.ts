import type { RouteQuestion } from '../../pipeline/endpoint.ts';
import { invalidArgument } from './errors.ts';
import { questionFor, type S3Operation, type S3Output, type S3Request } from './operation.ts';
import type { Bucket, BucketStore, StoredObject } from './store.ts';

/** The operations that list a bucket's objects. */
export function listingOperations(store: BucketStore): readonly S3Operation[] {
  return [
    {
      name: 'ListObjectsV2',
      method: 'GET',
      on: 'bucket',
      markers: ['list-type=2'],
      action: 's3:ListBucket',
      questions: listingQuestion('s3:ListBucket'),
      handle: ({ bucketName, query }) => listObjectsV2(store.bucket(bucketName), query),
    },
    {
      name: 'ListObjectVersions',
      method: 'GET',
      on: 'bucket',
      markers: ['versions'],
      action: 's3:ListBucketVersions',
      questions: listingQuestion('s3:ListBucketVersions'),
      handle: ({ bucketName, query }) => listVersions(store.bucket(bucketName), query),
    },
    {
      name: 'ListObjects',
      method: 'GET',
      on: 'bucket',
      action: 's3:ListBucket',
      questions: listingQuestion('s3:ListBucket'),
      handle: ({ bucketName, query }) => listObjects(store.bucket(bucketName), query),
    },
  ];
}

/** The question about a listing, with the keys that policies restrict listings by. */
function listingQuestion(action: string) {
  return (bucket: Bucket, { query }: S3Request): readonly RouteQuestion[] => {
    const context: Record<string, string> = {};
    for (const name of ['prefix', 'delimiter', 'max-keys']) {
      const value = query.get(name);
      if (value !== null) context[`s3:${name}`] = value;
    }
    return [questionFor(bucket, action, undefined, context)];
  };
}

function listObjectsV2(bucket: Bucket, query: URLSearchParams): S3Output {
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after') ?? '';
  const selection = selectionOf(query);
  const page = takePage(bucket, selection, token === null ? startAfter : readToken(token));
  const withOwner = query.get('fetch-owner') === 'true';
  return {
    xml: {
      ListBucketResult: {
        ...describeSelection(bucket, selection),
        ...(token === null ? {} : { ContinuationToken: token }),
        ...(page.next === undefined ? {} : { NextContinuationToken: writeToken(page.next) }),
        ...(startAfter === '' ? {} : { StartAfter: selection.encode(startAfter) }),
        KeyCount: page.objects.length + page.commonPrefixes.length,
        IsTruncated: page.next !== undefined,
        Contents: page.objects.map((object) => objectElement(bucket, object, selection, withOwner)),
        CommonPrefixes: prefixElements(page, selection),
      },
    },
  };
}

function listObjects(bucket: Bucket, query: URLSearchParams): S3Output {
  const marker = query.get('marker') ?? '';
  const selection = selectionOf(query);
  const page = takePage(bucket, selection, marker);
  return {
    xml: {
      ListBucketResult: {
        ...describeSelection(bucket, selection),
        Marker: selection.encode(marker),
        // Without a delimiter, clients go on from the last key.
        ...(page.next === undefined || selection.delimiter === ''
          ? {}
          : { NextMarker: selection.encode(page.next) }),
        IsTruncated: page.next !== undefined,
        Contents: page.objects.map((object) => objectElement(bucket, object, selection, true)),
        CommonPrefixes: prefixElements(page, selection),
      },
    },
  };
}

function listVersions(bucket: Bucket, query: URLSearchParams): S3Output {
  const marker = query.get('key-marker') ?? '';
  const selection = selectionOf(query);
  const page = takePage(bucket, selection, marker);
  return {
    xml: {
      ListVersionsResult: {
        ...describeSelection(bucket, selection),
        KeyMarker: selection.encode(marker),
        VersionIdMarker: query.get('version-id-marker') ?? '',
        ...(page.next === undefined
          ? {}
          : { NextKeyMarker: selection.encode(page.next), NextVersionIdMarker: 'null' }),
        IsTruncated: page.next !== undefined,
        Version: page.objects.map((object) => ({
          ...objectElement(bucket, object, selection, true),
          VersionId: 'null',
          IsLatest: true,
        })),
        CommonPrefixes: prefixElements(page, selection),
      },
    },
  };
}

/** Which of a bucket's keys are wanted, and how they are to be written. */
interface Selection {
  readonly prefix: string;
  readonly delimiter: string;
  readonly maxKeys: number;
  readonly encodingType?: 'url';
  encode(key: string): string;
}

const mostKeys = 1000;

function selectionOf(query: URLSearchParams): Selection {
  const encodingType = query.get('encoding-type');
  if (encodingType !== null && encodingType !== 'url') {
    throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', encodingType);
  }
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    maxKeys: readMaxKeys(query, 'max-keys'),
    ...(encodingType === 'url' ? { encodingType, encode: encodeKey } : { encode: (key) => key }),
  };
}

/**
 * Reads how many elements a page may have, 1000 at most.
 * @throws AwsError `InvalidArgument`
 */
export function readMaxKeys(query: URLSearchParams, name: string): number {
  const text = query.get(name);
  if (text === null || text === '') return mostKeys;
  if (/^\d{1,10}$/.test(text) && Number(text) <= 2_147_483_647) return Math.min(Number(text), mostKeys);
  throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, text);
}

/** One page of a listing; `next` is the last key or common prefix on it, where more follow. */
interface Page {
  readonly objects: readonly StoredObject[];
  readonly commonPrefixes: readonly string[];
  readonly next?: string;
}

function takePage(bucket: Bucket, { prefix, delimiter, maxKeys }: Selection, after: string): Page {
  const objects: StoredObject[] = [];
  const commonPrefixes = new Set<string>();
  if (maxKeys === 0) return { objects, commonPrefixes: [] };
  let last = '';
  for (const object of objectsUnder(bucket, prefix)) {
    const end = delimiter === '' ? -1 : object.key.indexOf(delimiter, prefix.length);
    const common = end < 0 ? undefined : object.key.slice(0, end + delimiter.length);
    if (compareKeys(object.key, after) <= 0) continue;
    if (common !== undefined && (commonPrefixes.has(common) || compareKeys(common, after) <= 0)) continue;
    if (objects.length + commonPrefixes.size >= maxKeys) {
      return { objects, commonPrefixes: [...commonPrefixes], next: last };
    }
    if (common === undefined) objects.push(object);
    else commonPrefixes.add(common);
    last = common ?? object.key;
  }
  return { objects, commonPrefixes: [...commonPrefixes] };
}

function objectsUnder(bucket: Bucket, prefix: string): StoredObject[] {
  return [...bucket.objects.values()]
    .filter((object) => object.key.startsWith(prefix))
    .sort((a, b) => compareKeys(a.key, b.key));
}

/** The order of keys: that of their UTF-8 bytes, which is not that of JavaScript's strings. */
function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function describeSelection(bucket: Bucket, { prefix, delimiter, maxKeys, encodingType, encode }: Selection) {
  return {
    Name: bucket.name,
    Prefix: encode(prefix),
    ...(delimiter === '' ? {} : { Delimiter: encode(delimiter) }),
    MaxKeys: maxKeys,
    ...(encodingType === undefined ? {} : { EncodingType: encodingType }),
  };
}

function objectElement(bucket: Bucket, object: StoredObject, selection: Selection, withOwner: boolean) {
  const { checksum } = object;
  return {
    Key: selection.encode(object.key),
    LastModified: object.lastModified.toISOString(),
    ETag: object.etag,
    ...(checksum === undefined
      ? {}
      : { ChecksumAlgorithm: checksum.algorithm.toUpperCase(), ChecksumType: checksum.type }),
    Size: object.body.length,
    ...(withOwner ? { Owner: { ID: canonicalId(bucket.accountId) } } : {}),
    StorageClass: 'STANDARD',
  };
}

/** An account's canonical user ID: 64 hexadecimal digits that stand for the account in S3's documents. */
export function canonicalId(accountId: string): string {
  return accountId.padStart(64, '0');
}

function prefixElements({ commonPrefixes }: Page, { encode }: Selection) {
  return commonPrefixes.map((Prefix) => ({ Prefix: encode(Prefix) }));
}

/** Keys may have characters that XML has not: clients ask for them as in a URL, slashes as they are. */
function encodeKey(key: string): string {
  return encodeURIComponent(key.toWellFormed()).replaceAll('%2F', '/');
}

function writeToken(key: string): string {
  return Buffer.from(key).toString('base64');
}

function readToken(token: string): string {
  const key = Buffer.from(token, 'base64').toString('utf8');
  if (token !== '' && writeToken(key) === token) return key;
  throw invalidArgument('The continuation token provided is incorrect', 'continuation-token', token);
}
