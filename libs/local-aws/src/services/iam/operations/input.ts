import { isIamPath } from '@cross-account-api/iam';
import * as v from 'valibot';
import { atLeast, atMost, listOf, tagKey, tagValue, wholeNumberText } from '../../../protocols/shapes.ts';

/** A name of IAM: letters, digits and `+=,.@_-`. */
const name = (length: number) =>
  v.pipe(
    v.string(),
    atLeast(1),
    atMost(length),
    v.regex(/^[\w+=,.@-]*$/, 'Member must satisfy regular expression pattern: [\\w+=,.@-]+'),
  );

/*
 * Parameters of IAM's operations with IAM's limits and words (API reference, and the service's Smithy model).
 */

/** The name of a role. */
export const roleName = name(64);
/** The name of a user. */
export const userName = name(64);
/** The name of an inline or managed policy. */
export const policyName = name(128);
/** The path of a role, user or policy: `/` or `/…/`. */
export const path = v.pipe(
  v.string(),
  atLeast(1),
  atMost(512),
  v.check(
    isIamPath,
    'Member must satisfy regular expression pattern: (\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)',
  ),
);
/** The ARN of a policy. */
export const arn = v.pipe(v.string(), atLeast(20), atMost(2048));
/** The text of a policy. Its content is checked when it is stored. */
export const policyDocument = v.pipe(v.string(), atLeast(1), atMost(131_072));
/** A description of a role or policy. */
export const description = v.pipe(v.string(), atMost(1000));
/** An access key ID. */
export const accessKeyId = v.pipe(
  v.string(),
  atLeast(16),
  atMost(128),
  v.regex(/^\w*$/, 'Member must satisfy regular expression pattern: [\\w]+'),
);
/** The version of a managed policy, e.g. `v2`. */
export const versionId = v.pipe(
  v.string(),
  v.regex(/^v[1-9]\d*$/, 'Member must satisfy regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?'),
);

/** The longest session of a role, in seconds. */
export const maxSessionDuration = wholeNumberText(3_600, 43_200);

/** Tags as a list of keys and values. */
export const tag = v.object({ Key: tagKey, Value: tagValue });
/** A list of tags. */
export const tags = listOf(tag);
/** A list of tag keys. */
export const tagKeys = listOf(tagKey);

/** Marker and MaxItems of the list operations. */
export const paging = {
  Marker: v.optional(v.string()),
  MaxItems: v.optional(wholeNumberText(1, 1_000)),
};
