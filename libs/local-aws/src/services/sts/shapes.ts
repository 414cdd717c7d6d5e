import * as v from 'valibot';

const least = (length: number) =>
  v.minLength<string, number, string>(length, `Member must have length greater than or equal to ${length}`);
const most = (length: number) =>
  v.maxLength<string, number, string>(length, `Member must have length less than or equal to ${length}`);
const pattern = (expression: RegExp, shown: string) =>
  v.regex<string, string>(expression, `Member must satisfy regular expression pattern: ${shown}`);

/*
 * Parameters of STS with its limits and words (API reference, and the service's Smithy model).
 */

/** The ARN of a role. */
export const roleArn = v.pipe(v.string(), least(20), most(2048));
/** The name of a role session, which becomes part of its ARN. */
export const roleSessionName = v.pipe(
  v.string(),
  least(2),
  most(64),
  pattern(/^[\w+=,.@-]*$/, '[\\w+=,.@-]*'),
);
/** A source identity: the same as a session name. */
export const sourceIdentity = roleSessionName;
/** An external ID. */
export const externalId = v.pipe(
  v.string(),
  least(2),
  most(1224),
  pattern(/^[\w+=,.@:/-]*$/, '[\\w+=,.@:\\/-]*'),
);
/** The text of a session policy; its size is checked with that of the others. */
export const sessionPolicy = v.pipe(v.string(), least(1));
/** Managed session policies. */
export const policyArns = listOf(v.object({ arn: v.pipe(v.string(), least(20), most(2048)) }));
/** The serial number or ARN of an MFA device. */
export const serialNumber = v.pipe(
  v.string(),
  least(9),
  most(256),
  pattern(/^[\w+=/:,.@-]*$/, '[\\w+=/:,.@-]*'),
);
/** Its value is not repeated in an error: it is a secret, if a short-lived one. */
export const tokenCode = v.pipe(v.string(), v.regex(/^\d{6}$/, 'must be six digits'));
/** An access key ID, of whatever kind. */
export const accessKeyId = v.pipe(v.string(), least(16), most(128), pattern(/^\w*$/, '[\\w]*'));

/** Seconds within bounds. */
export const durationSeconds = (shortest: number, longest: number) =>
  v.pipe(
    v.string(),
    v.regex(/^-?\d{1,10}$/, 'Member must be a whole number'),
    v.transform(Number),
    v.minValue(shortest, `Member must have value greater than or equal to ${shortest}`),
    v.maxValue(longest, `Member must have value less than or equal to ${longest}`),
  );

const TAG_PATTERN = '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]';
const tagKey = v.pipe(
  v.string(),
  least(1),
  most(128),
  pattern(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u, `${TAG_PATTERN}+`),
);
const tagValue = v.pipe(v.string(), most(256), pattern(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u, `${TAG_PATTERN}*`));

/** Session tags. */
export const tags = v.pipe(
  listOf(v.object({ Key: tagKey, Value: tagValue })),
  v.maxLength(50, 'Member must have length less than or equal to 50'),
);
/** The keys of session tags that further sessions inherit. */
export const transitiveTagKeys = v.pipe(
  listOf(tagKey),
  v.maxLength(50, 'Member must have length less than or equal to 50'),
);

/** A list; an empty one is sent as the empty string. */
function listOf<const Item extends v.GenericSchema>(item: Item) {
  return v.union([
    v.array(item),
    v.pipe(
      v.literal(''),
      v.transform((): v.InferOutput<Item>[] => []),
    ),
  ]);
}
