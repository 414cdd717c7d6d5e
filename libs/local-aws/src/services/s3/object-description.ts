import { AwsError } from '../../core/errors.ts';
import { type AwsRequest, header } from '../../core/request.ts';
import type { ObjectDescription } from './store.ts';
import { parseTagHeader } from './tags.ts';

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
 * What a request says of the object that it puts: media type, content headers, `x-amz-meta-*`, tags.
 * @throws AwsError `MetadataTooLarge`, `InvalidArgument`; `NotImplemented` for what it asks for and is not there
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
  return {
    contentType: header(request, 'content-type') ?? 'binary/octet-stream',
    headers,
    tags: parseTagHeader(header(request, 'x-amz-tagging')),
  };
}
