import { createHash } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import { AwsError } from '../../core/errors.ts';
import type { NamedPolicy } from '../../core/principal.ts';
import type { Scope } from '../../core/scope.ts';

/** An object and what was said of it when it was put. */
export interface StoredObject {
  readonly key: string;
  readonly body: Buffer;
  /** Quoted, as the `ETag` header has it. */
  readonly etag: string;
  readonly lastModified: Date;
  readonly contentType: string;
  /** `x-amz-meta-*` and the content headers, by lower-case header name. */
  readonly headers: Readonly<Record<string, string>>;
  /** As the client sent it; absent where it sent none. */
  readonly checksum?: ObjectChecksum;
}

/** A checksum that S3 keeps with an object. */
export interface ObjectChecksum {
  /** In lower case, e.g. `crc32`. */
  readonly algorithm: string;
  /** Base64; a composite one ends with `-` and the number of parts. */
  readonly value: string;
  readonly type: 'FULL_OBJECT' | 'COMPOSITE';
}

/** What a client says of an object when it puts it. */
export type ObjectDescription = Pick<StoredObject, 'contentType' | 'headers'>;

/** A bucket. Its name is unique over all accounts. */
export interface Bucket extends Scope {
  readonly name: string;
  readonly createdAt: Date;
  readonly objects: Map<string, StoredObject>;
  readonly uploads: Map<string, MultipartUpload>;
  policy?: NamedPolicy;
}

/** An upload in parts that has not been completed. */
export interface MultipartUpload extends ObjectDescription {
  readonly key: string;
  /** Whose checksums the parts have. */
  readonly checksum?: Omit<ObjectChecksum, 'value'>;
  readonly parts: Map<number, UploadedPart>;
}

/** A part of an upload. */
export interface UploadedPart {
  readonly body: Buffer;
  readonly etag: string;
  readonly checksum?: ObjectChecksum;
}

/** The buckets of all accounts. */
export interface BucketStore {
  /** @throws AwsError `InvalidBucketName`, `BucketAlreadyExists`, `BucketAlreadyOwnedByYou` */
  create(scope: Scope, name: string): Bucket;
  find(name: string): Bucket | undefined;
  /** @throws AwsError `NoSuchBucket` */
  bucket(name: string): Bucket;
  /** @throws AwsError `NoSuchBucket`, `BucketNotEmpty` */
  delete(name: string): void;
  list(accountId: string): readonly Bucket[];
  /** @throws AwsError `NoSuchBucket`, `NoSuchKey` */
  object(bucketName: string, key: string): StoredObject;
  /** @param etag default: the body's MD5 */
  put(
    bucket: Bucket,
    object: Omit<StoredObject, 'etag' | 'lastModified'> & { readonly etag?: string },
  ): StoredObject;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const bucketName = /^(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Makes an empty store. */
export function createBucketStore(clock: Clock): BucketStore {
  const buckets = new Map<string, Bucket>();

  const store: BucketStore = {
    create(scope, name) {
      if (!bucketName.test(name)) {
        throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.', 400, {
          BucketName: name,
        });
      }
      const existing = buckets.get(name);
      if (existing !== undefined) {
        throw existing.accountId === scope.accountId
          ? new AwsError(
              'BucketAlreadyOwnedByYou',
              'Your previous request to create the named bucket succeeded and you already own it.',
              409,
              { BucketName: name },
            )
          : new AwsError(
              'BucketAlreadyExists',
              'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
              409,
              { BucketName: name },
            );
      }
      const bucket: Bucket = {
        accountId: scope.accountId,
        region: scope.region,
        name,
        createdAt: clock.now(),
        objects: new Map(),
        uploads: new Map(),
      };
      buckets.set(name, bucket);
      return bucket;
    },
    find: (name) => buckets.get(name),
    bucket(name) {
      const bucket = buckets.get(name);
      if (bucket === undefined) {
        throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404, { BucketName: name });
      }
      return bucket;
    },
    delete(name) {
      if (store.bucket(name).objects.size > 0) {
        throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409, {
          BucketName: name,
        });
      }
      buckets.delete(name);
    },
    list: (accountId) => [...buckets.values()].filter((bucket) => bucket.accountId === accountId),
    object(name, key) {
      const object = store.bucket(name).objects.get(key);
      if (object === undefined) {
        throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404, { Key: key });
      }
      return object;
    },
    put(bucket, object) {
      const stored = { ...object, etag: object.etag ?? etagOf(object.body), lastModified: clock.now() };
      bucket.objects.set(object.key, stored);
      return stored;
    },
  };
  return store;
}

/** An account's canonical user ID: 64 hexadecimal digits that stand for the account in S3's documents. */
export function canonicalId(accountId: string): string {
  return accountId.padStart(64, '0');
}

/** The ETag of a body: its MD5, quoted. */
export function etagOf(body: Buffer): string {
  return `"${md5(body).toString('hex')}"`;
}

/** MD5, which S3 uses as a checksum, not for security. */
export function md5(body: Buffer): Buffer {
  return createHash('md5').update(body).digest();
}
