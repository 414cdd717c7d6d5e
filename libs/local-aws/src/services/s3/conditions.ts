import { AwsError } from '../../core/errors.ts';
import { type AwsRequest, header } from '../../core/request.ts';
import { featureNotImplemented, preconditionFailed } from './errors.ts';
import type { StoredObject } from './store.ts';

type Version = Pick<StoredObject, 'etag' | 'lastModified'>;

/**
 * Whether a read's conditions hold, in the order of RFC 9110, section 13.2.2.
 * @returns `not-modified` where the client's copy is still good
 * @throws AwsError `PreconditionFailed`
 */
export function checkReadConditions(object: Version, request: AwsRequest): 'modified' | 'not-modified' {
  const ifMatch = header(request, 'if-match');
  const unmodifiedSince = dateOf(header(request, 'if-unmodified-since'));
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, object.etag)) throw preconditionFailed('If-Match');
  } else if (unmodifiedSince !== undefined && seconds(object.lastModified) > unmodifiedSince) {
    throw preconditionFailed('If-Unmodified-Since');
  }
  const ifNoneMatch = header(request, 'if-none-match');
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, object.etag) ? 'not-modified' : 'modified';
  const modifiedSince = dateOf(header(request, 'if-modified-since'));
  return modifiedSince !== undefined && seconds(object.lastModified) <= modifiedSince
    ? 'not-modified'
    : 'modified';
}

/**
 * Whether a write's conditions hold (`If-None-Match: *`, `If-Match: <ETag>`).
 * @param existing the object that the write would replace
 * @throws AwsError `PreconditionFailed`; `NoSuchKey` where `If-Match` is asked of an object that does not exist
 */
export function checkWriteConditions(existing: Version | undefined, request: AwsRequest, key: string): void {
  const ifNoneMatch = header(request, 'if-none-match');
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch.trim() !== '*') {
      throw featureNotImplemented(
        'If-None-Match on a write with anything but * (nor does AWS): the operation',
      );
    }
    if (existing !== undefined) throw preconditionFailed('If-None-Match');
  }
  const ifMatch = header(request, 'if-match');
  if (ifMatch === undefined) return;
  if (existing === undefined) {
    throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404, { Key: key });
  }
  if (!matches(ifMatch, existing.etag)) throw preconditionFailed('If-Match');
}

/**
 * Whether the conditions for the source of a copy hold (`x-amz-copy-source-if-…`).
 * @throws AwsError `PreconditionFailed`
 */
export function checkCopySourceConditions(source: Version, request: AwsRequest): void {
  const condition = (name: string) => header(request, `x-amz-copy-source-if-${name}`);
  const fail = (name: string) => preconditionFailed(`x-amz-copy-source-If-${name}`);
  const changed = seconds(source.lastModified);
  const ifMatch = condition('match');
  const unmodifiedSince = dateOf(condition('unmodified-since'));
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, source.etag)) throw fail('Match');
  } else if (unmodifiedSince !== undefined && changed > unmodifiedSince) {
    throw fail('Unmodified-Since');
  }
  const ifNoneMatch = condition('none-match');
  const modifiedSince = dateOf(condition('modified-since'));
  if (ifNoneMatch !== undefined) {
    if (matches(ifNoneMatch, source.etag)) throw fail('None-Match');
  } else if (modifiedSince !== undefined && changed <= modifiedSince) {
    throw fail('Modified-Since');
  }
}

function matches(list: string, etag: string): boolean {
  return list
    .split(',')
    .map((one) => one.trim().replace(/^W\//, '').replaceAll('"', ''))
    .some((one) => one === '*' || one === etag.replaceAll('"', ''));
}

/** HTTP dates have whole seconds; one that cannot be read is as good as none. */
function dateOf(value: string | undefined): number | undefined {
  const time = Date.parse(value ?? '');
  return Number.isNaN(time) ? undefined : Math.floor(time / 1000);
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
