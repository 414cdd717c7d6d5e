import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import type { Operation } from '../../../protocols/operation.ts';
import type { BucketStore } from '../store.ts';
import { checksumHeaders, checksumOfObject } from './checksums.ts';
import { checkReadConditions, readConditions } from './conditions.ts';
import { objectInput, onBucket, payer, permission, versionId } from './operation.ts';
import { encryptionHeader } from './writes.ts';

const input = v.object({
  ...objectInput,
  ...payer,
  ...readConditions,
  versionId,
  range: v.optional(v.string()),
  'x-amz-checksum-mode': v.optional(v.string()),
});

/** The operations that read an object. */
export function readOperations(store: BucketStore): readonly Operation[] {
  const operation = onBucket(store);
  return (['GetObject', 'HeadObject'] as const).map((name) =>
    operation(name, {
      http: `${name === 'GetObject' ? 'GET' : 'HEAD'} /{Bucket}/{Key+}`,
      input,
      requires(bucket, { Key }) {
        const read = permission(bucket, 's3:GetObject', Key);
        // Only those who may list the bucket are told that a key does not exist.
        return bucket.objects.has(Key) ? [read] : [read, permission(bucket, 's3:ListBucket')];
      },
      handle(bucket, input) {
        const object = store.object(bucket.name, input.Key);
        const { body } = object;
        const headers: Record<string, string> = {
          etag: object.etag,
          'last-modified': object.lastModified.toUTCString(),
          'accept-ranges': 'bytes',
          ...encryptionHeader,
        };
        if (checkReadConditions(object, input) === 'not-modified') return { status: 304, headers };

        Object.assign(headers, object.headers, { 'content-type': object.contentType });
        const range = rangeOf(input.range, body.length);
        if (range !== undefined) {
          headers['content-range'] = `bytes ${range.start}-${range.end}/${body.length}`;
          return { status: 206, headers, body: body.subarray(range.start, range.end + 1) };
        }
        if (input['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED') {
          Object.assign(headers, checksumHeaders(checksumOfObject(object)));
        }
        return { headers, body };
      },
    }),
  );
}

/**
 * Reads a `Range` header: `bytes=0-9`, `bytes=10-`, `bytes=-10`. S3 ignores anything else, lists of ranges too.
 * @returns first and last byte, inclusive
 * @throws AwsError `InvalidRange` if the object has no such byte
 */
function rangeOf(
  range: string | undefined,
  size: number,
): { readonly start: number; readonly end: number } | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range?.trim() ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start <= end) return { start, end };
  throw new AwsError('InvalidRange', 'The requested range is not satisfiable', 416, {
    RangeRequested: range ?? '',
    ActualObjectSize: size,
  });
}
