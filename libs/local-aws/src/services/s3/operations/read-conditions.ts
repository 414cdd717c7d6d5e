import { wholeSecond } from '../../../core/clock.ts';
import { type StoredObject, s3Error } from '../store.ts';
import { text } from './operation.ts';

/** The headers that make a read conditional. */
export const readConditions = {
  'if-match': text,
  'if-none-match': text,
  'if-modified-since': text,
  'if-unmodified-since': text,
} as const;

type Conditions = { readonly [Header in keyof typeof readConditions]?: string | undefined };

/**
 * Whether the client has the object already, and gets 304 instead. An ETag counts more than a date, and a date that is in the future or
 * cannot be read is ignored.
 * Sources: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, and LocalStack's tests, which recorded the answers on AWS
 * (`test_s3_get_object_preconditions`, https://github.com/localstack/localstack).
 * @throws AwsError `PreconditionFailed`
 */
export function isUnchanged(object: StoredObject, conditions: Conditions, now: Date): boolean {
  const modified = wholeSecond(object.lastModified).getTime();
  const matches = (etags: string) =>
    etags.split(',').some((etag) => ['*', unquoted(object.etag)].includes(unquoted(etag)));
  const match = conditions['if-match'];
  if (match !== undefined) {
    if (!matches(match)) throw s3Error('PreconditionFailed', { Condition: 'If-Match' });
  } else {
    const until = timeOf(conditions['if-unmodified-since']);
    if (until !== undefined && modified > until) {
      throw s3Error('PreconditionFailed', { Condition: 'If-Unmodified-Since' });
    }
  }
  const noneMatch = conditions['if-none-match'];
  if (noneMatch !== undefined) return matches(noneMatch);
  const since = timeOf(conditions['if-modified-since']);
  return since !== undefined && since <= now.getTime() && modified <= since;
}

function unquoted(etag: string): string {
  return etag.trim().replace(/^W\//, '').replaceAll('"', '');
}

function timeOf(date: string | undefined): number | undefined {
  const time = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(time) ? undefined : time;
}
