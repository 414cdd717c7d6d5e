import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { requestTagKeys, resourceTagKeys } from '../../../authorization/index.ts';
import { iamArn } from '../../../identity/arn.ts';
import type { Directory } from '../../../identity/directory.ts';
import type { Tag } from '../../../protocols/shapes.ts';
import {
  type ResourceChange,
  type ResourceContext,
  type ResourcePermission,
  tagsChange,
} from '../../resource-type.ts';
import * as shapes from '../operations/input.ts';
import { boundaryContext } from '../operations/operation.ts';
import { tagEntries } from '../operations/output.ts';

/** What the templates of roles and users say about their policies and tags. */
export interface HolderProperties {
  readonly Policies?:
    | readonly { readonly PolicyName: string; readonly PolicyDocument: string | object }[]
    | undefined;
  readonly ManagedPolicyArns?: readonly string[] | undefined;
  readonly PermissionsBoundary?: string | undefined;
  readonly Tags?: readonly Tag[] | undefined;
}

type Store = Directory['roles'] | Directory['users'];

/** The tags of a role or user: the stack's, overridden by the resource's own. */
export function tagsFor(
  properties: Pick<HolderProperties, 'Tags'>,
  context: Pick<ResourceContext, 'tags'>,
): Record<string, string> {
  return { ...context.tags, ...tagEntries(properties.Tags ?? []) };
}

/**
 * What the handlers of a role or user need.
 * @param updates its own operations that change what the template changes, e.g. `UpdateAssumeRolePolicy`
 */
export function holderPermissions(
  noun: 'Role' | 'User',
  store: Store,
  change: ResourceChange<HolderProperties & { readonly Path?: string | undefined }>,
  name: string,
  updates: readonly string[],
): readonly ResourcePermission[] {
  const { accountId, handler, properties } = change;
  const before = handler === 'create' ? {} : (change.previous ?? properties);
  const after = handler === 'delete' ? {} : properties;
  const holder = handler === 'create' ? undefined : store.find(accountId, name);
  const boundary = holder === undefined ? after.PermissionsBoundary : holder.permissionsBoundary;
  const kind = noun === 'Role' ? 'role' : 'user';
  const resource = holder?.arn ?? iamArn(accountId, kind, properties.Path ?? '/', name);
  const permission = (operation: string, context = {}): ResourcePermission => ({
    action: `iam:${operation}`,
    resource,
    context: {
      ...boundaryContext(boundary),
      ...resourceTagKeys(holder?.tags ?? [], 'iam'),
      ...context,
    },
  });
  const missing = (some: HolderProperties, others: HolderProperties) => ({
    policies: (some.Policies ?? []).filter(
      (policy) => !others.Policies?.some((other) => isDeepStrictEqual(other, policy)),
    ),
    arns: (some.ManagedPolicyArns ?? []).filter((arn) => !others.ManagedPolicyArns?.includes(arn)),
  });
  const added = missing(after, before);
  const removed = missing(before, after);
  const kept = new Set(after.Policies?.map(({ PolicyName }) => PolicyName));
  const tags = requestTagKeys(Object.entries(tagsFor(after, change)).map(([Key, Value]) => ({ Key, Value })));
  const next = after.PermissionsBoundary;
  return [
    ...(handler === 'create' ? [permission(`Create${noun}`, tags)] : []),
    ...(handler === 'update' ? updates.map((operation) => permission(operation)) : []),
    ...(handler === 'update' && next !== before.PermissionsBoundary
      ? [
          next === undefined
            ? permission(`Delete${noun}PermissionsBoundary`)
            : permission(`Put${noun}PermissionsBoundary`, boundaryContext(next)),
        ]
      : []),
    ...(tagsChange(change) ? [permission(`Tag${noun}`, tags)] : []),
    ...added.policies.map(() => permission(`Put${noun}Policy`)),
    ...removed.policies
      .filter(({ PolicyName }) => !kept.has(PolicyName))
      .map(() => permission(`Delete${noun}Policy`)),
    ...added.arns.map((arn) => permission(`Attach${noun}Policy`, { 'iam:PolicyARN': arn })),
    ...removed.arns.map((arn) => permission(`Detach${noun}Policy`, { 'iam:PolicyARN': arn })),
    ...(handler === 'delete' ? [permission(`Delete${noun}`)] : []),
  ];
}

/** Gives a new role or user the policies of its template. */
export function addPolicies(
  store: Store,
  accountId: string,
  name: string,
  properties: HolderProperties,
): void {
  for (const { PolicyName, PolicyDocument } of properties.Policies ?? []) {
    store.putPolicy(accountId, name, PolicyName, PolicyDocument);
  }
  for (const arn of properties.ManagedPolicyArns ?? []) store.attachPolicy(accountId, name, arn);
}

/**
 * Brings policies and boundary from one state of the template to another. What others added by hand stays, as with
 * CloudFormation.
 */
export function updatePolicies(
  store: Store,
  accountId: string,
  name: string,
  next: HolderProperties,
  previous: HolderProperties,
): void {
  const holder = store.get(accountId, name);
  const policyNames = new Set(next.Policies?.map((policy) => policy.PolicyName));
  for (const { PolicyName } of previous.Policies ?? []) {
    if (!policyNames.has(PolicyName) && holder.inlinePolicies.has(PolicyName)) {
      store.deletePolicy(accountId, name, PolicyName);
    }
  }
  const arns = new Set(next.ManagedPolicyArns);
  for (const arn of previous.ManagedPolicyArns ?? []) {
    if (!arns.has(arn) && holder.attachedPolicies.has(arn)) store.detachPolicy(accountId, name, arn);
  }
  addPolicies(store, accountId, name, next);
  if (next.PermissionsBoundary !== undefined) {
    store.setPermissionsBoundary(accountId, name, next.PermissionsBoundary);
  } else if (previous.PermissionsBoundary !== undefined && holder.permissionsBoundary !== undefined) {
    store.clearPermissionsBoundary(accountId, name);
  }
}

/** Replaces the tags of a role or user. */
export function replaceTags(
  store: Store,
  accountId: string,
  name: string,
  next: Readonly<Record<string, string>>,
): void {
  const present = [...store.get(accountId, name).tags.keys()];
  const removed = present.filter((key) => !Object.hasOwn(next, key));
  store.untag(accountId, name, removed);
  store.tag(accountId, name, next);
}

/** Takes away the policies that the template gave, so that the role or user can be deleted. */
export function removePolicies(
  store: Store,
  accountId: string,
  name: string,
  properties: HolderProperties,
): void {
  updatePolicies(store, accountId, name, {}, { ...properties, PermissionsBoundary: undefined });
}

/** The members of a policy's template that name its roles and users. */
export const holderNames = {
  Roles: v.optional(v.array(shapes.roleName)),
  Users: v.optional(v.array(shapes.userName)),
};

/** A role or user that a policy's template names. */
export interface NamedHolder {
  readonly store: Store;
  readonly name: string;
}

/**
 * What the handlers of a policy need on the roles and users that its template names.
 * @param operation e.g. `Attach`, for `iam:AttachRolePolicy`
 */
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
