import type * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { AwsError } from '../../../core/errors.ts';
import { type AwsRequest, header } from '../../../core/request.ts';
import type { Permission } from '../../../protocols/operation.ts';
import type { Bucket, ObjectDescription } from '../store.ts';
import type { writeConditions } from './conditions.ts';
import { only, permission } from './operation.ts';

/** The headers that say what an object is to be. */
export const objectHeaders = {
  'x-amz-acl': only('x-amz-acl', 'private', 'bucket-owner-full-control'),
  'x-amz-server-side-encryption': only('x-amz-server-side-encryption', 'AES256'),
  'x-amz-storage-class': only('x-amz-storage-class', 'STANDARD'),
};

/** The headers of every answer about a stored object. */
export const encryptionHeader = { 'x-amz-server-side-encryption': 'AES256' };

/** The permissions to write an object: to compare it takes a further one. */
export function writePermissions(
  bucket: Bucket,
  input: { readonly Key: string } & Partial<
    v.InferOutput<v.ObjectSchema<typeof objectHeaders & typeof writeConditions, undefined>>
  >,
  context: Permission['context'] = {},
): readonly Permission[] {
  const { Key } = input;
  const needed = [
    permission(bucket, 's3:PutObject', Key, {
      ...defined({
        's3:x-amz-acl': input['x-amz-acl'],
        's3:x-amz-server-side-encryption': input['x-amz-server-side-encryption'],
      }),
      ...context,
    }),
  ];
  if (input['if-match'] !== undefined) needed.push(permission(bucket, 's3:GetObject', Key));
  return needed;
}

const contentHeaders = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
];

/** Most bytes of user-defined metadata, names included (https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html). */
const metadataLimit = 2048;

/**
 * What a request says of the object that it writes: media type, content headers, `x-amz-meta-*`.
 * @throws AwsError `MetadataTooLarge`
 */
export function describedObject(request: AwsRequest): ObjectDescription {
  const headers: Record<string, string> = Object.create(null);
  let metadataSize = 0;
  for (const [name, value] of request.headers) {
    const isMetadata = name.startsWith('x-amz-meta-');
    if (!isMetadata && !contentHeaders.includes(name)) continue;
    headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`;
    if (isMetadata) metadataSize += Buffer.byteLength(name.slice('x-amz-meta-'.length) + value);
  }
  if (metadataSize > metadataLimit) {
    throw new AwsError(
      'MetadataTooLarge',
      'Your metadata headers exceed the maximum allowed metadata size',
      400,
      { Size: metadataSize, MaxSizeAllowed: metadataLimit },
    );
  }
  // `aws-chunked` describes the transfer, not the object.
  const encoding = (headers['content-encoding'] ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '' && one !== 'aws-chunked')
    .join(',');
  if (encoding === '') delete headers['content-encoding'];
  else headers['content-encoding'] = encoding;
  return { contentType: header(request, 'content-type') ?? 'binary/octet-stream', headers };
}
