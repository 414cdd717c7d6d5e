import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import type { StoredObject } from '../store.ts';
import { notSupported } from './operation.ts';

type Version = Pick<StoredObject, 'etag' | 'lastModified'>;

/** HTTP dates have whole seconds; one that cannot be read counts as absent. */
const date = v.optional(
  v.pipe(
    v.string(),
    v.transform((value) => Math.floor(Date.parse(value) / 1000)),
    v.transform((time) => (Number.isNaN(time) ? undefined : time)),
  ),
);

/** The headers that make a read conditional. */
export const readConditions = {
  'if-match': v.optional(v.string()),
  'if-none-match': v.optional(v.string()),
  'if-modified-since': date,
  'if-unmodified-since': date,
};

/** The headers that make a write conditional: `If-None-Match: *`, `If-Match: <ETag>`. */
export const writeConditions = {
  'if-match': v.optional(v.string()),
  'if-none-match': v.optional(v.string()),
};

/**
 * Checks the conditions of a read, in the order of RFC 9110, section 13.2.2.
 * @returns `not-modified` if the client's copy is still good
 * @throws AwsError `PreconditionFailed`
 */
export function checkReadConditions(
  object: Version,
  conditions: v.InferOutput<v.ObjectSchema<typeof readConditions, undefined>>,
): 'modified' | 'not-modified' {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = conditions;
  const modifiedSince = conditions['if-modified-since'];
  const unmodifiedSince = conditions['if-unmodified-since'];
  const changed = Math.floor(object.lastModified.getTime() / 1000);
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, object.etag)) throw preconditionFailed('If-Match');
  } else if (unmodifiedSince !== undefined && changed > unmodifiedSince) {
    throw preconditionFailed('If-Unmodified-Since');
  }
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, object.etag) ? 'not-modified' : 'modified';
  return modifiedSince !== undefined && changed <= modifiedSince ? 'not-modified' : 'modified';
}

/**
 * Checks the conditions of a write.
 * @param existing the object that the write would replace
 * @throws AwsError `PreconditionFailed`; `NoSuchKey` for `If-Match` if there is no object
 */
export function checkWriteConditions(
  existing: Version | undefined,
  input: { readonly Key: string } & v.InferOutput<v.ObjectSchema<typeof writeConditions, undefined>>,
): void {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = input;
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch.trim() !== '*') throw notSupported('If-None-Match on a write with anything but *');
    if (existing !== undefined) throw preconditionFailed('If-None-Match');
  }
  if (ifMatch === undefined) return;
  if (existing === undefined) {
    throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404, { Key: input.Key });
  }
  if (!matches(ifMatch, existing.etag)) throw preconditionFailed('If-Match');
}

function matches(list: string, etag: string): boolean {
  return list
    .split(',')
    .map((one) => one.trim().replace(/^W\//, '').replaceAll('"', ''))
    .some((one) => one === '*' || one === etag.replaceAll('"', ''));
}

function preconditionFailed(condition: string): AwsError {
  return new AwsError(
    'PreconditionFailed',
    'At least one of the pre-conditions you specified did not hold',
    412,
    { Condition: condition },
  );
}
