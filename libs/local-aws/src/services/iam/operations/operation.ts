import { isIamPath, type PolicyDocument, requestTagKeys, resourceTagKeys } from '@cross-account-api/iam';
import * as v from 'valibot';
import type { Directory } from '../../../identity/directory.ts';
import { invalidInput, validationError } from '../../../identity/errors.ts';
import type { Holder } from '../../../identity/holders.ts';
import { iamArn } from '../../../identity/identifiers.ts';
import { operationsOf, type Permission } from '../../../protocols/operation.ts';
import {
  atLeast,
  atMost,
  listOf,
  paginate,
  pattern,
  type Tag,
  tagKey,
  tagMap,
  tagValue,
  wholeNumberText,
} from '../../../protocols/shapes.ts';

type Context = NonNullable<Permission['context']>;

/** Declares an operation of IAM. */
export const operation = operationsOf('iam');

const name = (length: number) =>
  v.pipe(v.string(), atLeast(1), atMost(length), pattern(/^[\w+=,.@-]*$/, '[\\w+=,.@-]+'));

const arn = v.pipe(v.string(), atLeast(20), atMost(2048));

/** Parameters of IAM's operations with IAM's limits and words (API reference, and the service's Smithy model). */
export const shapes = {
  holderName: name(64),
  groupName: name(128),
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
  arn,
  /** The ARN of a managed policy in a request. */
  policyArn: v.pipe(
    arn,
    v.check((text) => {
      // AWS's code for such mistakes: https://github.com/pulumi/pulumi-aws-apigateway/issues/347
      if (!text.startsWith('arn:')) throw validationError('Invalid ARN:  Could not be parsed!');
      return true;
    }),
  ),
  /** The content is checked when the policy is stored. */
  policyDocument: v.pipe(v.string(), atLeast(1), atMost(131_072)),
  /** A policy document in a template: an object, or JSON text. */
  templatePolicy: v.union([v.record(v.string(), v.unknown()), v.pipe(v.string(), v.minLength(1))]),
  description: v.pipe(v.string(), atMost(1000)),
  accessKeyId: v.pipe(v.string(), atLeast(16), atMost(128), pattern(/^\w*$/, '[\\w]+')),
  versionId: v.pipe(v.string(), pattern(/^v[1-9]\d*$/, 'v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?')),
  maxSessionDuration: wholeNumberText(3_600, 43_200),
  tags: listOf(v.object({ Key: tagKey, Value: tagValue })),
  tagKeys: listOf(tagKey),
  paging: { Marker: v.optional(v.string()), MaxItems: v.optional(wholeNumberText(1, 1_000)) },
};

/** The permission on a role, user or group, by the service authorization reference. If it does not exist, its path is `/`. */
export function permissionOn(
  { roles, users, groups }: Directory,
  kind: Holder['kind'],
  accountId: string,
  name: string,
  context: Context = {},
): Permission {
  const holder = { role: roles, user: users, group: groups }[kind].find(accountId, name);
  return {
    resource: holder?.arn ?? iamArn(accountId, kind, '/', name),
    context: {
      ...boundaryContext(holder?.permissionsBoundary),
      ...resourceTagKeys(holder?.tags ?? [], 'iam'),
      ...context,
    },
  };
}

/**
 * The permissions to create a resource: its tags need one of their own. Sources: https://github.com/openshift/installer/issues/1073 (roles),
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_iam-new-user-tag.html (users).
 * @param tagging the action for the tags, e.g. `iam:TagRole`
 */
export function permissionsToCreate(
  resource: string,
  tagging: string,
  tags: readonly Tag[],
  others: Context = {},
): Permission[] {
  const context = { ...others, ...requestTagKeys(tags) };
  return [{ resource, context }, ...(tags.length > 0 ? [{ action: tagging, resource, context }] : [])];
}

/** `iam:PermissionsBoundary`, if a boundary is given or in force. */
export function boundaryContext(arn: string | undefined): Context {
  return arn === undefined ? {} : { 'iam:PermissionsBoundary': arn };
}

type Paging = v.InferOutput<v.ObjectSchema<typeof shapes.paging, undefined>>;

/** One page of a list, as IAM's list operations return it. @param key the sort key; `undefined` for a sorted list */
export function listPage<Item>(
  member: string,
  items: Iterable<Item>,
  input: Paging,
  key: ((item: Item) => string) | undefined,
  show: (item: Item) => unknown = (item) => item,
) {
  const list = [...items];
  if (key !== undefined) list.sort((a, b) => (key(a) < key(b) ? -1 : 1));
  const page = paginate(list, {
    ...(key && { key }),
    size: input.MaxItems ?? 100,
    token: input.Marker,
    invalidToken: (token) => validationError(`Invalid Marker: ${token.slice(0, 100)}`),
  });
  return { [member]: page.items.map(show), IsTruncated: page.next !== undefined, Marker: page.next };
}

/** A policy in a response: JSON, percent-encoded in compliance with RFC 3986. */
export function encodePolicy(policy: string | PolicyDocument): string {
  const text = typeof policy === 'string' ? policy : JSON.stringify(policy);
  // encodeURIComponent leaves !'()* alone; RFC 3986 reserves them.
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Converts the tags of a request or a template to a record. @throws AwsError for duplicate keys */
export function tagEntries(tags: readonly Tag[]): Record<string, string> {
  if (new Set(tags.map(({ Key }) => Key.toLowerCase())).size !== tags.length) {
    throw invalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  }
  return tagMap(tags);
}
