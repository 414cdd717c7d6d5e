import { resourceTagKeys } from '@cross-account-api/iam';
import type { Directory } from '../../../identity/directory.ts';
import { validationError } from '../../../identity/errors.ts';
import type { PolicyHolder } from '../../../identity/holders.ts';
import { iamArn } from '../../../identity/identifiers.ts';
import { type Caller, operationsOf, type Permission } from '../../../protocols/operation.ts';
import { type Page, paginate } from '../../../protocols/shapes.ts';

type Context = NonNullable<Permission['context']>;

/** Declares an operation of IAM. */
export const operation = operationsOf('iam');

/** The permissions on roles and users, as the service authorization reference has them. One that does not exist yet is named as it will be. */
export function iamPermissions({ roles, users }: Directory) {
  return {
    role({ accountId }: Pick<Caller, 'accountId'>, name: string, context: Context = {}): Permission {
      const role = roles.find(accountId, name);
      const resource = role?.arn ?? iamArn(accountId, 'role', '/', name);
      return { resource, context: { ...holderContext(role), ...context } };
    },
    /** Without a name: on the caller itself. */
    user(caller: Caller, name = userNameOf(caller), context: Context = {}): Permission {
      const user = users.find(caller.accountId, name);
      const resource = user?.arn ?? iamArn(caller.accountId, 'user', '/', name);
      return { resource, context: { ...holderContext(user), ...context } };
    },
  };
}

/** The user that an operation is about if it is given no name: the one that signed. */
export function userNameOf({ principal }: Pick<Caller, 'principal'>): string {
  if (principal.type === 'User') return principal.userName;
  throw validationError('Must specify userName when calling with non-User credentials');
}

/** `iam:PermissionsBoundary`, if a boundary is given or in force. */
export function boundaryContext(arn: string | undefined): Context {
  return arn === undefined ? {} : { 'iam:PermissionsBoundary': arn };
}

function holderContext(holder: PolicyHolder | undefined): Context {
  return { ...boundaryContext(holder?.permissionsBoundary), ...resourceTagKeys(holder?.tags ?? [], 'iam') };
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
  const page: Page<Item> = paginate(sorted, {
    key,
    size: input.MaxItems ?? 100,
    token: input.Marker,
    invalidToken: (token) => validationError(`Invalid Marker: ${token.slice(0, 100)}`),
  });
  return { [member]: page.items.map(show), IsTruncated: page.next !== undefined, Marker: page.next };
}
