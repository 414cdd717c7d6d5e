import * as v from 'valibot';
import { iamArn } from '../../../identity/arn.ts';
import type { Directory } from '../../../identity/directory.ts';
import type { ResourceContext, ResourcePermission } from '../../resource-type.ts';
import * as shapes from '../operations/input.ts';
import { boundaryContext } from '../operations/operation.ts';
import type { HolderStore } from './holder.ts';

/** The members of a policy's template that name its roles and users. */
export const holderNames = {
  Roles: v.optional(v.array(shapes.roleName)),
  Users: v.optional(v.array(shapes.userName)),
};

/** A role or user that a policy's template names. */
export interface NamedHolder {
  readonly store: HolderStore;
  readonly name: string;
}

/** What the handlers of a policy need on the roles and users that its template names, e.g. `Attach`: `iam:AttachRolePolicy`. */
export function namedHolderPermissions(
  directory: Directory,
  { accountId }: Pick<ResourceContext, 'accountId'>,
  operation: string,
  holders: readonly NamedHolder[],
  context: ResourcePermission['context'] = {},
): readonly ResourcePermission[] {
  return holders.map(({ store, name }) => {
    const noun = store === directory.roles ? 'Role' : 'User';
    const holder = store.find(accountId, name);
    return {
      action: `iam:${operation}${noun}Policy`,
      resource: holder?.arn ?? iamArn(accountId, noun === 'Role' ? 'role' : 'user', '/', name),
      context: { ...boundaryContext(holder?.permissionsBoundary), ...context },
    };
  });
}

/** The roles and users that a policy's template names. */
export function holdersNamed(
  { roles, users }: Directory,
  {
    Roles = [],
    Users = [],
  }: { readonly Roles?: readonly string[] | undefined; readonly Users?: readonly string[] | undefined },
): readonly NamedHolder[] {
  return [...Roles.map((name) => ({ store: roles, name })), ...Users.map((name) => ({ store: users, name }))];
}

/** Those of one list that are not in another. */
export function without(
  some: readonly NamedHolder[],
  others: readonly NamedHolder[],
): readonly NamedHolder[] {
  return some.filter(
    ({ store, name }) => !others.some((other) => other.store === store && other.name === name),
  );
}
