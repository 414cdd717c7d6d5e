import { createHash } from 'node:crypto';
import type { NamedPolicy } from '@cross-account-api/iam';
import type { Clock } from '../../core/clock.ts';
import { AwsError } from '../../core/errors.ts';
import type { Scope } from '../../core/scope.ts';
import errors from './errors.json' with { type: 'json' };
import { ALL_BLOCKED, type PublicAccessBlock } from './public-access.ts';

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
  /** Absent if the client did not send one. */
  readonly checksum?: ObjectChecksum;
}

/** A checksum of all bytes of an object. */
export interface ObjectChecksum {
  /** In lower case, e.g. `crc32`. */
  readonly algorithm: string;
  /** Base64. */
  readonly value: string;
}

/** The metadata that a client sends with an object. */
export type ObjectDescription = Pick<StoredObject, 'contentType' | 'headers'>;

/** A bucket. Its name is unique over all accounts. */
export interface Bucket extends Scope {
  readonly name: string;
  readonly createdAt: Date;
  readonly objects: Map<string, StoredObject>;
  readonly uploads: Map<string, MultipartUpload>;
  policy?: BucketPolicy;
  /** `undefined` after DeletePublicAccessBlock. */
  publicAccessBlock: PublicAccessBlock | undefined;
}

/** A bucket policy. */
export interface BucketPolicy extends NamedPolicy {
  readonly isPublic: boolean;
}

/** An upload in parts that is not completed yet. */
export interface MultipartUpload extends ObjectDescription {
  readonly key: string;
  /** The checksum algorithm that the client announced, e.g. `crc32`. */
  readonly algorithm?: string;
  readonly parts: Map<number, UploadedPart>;
}

/** A part of an upload. */
export interface UploadedPart {
  readonly body: Buffer;
  readonly etag: string;
  /** The checksum that came with the part. */
  readonly checksum?: ObjectChecksum;
}

/**
 * Makes an error of S3 whose status and message never vary (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
 * @param details further members of the error document
 */
export function s3Error(code: keyof typeof errors, details: AwsError['details'] = {}): AwsError {
  const { status, message } = errors[code];
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
    const createdAt = this.#clock.now();
    const contents = { objects: new Map(), uploads: new Map(), publicAccessBlock: ALL_BLOCKED };
    const bucket: Bucket = { accountId, region, name, createdAt, ...contents };
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
