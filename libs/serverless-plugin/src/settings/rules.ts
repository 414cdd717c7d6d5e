import { partitionOf } from '@cross-account-api/iam';
import * as v from 'valibot';

// Rules of settings. Each completes a sentence that begins with the name of its setting.

/**
 * The ways in which callers get in: by assuming a role of account A, or as themselves, by the API's resource policy.
 * services/README.md, "Two access modes".
 */
export const ACCESS_MODES = ['assume-role', 'resource-policy'] as const;

/** A text that is not empty. */
export const text = (rule: string) => v.pipe(v.string(rule), v.nonEmpty(rule));

/** A text that matches a pattern. */
export const textLike = (pattern: RegExp, rule: string) => v.pipe(v.string(rule), v.regex(pattern, rule));

const REGION_RULE = 'must be a region of AWS, such as eu-central-1';
/** A region of AWS. */
export const region = v.pipe(
  textLike(/^[a-z\d-]+$/, REGION_RULE),
  v.check((name) => partitionOf(name) !== undefined, REGION_RULE),
);

/** The ID of an account. */
export const accountId = (account: string) =>
  textLike(/^\d{12}$/, `must be the 12 digits of ${account}, in quotes`);

/** @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export const externalId = v.pipe(
  text('must be a value of your own, in quotes: `openssl rand -hex 16` makes one'),
  v.regex(/^[\w+=,.@:/-]{2,1224}$/, 'must have 2 to 1224 of the characters A-Z a-z 0-9 _ + = , . @ : / -'),
);

/** Routes of an API, without wildcards: each would admit routes that are added later. */
export const routes = v.pipe(
  v.array(
    textLike(
      /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|ANY) \/[\w.~{}+/-]*$/,
      'must be a method and a path of the API, such as GET /whoami',
    ),
    'must be a list of routes, such as [GET /whoami]',
  ),
  v.minLength(1, 'must have a route, such as GET /whoami'),
);

/** A way in which callers get in. */
export const accessMode = v.picklist(ACCESS_MODES, `must be ${ACCESS_MODES.join(' or ')}`);
