import { AwsError } from '../../core/errors.ts';
import { invalidArgument } from './errors.ts';
import { elements, malformedXml, parseXml, text } from './xml.ts';

type Tags = ReadonlyMap<string, string>;

/**
 * Tags from the header `x-amz-tagging`, which is written like a query.
 * @throws AwsError `InvalidTag`, `InvalidArgument`
 * @example parseTagHeader('team=api&stage=dev')
 */
export function parseTagHeader(value: string | undefined): Tags {
  const pairs = [...new URLSearchParams(value ?? '')];
  const tags = checkTags(pairs);
  if (tags.size === pairs.length) return tags;
  throw invalidArgument(
    'The header "x-amz-tagging" must not contain a key more than once.',
    'x-amz-tagging',
    value ?? '',
  );
}

/**
 * Tags from a `<Tagging>` document.
 * @throws AwsError `InvalidTag`, `MalformedXML`
 */
export function parseTagging(body: Buffer): Tags {
  const [set] = elements(parseXml(body, 'Tagging'), 'TagSet');
  if (set === undefined) throw malformedXml();
  const pairs = elements(set, 'Tag').map((tag): [string, string] => {
    const key = text(tag, 'Key');
    const value = text(tag, 'Value');
    if (key === undefined || value === undefined) throw malformedXml();
    return [key, value];
  });
  const tags = checkTags(pairs);
  if (tags.size === pairs.length) return tags;
  throw new AwsError('InvalidTag', 'Cannot provide multiple Tags with the same key');
}

/** The `<Tagging>` document. */
export function taggingDocument(tags: Tags): object {
  return {
    Tagging: { TagSet: tags.size === 0 ? '' : { Tag: [...tags].map(([Key, Value]) => ({ Key, Value })) } },
  };
}

/** Limits: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
function checkTags(pairs: readonly (readonly [key: string, value: string])[]): Tags {
  if (pairs.length > 10) throw new AwsError('BadRequest', 'Object tags cannot be greater than 10');
  for (const [key, value] of pairs) {
    if (key === '' || key.length > 128) {
      throw new AwsError('InvalidTag', 'The TagKey you have provided is invalid', 400, {
        TagKey: key.slice(0, 200),
      });
    }
    if (value.length > 256) {
      throw new AwsError('InvalidTag', 'The TagValue you have provided is invalid', 400, { TagKey: key });
    }
  }
  return new Map(pairs);
}
