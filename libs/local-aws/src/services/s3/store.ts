import { createHash, randomUUID } from 'node:crypto';
import type { NamedPolicy } from '../../identity/principal.ts';
import type { Clock } from '../../pipeline/clock.ts';
import type { Scope } from '../../pipeline/endpoint.ts';
import { AwsError } from '../../pipeline/errors.ts';

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
}

/** A bucket: its name is unique over all accounts, as on AWS. */
export interface Bucket extends Scope {
  readonly name: string;
  readonly createdAt: Date;
  readonly objects: Map<string, StoredObject>;
  readonly uploads: Map<string, MultipartUpload>;
  policy?: NamedPolicy;
  /** Answers of the configuration reads (`?encryption`, `?publicAccessBlock`, `?tagging`), as XML documents. */
  readonly configuration: Map<string, object>;
}

/** An upload in parts that has not been completed. */
export interface MultipartUpload {
  readonly key: string;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly parts: Map<number, { readonly body: Buffer; readonly etag: string }>;
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
  put(bucket: Bucket, object: Pick<StoredObject, 'key' | 'body' | 'contentType' | 'headers'>): StoredObject;
  startUpload(bucket: Bucket, upload: Omit<MultipartUpload, 'parts'>): string;
  /** @throws AwsError `NoSuchUpload` */
  upload(bucket: Bucket, uploadId: string): MultipartUpload;
  /**
   * @param parts numbers and ETags in ascending order, as the client lists them
   * @throws AwsError `InvalidPart`, `InvalidPartOrder`
   */
  completeUpload(
    bucket: Bucket,
    uploadId: string,
    parts: readonly { readonly number: number; readonly etag: string }[],
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
        throw new AwsError('InvalidBucketName', `The specified bucket is not valid: ${name}`);
      }
      const existing = buckets.get(name);
      if (existing !== undefined) {
        throw existing.accountId === scope.accountId
          ? new AwsError(
              'BucketAlreadyOwnedByYou',
              'Your previous request to create the named bucket succeeded and you already own it.',
              409,
            )
          : new AwsError(
              'BucketAlreadyExists',
              'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
              409,
            );
      }
      const bucket: Bucket = {
        accountId: scope.accountId,
        region: scope.region,
        name,
        createdAt: clock.now(),
        objects: new Map(),
        uploads: new Map(),
        configuration: new Map(),
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
      const stored = { ...object, etag: `"${md5(object.body).toString('hex')}"`, lastModified: clock.now() };
      bucket.objects.set(object.key, stored);
      return stored;
    },
    startUpload(bucket, upload) {
      const uploadId = randomUUID();
      bucket.uploads.set(uploadId, { ...upload, parts: new Map() });
      return uploadId;
    },
    upload(bucket, uploadId) {
      const upload = bucket.uploads.get(uploadId);
      if (upload === undefined) {
        throw new AwsError(
          'NoSuchUpload',
          'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
          404,
        );
      }
      return upload;
    },
    completeUpload(bucket, uploadId, listed) {
      const upload = store.upload(bucket, uploadId);
      const bodies: Buffer[] = [];
      let previous = 0;
      for (const { number, etag } of listed) {
        if (number <= previous) {
          throw new AwsError('InvalidPartOrder', 'The list of parts was not in ascending order.');
        }
        previous = number;
        const part = upload.parts.get(number);
        if (part === undefined || part.etag !== etag) {
          throw new AwsError(
            'InvalidPart',
            'One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part.',
          );
        }
        bodies.push(part.body);
      }
      bucket.uploads.delete(uploadId);
      const object = store.put(bucket, { ...upload, body: Buffer.concat(bodies) });
      // S3's ETag of a multipart object: MD5 over the parts' MD5s, and their count.
      const etag = `"${md5(Buffer.concat(bodies.map(md5))).toString('hex')}-${bodies.length}"`;
      const completed = { ...object, etag };
      bucket.objects.set(object.key, completed);
      return completed;
    },
  };
  return store;
}

/** The ETag of a body: its MD5, quoted. */
export function etagOf(body: Buffer): string {
  return `"${md5(body).toString('hex')}"`;
}

/** MD5, which S3 uses as a checksum, not for security. */
export function md5(body: Buffer): Buffer {
  return createHash('md5').update(body).digest();
}
