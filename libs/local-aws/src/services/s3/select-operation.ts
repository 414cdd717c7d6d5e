import { notImplemented } from '../../core/errors.ts';
import { type AwsRequest, header } from '../../core/request.ts';
import { awsOperationName, queryMarkers } from '../../protocols/aws-operation-name.ts';
import type { Address } from './address.ts';
import type { S3Operation } from './operation.ts';

/**
 * Finds the operation that a request means: the one with most of the request's markers.
 * @throws AwsError `NotImplemented`, which names the operation where it is one of S3's
 */
export function selectOperation(
  operations: readonly S3Operation[],
  request: AwsRequest,
  { bucket, key, query }: Address,
): S3Operation {
  const on = bucket === undefined ? 'service' : key === undefined ? 'bucket' : 'object';
  const markers = queryMarkers(query);
  if (header(request, 'x-amz-copy-source') !== undefined) markers.add('copy');
  const found = operations
    .filter((one) => one.method === request.method && one.on === on)
    .filter(({ markers: wanted = [] }) => wanted.every((marker) => markers.has(marker)))
    .sort((a, b) => (b.markers?.length ?? 0) - (a.markers?.length ?? 0))[0];
  // A subresource that no operation here has (`?acl`) must not be taken for the plain operation.
  const unknown = [...query.keys()].find(
    (name) =>
      !plainParameters.has(name) &&
      !/^x-(amz|id)/i.test(name) &&
      !found?.markers?.some((marker) => marker === name || marker.startsWith(`${name}=`)),
  );
  if (found !== undefined && unknown === undefined) return found;
  const path = { service: '/', bucket: '/bucket', object: '/bucket/key' }[on];
  const name = awsOperationName('s3', request.method, path, markers);
  // A parameter that AWS does not know selects no operation; the plain one is there, and would be named.
  throw notImplemented(
    's3',
    name === undefined || operations.some((one) => one.name === name)
      ? `${request.method} ${request.rawPath}${unknown === undefined ? '' : `?${unknown}`}`
      : name,
  );
}

/** Query parameters that select no other operation. */
const plainParameters = new Set([
  ...['prefix', 'delimiter', 'max-keys', 'encoding-type', 'continuation-token', 'start-after', 'fetch-owner'],
  ...[
    'marker',
    'key-marker',
    'version-id-marker',
    'upload-id-marker',
    'max-uploads',
    'max-buckets',
    'bucket-region',
  ],
  ...['max-parts', 'part-number-marker', 'partNumber', 'versionId', 'list-type'],
  ...['response-content-type', 'response-content-disposition', 'response-content-encoding'],
  ...['response-content-language', 'response-cache-control', 'response-expires'],
  ...['AWSAccessKeyId', 'Signature', 'Expires'],
]);
