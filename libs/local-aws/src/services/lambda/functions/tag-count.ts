import { invalid } from './errors.ts';

/** "Each resource, including functions, can have up to 50 tags": https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html */
const MOST_TAGS = 50;

/** @throws AwsError for more tags than a function can have */
export function checkTagCount(tags: Readonly<Record<string, string>>): void {
  if (Object.keys(tags).length > MOST_TAGS) throw invalid('Number of tags exceeds resource tag limit.');
}
