import { badRequest } from './errors.ts';

type Tags = Readonly<Record<string, string>>;

const isReserved = (key: string) => /^aws:/i.test(key);

/**
 * Tags with others added. AWS's own tags say which stack an API belongs to, and policies rely on them: no client changes them.
 * @throws AwsError `BadRequestException` for a key of AWS's own
 */
export function addedTags(tags: Tags, added: Tags): Tags {
  if (Object.keys(added).some(isReserved)) throw badRequest('aws: prefixed tag key names are not allowed');
  return { ...tags, ...added };
}

/** Tags without some of them. AWS's own tags stay. */
export function remainingTags(tags: Tags, removed: readonly string[]): Tags {
  return Object.fromEntries(
    Object.entries(tags).filter(([key]) => isReserved(key) || !removed.includes(key)),
  );
}
