import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { AwsError } from '../../../core/errors.ts';
import type { Operation, Permission } from '../../../protocols/operation.ts';
import type { BucketStore } from '../store.ts';
import { checksumElements, checksumOfObject } from './checksums.ts';
import { checkWriteConditions, writeConditions } from './conditions.ts';
import { invalidArgument, objectInput, onBucket, payer, permission, versionId } from './operation.ts';
import { describedObject, encryptionHeader, objectHeaders, writePermissions } from './writes.ts';

const input = v.object({
  ...objectInput,
  ...payer,
  ...objectHeaders,
  ...writeConditions,
  'x-amz-copy-source': v.pipe(
    v.string(),
    v.transform((header) => ({ header, ...parseCopySource(header) })),
  ),
  'x-amz-metadata-directive': v.optional(v.picklist(['COPY', 'REPLACE'], 'Unknown metadata directive.')),
  // Objects have no tags.
  'x-amz-tagging-directive': v.optional(v.string()),
});

/** The operation that copies an object. */
export function copyOperations(store: BucketStore): readonly Operation[] {
  const operation = onBucket(store);

  /** The permissions to read the source. */
  function readPermissions({ bucketName, key }: CopySource): readonly Permission[] {
    const bucket = store.find(bucketName);
    if (bucket === undefined) return [];
    const read = permission(bucket, 's3:GetObject', key);
    return bucket.objects.has(key) ? [read] : [read, permission(bucket, 's3:ListBucket')];
  }

  return [
    operation('CopyObject', {
      http: 'PUT /{Bucket}/{Key+}?x-amz-copy-source',
      input,
      requires: (bucket, request) => [
        ...writePermissions(bucket, request, {
          's3:x-amz-copy-source': request['x-amz-copy-source'].header,
          ...defined({ 's3:x-amz-metadata-directive': request['x-amz-metadata-directive'] }),
        }),
        ...readPermissions(request['x-amz-copy-source']),
      ],
      handle(bucket, request, call) {
        const { Key: key, 'x-amz-copy-source': source } = request;
        const replacesMetadata = request['x-amz-metadata-directive'] === 'REPLACE';
        const isSame = source.bucketName === bucket.name && source.key === key;
        if (isSame && !replacesMetadata) {
          throw new AwsError(
            'InvalidRequest',
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
          );
        }
        const original = store.object(source.bucketName, source.key);
        checkWriteConditions(bucket.objects.get(key), request);
        const { contentType, headers } = replacesMetadata ? describedObject(call.request) : original;
        const copy = store.put(bucket, {
          key,
          body: original.body,
          contentType,
          headers,
          // A copy is written in one part, whatever its source was.
          ...defined({ checksum: original.checksum?.type === 'FULL_OBJECT' ? original.checksum : undefined }),
        });
        return {
          headers: encryptionHeader,
          document: {
            CopyObjectResult: {
              ETag: copy.etag,
              LastModified: copy.lastModified.toISOString(),
              ...checksumElements(checksumOfObject(copy)),
            },
          },
        };
      },
    }),
  ];
}

interface CopySource {
  readonly bucketName: string;
  readonly key: string;
}

/**
 * Reads `x-amz-copy-source`.
 * @throws AwsError `InvalidArgument`, `NoSuchVersion`
 * @example parseCopySource('/artifacts/a%20b.zip') // { bucketName: 'artifacts', key: 'a b.zip' }
 */
function parseCopySource(header: string): CopySource {
  const [encoded = '', parameters] = header.split('?', 2);
  let decoded: string;
  try {
    decoded = decodeURIComponent(encoded);
  } catch {
    throw invalidArgument('Copy Source must be URL-encoded', 'x-amz-copy-source', header);
  }
  const version = new URLSearchParams(parameters).get('versionId') ?? undefined;
  if (!v.safeParse(versionId, version).success) {
    throw invalidArgument('Invalid version id specified', 'x-amz-copy-source', header);
  }
  const [, bucketName, key] = /^\/?([^/]+)\/(.+)$/s.exec(decoded) ?? [];
  if (bucketName !== undefined && key !== undefined) return { bucketName, key };
  throw invalidArgument(
    'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    'x-amz-copy-source',
    header,
  );
}
