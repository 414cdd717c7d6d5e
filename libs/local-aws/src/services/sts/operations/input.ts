import * as v from 'valibot';
import { atLeast, atMost, listOf, pattern, type Tag, tagKey, tagValue } from '../../../protocols/shapes.ts';

/*
 * Parameters of STS with its limits and words (API reference, and the service's Smithy model).
 */

/** The ARN of a role. */
export const roleArn = v.pipe(v.string(), atLeast(20), atMost(2048));
/** The name of a role session, which becomes part of its ARN. */
export const roleSessionName = v.pipe(
  v.string(),
  atLeast(2),
  atMost(64),
  pattern(/^[\w+=,.@-]*$/, '[\\w+=,.@-]*'),
);
/** A source identity: the same as a session name. */
export const sourceIdentity = roleSessionName;
/** An external ID. */
export const externalId = v.pipe(
  v.string(),
  atLeast(2),
  atMost(1224),
  pattern(/^[\w+=,.@:/-]*$/, '[\\w+=,.@:\\/-]*'),
);
/** The text of a session policy; its size is checked with that of the others. */
export const sessionPolicy = v.pipe(v.string(), atLeast(1));
/** Managed session policies. */
export const policyArns = v.pipe(
  listOf(v.object({ arn: v.pipe(v.string(), atLeast(20), atMost(2048)) })),
  atMost<{ arn: string }[]>(10),
);
/** Session tags. */
export const tags = v.pipe(listOf(v.object({ Key: tagKey, Value: tagValue })), atMost<Tag[]>(50));
/** The keys of session tags that further sessions inherit. */
export const transitiveTagKeys = v.pipe(listOf(tagKey), atMost<string[]>(50));
