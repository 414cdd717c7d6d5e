import { notImplemented } from '../../core/errors.ts';
import { type AwsRequest, header } from '../../core/request.ts';
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
  const markers = new Set<string>([...query].flatMap(([name, value]) => [name, `${name}=${value}`]));
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
  const name = unknown === undefined ? undefined : absentOperation(request.method, on, unknown);
  throw notImplemented(
    's3',
    name ?? `${request.method} ${request.rawPath}${unknown === undefined ? '' : `?${unknown}`}`,
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

/** What S3 calls an operation on a subresource that is not implemented: `?acl` of a bucket is `GetBucketAcl`. */
function absentOperation(method: string, on: S3Operation['on'], subresource: string): string | undefined {
  const noun = (on === 'object' ? objectSubresources : bucketSubresources).get(subresource);
  if (noun === undefined || on === 'service') return undefined;
  if (noun.includes(' ')) return noun.replace(' ', '');
  const verb = method === 'PUT' ? 'Put' : method === 'DELETE' ? 'Delete' : 'Get';
  return `${verb}${noun}`;
}

const bucketSubresources: ReadonlyMap<string, string> = new Map([
  ['abac', 'BucketAbac'],
  ['accelerate', 'BucketAccelerateConfiguration'],
  ['acl', 'BucketAcl'],
  ['analytics', 'BucketAnalyticsConfiguration'],
  ['cors', 'BucketCors'],
  ['encryption', 'BucketEncryption'],
  ['intelligent-tiering', 'BucketIntelligentTieringConfiguration'],
  ['inventory', 'BucketInventoryConfiguration'],
  ['lifecycle', 'BucketLifecycleConfiguration'],
  ['logging', 'BucketLogging'],
  ['metrics', 'BucketMetricsConfiguration'],
  ['notification', 'BucketNotificationConfiguration'],
  ['object-lock', 'ObjectLockConfiguration'],
  ['ownershipControls', 'BucketOwnershipControls'],
  ['policyStatus', 'BucketPolicyStatus'],
  ['publicAccessBlock', 'PublicAccessBlock'],
  ['replication', 'BucketReplication'],
  ['requestPayment', 'BucketRequestPayment'],
  ['session', 'Create Session'],
  ['tagging', 'BucketTagging'],
  ['versioning', 'BucketVersioning'],
  ['website', 'BucketWebsite'],
]);

const objectSubresources: ReadonlyMap<string, string> = new Map([
  ['acl', 'ObjectAcl'],
  ['attributes', 'ObjectAttributes'],
  ['legal-hold', 'ObjectLegalHold'],
  ['renameObject', 'Rename Object'],
  ['restore', 'Restore Object'],
  ['retention', 'ObjectRetention'],
  ['select', 'Select ObjectContent'],
  ['torrent', 'ObjectTorrent'],
]);
