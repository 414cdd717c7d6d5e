import type { Directory } from '../../../identity/directory.ts';
import type { ResourceContext } from '../../resource-type.ts';
import { tagEntries } from '../documents.ts';

/** What the templates of roles and users say about their policies and tags. */
export interface HolderProperties {
  readonly Policies?:
    | readonly { readonly PolicyName: string; readonly PolicyDocument: string | object }[]
    | undefined;
  readonly ManagedPolicyArns?: readonly string[] | undefined;
  readonly PermissionsBoundary?: string | undefined;
  readonly Tags?: { Key: string; Value: string }[] | undefined;
}

type Store = Directory['roles'] | Directory['users'];

/** The tags of a role or user: the stack's, overridden by the resource's own. */
export function tagsFor(
  properties: Pick<HolderProperties, 'Tags'>,
  context: Pick<ResourceContext, 'tags'>,
): Record<string, string> {
  return { ...context.tags, ...tagEntries(properties.Tags ?? []) };
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
 * Brings policies, boundary and tags from one state of the template to another. What others added by hand stays, as with
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

/** Brings tags from one state of the template to another. */
export function updateTags(
  store: Store,
  accountId: string,
  name: string,
  next: Readonly<Record<string, string>>,
  previous: Pick<HolderProperties, 'Tags'>,
): void {
  const removed = (previous.Tags ?? []).map((tag) => tag.Key).filter((key) => !Object.hasOwn(next, key));
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
