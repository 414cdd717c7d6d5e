import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import type { Permission, ServiceOperation } from '../../../protocols/operation.ts';
import { type Bucket, type BucketStore, canonicalId, type StoredObject } from '../store.ts';
import { bucketInput, invalidArgument, onBucket, payer, permission, text } from './operation.ts';

const selectionInput = {
  ...bucketInput,
  ...payer,
  prefix: text,
  delimiter: text,
  'max-keys': v.optional(
    v.pipe(
      v.string(),
      v.check(
        (number) => /^\d{0,10}$/.test(number) && Number(number) < 2 ** 31,
        'Provided max-keys not an integer or within integer range',
      ),
    ),
  ),
  'encoding-type': v.optional(v.literal('url', 'Invalid Encoding Method specified in Request')),
};

type Selection = v.InferOutput<v.ObjectSchema<typeof selectionInput, undefined>>;

/** The operations that list a bucket's objects. */
export function listingOperations(store: BucketStore): readonly ServiceOperation[] {
  const operation = onBucket(store);
  return [
    operation('ListObjectsV2', {
      http: 'GET /{Bucket}?list-type=2',
      input: v.object({
        ...selectionInput,
        'continuation-token': text,
      }),
      requires: listPermissions('s3:ListBucket'),
      handle(bucket, input) {
        const { 'continuation-token': token } = input;
        const page = readPage(bucket, input, token === undefined ? '' : readToken(token), false);
        return {
          document: {
            ListBucketResult: {
              ...page.members,
              ContinuationToken: token,
              NextContinuationToken: page.next === undefined ? undefined : writeToken(page.next),
              KeyCount: page.members.Contents.length + page.members.CommonPrefixes.length,
            },
          },
        };
      },
    }),
    // Version 1 of the listing, which boto3's resources use (`Bucket.objects`).
    operation('ListObjects', {
      http: 'GET /{Bucket}',
      input: v.object({ ...selectionInput, marker: text }),
      requires: listPermissions('s3:ListBucket'),
      handle(bucket, input) {
        const { marker = '' } = input;
        const { members, next, encode } = readPage(bucket, input, marker, true);
        // Without a delimiter, the next marker is the last key of the page, which the client knows
        // (https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html).
        const hasNextMarker = next !== undefined && members.Delimiter !== undefined;
        return {
          document: {
            ListBucketResult: {
              ...members,
              Marker: encode(marker),
              NextMarker: hasNextMarker ? encode(next) : undefined,
            },
          },
        };
      },
    }),
    operation('ListObjectVersions', {
      http: 'GET /{Bucket}?versions',
      input: v.object({ ...selectionInput, 'key-marker': text, 'version-id-marker': text }),
      requires: listPermissions('s3:ListBucketVersions'),
      handle(bucket, input) {
        const { 'key-marker': marker = '', 'version-id-marker': versionMarker = '' } = input;
        if (marker === '' && versionMarker !== '') {
          const message = 'A version-id marker cannot be specified without a key marker.';
          throw invalidArgument(message, 'version-id-marker', versionMarker);
        }
        const { members, next, encode } = readPage(bucket, input, marker, true);
        const { Contents, ...others } = members;
        return {
          document: {
            ListVersionsResult: {
              ...others,
              KeyMarker: encode(marker),
              VersionIdMarker: versionMarker,
              ...(next === undefined ? {} : { NextKeyMarker: encode(next), NextVersionIdMarker: 'null' }),
              Version: Contents.map((object) => ({ ...object, VersionId: 'null', IsLatest: true })),
            },
          },
        };
      },
    }),
  ];
}

/** The permission to list, with the condition keys of listings. */
function listPermissions(action: string) {
  return (bucket: Bucket, input: Selection): readonly Permission[] => {
    const context = defined({
      's3:prefix': input.prefix,
      's3:delimiter': input.delimiter,
      's3:max-keys': input['max-keys'],
    });
    return [permission(bucket, action, undefined, context)];
  };
}

const largestPage = 1000;

function readPage(bucket: Bucket, selection: Selection, after: string, withOwner: boolean) {
  const { prefix = '', delimiter = '', 'encoding-type': encodingType } = selection;
  const maxKeys = Math.min(Number(selection['max-keys'] || largestPage), largestPage);
  const encode = encodingType === 'url' ? encodeKey : (key: string) => key;
  const stored = [...bucket.objects.values()];
  const { objects, commonPrefixes, next } = takePage(stored, { prefix, delimiter, maxKeys }, after);
  const members = {
    Name: bucket.name,
    Prefix: encode(prefix),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    MaxKeys: maxKeys,
    EncodingType: encodingType,
    IsTruncated: next !== undefined,
    Contents: objects.map(({ key, lastModified, etag, checksum, body }) => ({
      Key: encode(key),
      LastModified: lastModified.toISOString(),
      ETag: etag,
      ChecksumAlgorithm: checksum?.algorithm.toUpperCase(),
      ChecksumType: checksum && 'FULL_OBJECT',
      Size: body.length,
      Owner: withOwner ? { ID: canonicalId(bucket.accountId) } : undefined,
      StorageClass: 'STANDARD',
    })),
    CommonPrefixes: commonPrefixes.map((commonPrefix) => ({ Prefix: encode(commonPrefix) })),
  };
  return { members, next, encode };
}

/**
 * Takes one page of a listing: keys, and common prefixes up to the delimiter.
 * @param after the `next` of the last page, or the key before the first one; `''` for the first page
 * @returns `next` is the last key or common prefix of the page, if more follow
 */
export function takePage<Item extends Pick<StoredObject, 'key'>>(
  items: readonly Item[],
  selection: { readonly prefix: string; readonly delimiter: string; readonly maxKeys: number },
  after: string,
) {
  const { prefix, delimiter, maxKeys } = selection;
  const matching = items.filter(({ key }) => key.startsWith(prefix));
  /** Objects by key. A common prefix has no object. */
  const entries = new Map<string, Item | undefined>();
  for (const item of matching.sort((a, b) => compareKeys(a.key, b.key))) {
    const end = delimiter === '' ? -1 : item.key.indexOf(delimiter, prefix.length);
    if (end < 0) entries.set(item.key, item);
    else entries.set(item.key.slice(0, end + delimiter.length), undefined);
  }
  const rest = [...entries].filter(([name]) => compareKeys(name, after) > 0);
  const page = rest.slice(0, maxKeys);
  return {
    objects: page.flatMap(([, item]) => item ?? []),
    commonPrefixes: page.filter(([, item]) => item === undefined).map(([name]) => name),
    next: rest.length > maxKeys ? page.at(-1)?.[0] : undefined,
  };
}

/** Orders keys by their UTF-8 bytes, unlike JavaScript's strings. */
function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Keys may have characters that XML does not allow. `encoding-type=url` encodes them as in URLs, except for slashes. */
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
