import type { Principal } from '@cross-account-api/iam';
import { errorOf } from '../../../core/errors.ts';
import { overrideTags, type Session } from '../../../identity/sessions.ts';
import { type Tag, tagMap } from '../../../protocols/shapes.ts';

const invalid = errorOf('InvalidParameterValue');

/** The tags of a new session, without its role's tags. */
type SessionTags = Pick<Session, 'tags' | 'transitiveTagKeys'>;

/** The transitive tags that a session of this caller inherits. Only sessions of roles have such tags. */
export function inheritedTags(caller: Principal): SessionTags {
  if (caller.type !== 'AssumedRole') return { tags: {}, transitiveTagKeys: [] };
  const { tags, transitiveTagKeys } = caller;
  const inherited = transitiveTagKeys.flatMap((key) => {
    const value = Object.hasOwn(tags, key) ? tags[key] : undefined;
    return value === undefined ? [] : [[key, value] as const];
  });
  return { tags: Object.fromEntries(inherited), transitiveTagKeys: inherited.map(([key]) => key) };
}

/**
 * Checks the tags of the request, and merges them with the tags inherited from the caller's session
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_role-chaining).
 */
export function sessionTags(
  requested: readonly Tag[],
  transitiveKeys: readonly string[],
  caller: Principal,
): SessionTags {
  const keys = requested.map(({ Key }) => Key.toLowerCase());
  // "You can't create a tag key or value that begins with the text aws:", id_session-tags.html, cited above.
  if (keys.some((key) => key.startsWith('aws:'))) {
    throw invalid('aws: prefixed tag key names are not allowed for external use.');
  }
  if (new Set(keys).size !== keys.length) {
    throw invalid('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  }
  const inherited = inheritedTags(caller);
  if (inherited.transitiveTagKeys.some((key) => keys.includes(key.toLowerCase()))) {
    throw invalid(
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    );
  }
  // Keys are compared without regard to case; the spelling in the tag wins.
  const transitive = new Set(transitiveKeys.map((key) => key.toLowerCase()));
  if ([...transitive].some((key) => !keys.includes(key))) {
    throw invalid('The specified transitive tag key must be included in the requested tags.');
  }
  const passed = tagMap(requested);
  return {
    tags: overrideTags(inherited.tags, passed),
    transitiveTagKeys: [
      ...inherited.transitiveTagKeys,
      ...Object.keys(passed).filter((key) => transitive.has(key.toLowerCase())),
    ],
  };
}
