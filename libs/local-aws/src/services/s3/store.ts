import { createHash } from 'node:crypto';
import type { NamedPolicy } from '@cross-account-api/iam';
import type { Clock } from '../../core/clock.ts';
import { AwsError } from '../../core/errors.ts';
import type { Scope } from '../../core/scope.ts';

/** An object and its description. */
export interface StoredObject {
  readonly key: string;
  readonly body: Buffer;
  /** Quoted, as the `ETag` header has it. */
  readonly etag: string;
  readonly lastModified: Date;
  readonly contentType: string;
  /** `x-amz-meta-*` and the content headers, by lower-case header name. */
  readonly headers: Readonly<Record<string, string>>;
  /** In the algorithm that the client chose. */
  readonly checksum?: ObjectChecksum;
}

/** A checksum of all of an object's bytes, which S3 keeps with it. */
export interface ObjectChecksum {
  /** In lower case, e.g. `crc32`. */
  readonly algorithm: string;
  /** Base64. */
  readonly value: string;
}

/** What a client says about an object when it puts it. */
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
  /** The algorithm of the checksum that the client announced. */
  readonly algorithm?: string;
  /** By number. */
  readonly parts: Map<number, { readonly body: Buffer; readonly etag: string }>;
}

/**
 * S3's errors whose status and message are always the same
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
 */
export const s3Errors = {
  AccessDenied: [403, 'Access Denied'],
  BucketAlreadyExists: [
    409,
    'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
  ],
  BucketAlreadyOwnedByYou: [
    409,
    'Your previous request to create the named bucket succeeded and you already own it.',
  ],
  BucketNotEmpty: [409, 'The bucket you tried to delete is not empty'],
  EntityTooSmall: [400, 'Your proposed upload is smaller than the minimum allowed size'],
  InvalidBucketName: [400, 'The specified bucket is not valid.'],
  InvalidDigest: [400, 'The Content-MD5 you specified was invalid.'],
  InvalidPart: [
    400,
    "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
  ],
  InvalidPartOrder: [
    400,
    'The list of parts was not in ascending order. Parts must be ordered by part number.',
  ],
  InvalidRange: [416, 'The requested range is not satisfiable'],
  KeyTooLongError: [400, 'Your key is too long'],
  MetadataTooLarge: [400, 'Your metadata headers exceed the maximum allowed metadata size'],
  NoSuchBucket: [404, 'The specified bucket does not exist'],
  NoSuchBucketPolicy: [404, 'The bucket policy does not exist'],
  NoSuchKey: [404, 'The specified key does not exist.'],
  NoSuchUpload: [
    404,
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
  ],
  NoSuchVersion: [404, 'The specified version does not exist.'],
  PermanentRedirect: [
    301,
    'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.',
  ],
  PreconditionFailed: [412, 'At least one of the pre-conditions you specified did not hold'],
} as const satisfies Readonly<Record<string, readonly [status: number, message: string]>>;

/** @param details further members of the error document */
export function s3Error(code: keyof typeof s3Errors, details: AwsError['details'] = {}): AwsError {
  const [status, message] = s3Errors[code];
  return new AwsError(code, message, status, details);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const bucketName = /^(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** The buckets of all accounts. */
export class BucketStore {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  create({ accountId, region }: Scope, name: string): Bucket {
    const BucketName = name;
    if (!bucketName.test(name)) throw s3Error('InvalidBucketName', { BucketName });
    const owner = this.find(name)?.accountId;
    if (owner === accountId) throw s3Error('BucketAlreadyOwnedByYou', { BucketName });
    if (owner !== undefined) throw s3Error('BucketAlreadyExists', { BucketName });
    const content = { objects: new Map(), uploads: new Map() };
    const bucket: Bucket = { accountId, region, name, createdAt: this.#clock.now(), ...content };
    this.#buckets.set(name, bucket);
    return bucket;
  }

  find(name: string): Bucket | undefined {
    return this.#buckets.get(name);
  }

  bucket(name: string): Bucket {
    const bucket = this.find(name);
    if (bucket === undefined) throw s3Error('NoSuchBucket', { BucketName: name });
    return bucket;
  }

  delete(name: string): void {
    if (this.bucket(name).objects.size > 0) throw s3Error('BucketNotEmpty', { BucketName: name });
    this.#buckets.delete(name);
  }

  list(accountId: string): readonly Bucket[] {
    return [...this.#buckets.values()].filter((bucket) => bucket.accountId === accountId);
  }

  object(name: string, key: string): StoredObject {
    const object = this.bucket(name).objects.get(key);
    if (object === undefined) throw s3Error('NoSuchKey', { Key: key });
    return object;
  }

  /** @param object.etag default: the body's MD5 */
  put(bucket: Bucket, object: Omit<StoredObject, 'etag' | 'lastModified'> & { readonly etag?: string }) {
    const stored = { ...object, etag: object.etag ?? etagOf(object.body), lastModified: this.#clock.now() };
    bucket.objects.set(object.key, stored);
    return stored;
  }
}

/** An account's canonical user ID: 64 hexadecimal digits that identify the account in S3's documents. */
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
