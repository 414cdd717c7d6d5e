import type * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { type AwsRequest, header } from '../../../core/request.ts';
import { words } from '../../../core/words.ts';
import type { Permission } from '../../../protocols/operation.ts';
import { type Bucket, type ObjectDescription, s3Error } from '../store.ts';
import { only, permission } from './operation.ts';

/** The headers of a write that request a feature for the object. */
export const objectHeaders = {
  'x-amz-acl': only('x-amz-acl', 'private', 'bucket-owner-full-control'),
  'x-amz-server-side-encryption': only('x-amz-server-side-encryption', 'AES256'),
  'x-amz-storage-class': only('x-amz-storage-class', 'STANDARD'),
};

/** The headers that make a write conditional. Local AWS refuses them. */
export const writeConditions = { 'if-match': only('if-match'), 'if-none-match': only('if-none-match') };

/** The header of every response about a stored object. */
export const encryptionHeader = { 'x-amz-server-side-encryption': 'AES256' };

/** The permissions to read an object. Only callers that may list the bucket learn that a key does not exist. */
export function readPermissions(bucket: Bucket, key: string): readonly Permission[] {
  const read = permission(bucket, 's3:GetObject', key);
  return bucket.objects.has(key) ? [read] : [read, permission(bucket, 's3:ListBucket')];
}

/** The permission to write an object. */
export function writePermissions(
  bucket: Bucket,
  input: { readonly Key: string } & Partial<v.InferOutput<v.ObjectSchema<typeof objectHeaders, undefined>>>,
): readonly Permission[] {
  const requested = defined({
    's3:x-amz-acl': input['x-amz-acl'],
    's3:x-amz-server-side-encryption': input['x-amz-server-side-encryption'],
    's3:x-amz-storage-class': input['x-amz-storage-class'],
  });
  return [permission(bucket, 's3:PutObject', input.Key, requested)];
}

const contentHeaders = words('cache-control content-disposition content-encoding content-language expires');

/** The maximum size of user-defined metadata in bytes, names included (https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html). */
const metadataLimit = 2048;

/** The metadata in a request that writes an object: media type, content headers, `x-amz-meta-*`. */
export function describedObject(request: AwsRequest): ObjectDescription {
  const names = new Set(request.headers.map(([name]) => name));
  const metadata = [...names].filter((name) => name.startsWith('x-amz-meta-'));
  const Size = metadata
    .map((name) => name.slice('x-amz-meta-'.length) + header(request, name))
    .reduce((sum, each) => sum + Buffer.byteLength(each), 0);
  if (Size > metadataLimit) throw s3Error('MetadataTooLarge', { Size, MaxSizeAllowed: metadataLimit });
  const kept = [...metadata, ...contentHeaders].filter((name) => names.has(name));
  const headers = Object.fromEntries(kept.map((name) => [name, header(request, name) ?? '']));
  // `aws-chunked` describes the transfer, not the object.
  const encodings = (headers['content-encoding'] ?? '').split(',').map((encoding) => encoding.trim());
  const encoding = encodings.filter((one) => one !== '' && one !== 'aws-chunked').join(',');
  if (encoding === '') delete headers['content-encoding'];
  else headers['content-encoding'] = encoding;
  return { contentType: header(request, 'content-type') ?? 'binary/octet-stream', headers };
}
