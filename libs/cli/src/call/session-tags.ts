import type { ConditionKeys } from '@cross-account-api/iam';

const TAG = /^aws:RequestTag\//i;

/** Whether a condition key is about the tags that a request sends. */
export function isTagKey(key: string): boolean {
  return TAG.test(key) || /^(?:aws:TagKeys|sts:TransitiveTagKeys)$/i.test(key);
}

/** The tags that a request sends, by the condition keys `aws:RequestTag/<name>`. */
export function tagsIn(context: ConditionKeys): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(context).flatMap(([key, value]) =>
      TAG.test(key) && typeof value === 'string' ? [[key.replace(TAG, ''), value]] : [],
    ),
  );
}

/** The source identity that a request sends. */
export function sourceIdentityIn(context: ConditionKeys): string | undefined {
  const [, value] = Object.entries(context).find(([key]) => /^sts:SourceIdentity$/i.test(key)) ?? [];
  return typeof value === 'string' ? value : undefined;
}

/** The condition keys of a request without those that only AssumeRole sends. */
export function withoutSessionKeys(context: ConditionKeys): ConditionKeys {
  const others = Object.entries(context).filter(
    ([key]) => !isTagKey(key) && !/^sts:SourceIdentity$/i.test(key),
  );
  return Object.fromEntries(others);
}
