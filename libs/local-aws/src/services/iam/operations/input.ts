import { isIamPath } from '@cross-account-api/iam';
import * as v from 'valibot';
import {
  atLeast,
  atMost,
  listOf,
  pattern,
  tagKey,
  tagValue,
  wholeNumberText,
} from '../../../protocols/shapes.ts';

const name = (length: number) =>
  v.pipe(v.string(), atLeast(1), atMost(length), pattern(/^[\w+=,.@-]*$/, '[\\w+=,.@-]+'));

/** Parameters of IAM's operations with IAM's limits and words (API reference, and the service's Smithy model). */
export const shapes = {
  /** The name of a role or user. */
  holderName: name(64),
  policyName: name(128),
  /** `/` or `/…/`. */
  path: v.pipe(
    v.string(),
    atLeast(1),
    atMost(512),
    v.check(
      isIamPath,
      'Member must satisfy regular expression pattern: (\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)',
    ),
  ),
  pathPrefix: v.optional(v.string(), '/'),
  arn: v.pipe(v.string(), atLeast(20), atMost(2048)),
  /** Its content is checked when it is stored. */
  policyDocument: v.pipe(v.string(), atLeast(1), atMost(131_072)),
  /** A policy document in a template: an object, or JSON text. */
  templatePolicy: v.union([v.record(v.string(), v.unknown()), v.pipe(v.string(), v.minLength(1))]),
  description: v.pipe(v.string(), atMost(1000)),
  accessKeyId: v.pipe(v.string(), atLeast(16), atMost(128), pattern(/^\w*$/, '[\\w]+')),
  versionId: v.pipe(v.string(), pattern(/^v[1-9]\d*$/, 'v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?')),
  maxSessionDuration: wholeNumberText(3_600, 43_200),
  tags: listOf(v.object({ Key: tagKey, Value: tagValue })),
  tagKeys: listOf(tagKey),
  /** The members of list operations. */
  paging: { Marker: v.optional(v.string()), MaxItems: v.optional(wholeNumberText(1, 1_000)) },
};
