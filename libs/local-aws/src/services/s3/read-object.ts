import { AwsError } from '../../core/errors.ts';
import { header } from '../../core/request.ts';
import { checksumHeaders, checksumOfObject } from './checksum.ts';
import { checkReadConditions } from './conditions.ts';
import { invalidArgument } from './errors.ts';
import type { S3Call, S3Output } from './operation.ts';
import type { StoredObject } from './store.ts';

/**
 * The answer to `GetObject` and `HeadObject`: headers and bytes, or the part of them that was asked for.
 * @throws AwsError `PreconditionFailed`, `InvalidRange`
 */
export function readObject(object: StoredObject, { request, query }: S3Call): S3Output {
  const { body } = object;
  const headers: Record<string, string> = {
    etag: object.etag,
    'last-modified': object.lastModified.toUTCString(),
    'accept-ranges': 'bytes',
    'x-amz-server-side-encryption': 'AES256',
  };
  if (checkReadConditions(object, request) === 'not-modified') return { status: 304, headers };

  Object.assign(headers, object.headers, { 'content-type': object.contentType });
  if (object.tags.size > 0) headers['x-amz-tagging-count'] = String(object.tags.size);
  for (const [parameter, name] of overrides) {
    const value = query.get(parameter);
    if (value === null) continue;
    if (/[\r\n\0]/.test(value))
      throw invalidArgument('Header value cannot be represented.', parameter, value);
    headers[name] = value;
  }
  const range = rangeOf(header(request, 'range'), body.length);
  if (range !== undefined) {
    headers['content-range'] = `bytes ${range.start}-${range.end}/${body.length}`;
    return { status: 206, headers, bytes: body.subarray(range.start, range.end + 1) };
  }
  if (header(request, 'x-amz-checksum-mode')?.toUpperCase() === 'ENABLED') {
    Object.assign(headers, checksumHeaders(checksumOfObject(object)));
  }
  return { headers, bytes: body };
}

/** Query parameters that take the place of what was stored. */
const overrides: ReadonlyMap<string, string> = new Map(
  [
    'content-type',
    'content-disposition',
    'content-encoding',
    'content-language',
    'cache-control',
    'expires',
  ].map((name) => [`response-${name}`, name]),
);

/**
 * Reads a `Range` header: `bytes=0-9`, `bytes=10-`, `bytes=-10`. S3 ignores what is no such range, lists of ranges too.
 * @returns first and last byte, inclusive
 * @throws AwsError `InvalidRange` where the object has no such byte
 */
export function rangeOf(
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
