import { type PolicyDocument, resourceTagKeys } from '@cross-account-api/iam';
import type { Directory } from '../../../identity/directory.ts';
import { invalidInput, validationError } from '../../../identity/errors.ts';
import { iamArn } from '../../../identity/identifiers.ts';
import { operationsOf, type Permission } from '../../../protocols/operation.ts';
import { paginate, type Tag, tagMap } from '../../../protocols/shapes.ts';

type Context = NonNullable<Permission['context']>;

/** Declares an operation of IAM. */
export const operation = operationsOf('iam');

/** The permission on a role or user, as the service authorization reference has it; `/` is the path of one that does not exist. */
export function permissionOn(
  { roles, users }: Directory,
  kind: 'role' | 'user',
  accountId: string,
  name: string,
  context: Context = {},
): Permission {
  const holder = kind === 'role' ? roles.find(accountId, name) : users.find(accountId, name);
  return {
    resource: holder?.arn ?? iamArn(accountId, kind, '/', name),
    context: {
      ...boundaryContext(holder?.permissionsBoundary),
      ...resourceTagKeys(holder?.tags ?? [], 'iam'),
      ...context,
    },
  };
}

/** `iam:PermissionsBoundary`, if a boundary is given or in force. */
export function boundaryContext(arn: string | undefined): Context {
  return arn === undefined ? {} : { 'iam:PermissionsBoundary': arn };
}

/** One page of a list, sorted by `key`, as IAM's list operations return it. */
export function listPage<Item>(
  member: string,
  items: Iterable<Item>,
  input: { readonly Marker?: string | undefined; readonly MaxItems?: number | undefined },
  key: (item: Item) => string,
  show: (item: Item) => unknown = (item) => item,
) {
  const sorted = [...items].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  const page = pageOf(sorted, input, key);
  return { [member]: page.items.map(show), IsTruncated: page.next !== undefined, Marker: page.next };
}

/** One page of a list. @param key what the list is sorted by, if it is */
export function pageOf<Item>(
  items: readonly Item[],
  input: { readonly Marker?: string | undefined; readonly MaxItems?: number | undefined },
  key?: (item: Item) => string,
) {
  return paginate(items, {
    ...(key && { key }),
    size: input.MaxItems ?? 100,
    token: input.Marker,
    invalidToken: (token) => validationError(`Invalid Marker: ${token.slice(0, 100)}`),
  });
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

/** Tags as a request or a template lists them, by key. */
export function tagEntries(tags: readonly Tag[]): Record<string, string> {
  if (new Set(tags.map(({ Key }) => Key.toLowerCase())).size !== tags.length) {
    throw invalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  }
  return tagMap(tags);
}
