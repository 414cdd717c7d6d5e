import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import type { Holder, Holders } from '../../../identity/holders.ts';
import type { ResourceChange, ResourcePermission } from '../../resource-type.ts';
import { boundaryContext, shapes } from '../operations/operation.ts';

/** The properties that give rights to a role or a user. A group has them without the boundary. */
export const rights = {
  ManagedPolicyArns: v.optional(v.array(shapes.arn), []),
  PermissionsBoundary: v.optional(shapes.arn),
  Policies: v.optional(
    v.array(v.strictObject({ PolicyName: v.string(), PolicyDocument: shapes.templatePolicy })),
    [],
  ),
};

/** What gives rights to a role, a user or a group, in a template. */
export type Rights = Partial<v.InferOutput<v.ObjectSchema<typeof rights, undefined>>>;

type Changes = Pick<
  Holders<Holder>,
  | 'get'
  | 'putPolicy'
  | 'deletePolicy'
  | 'attachPolicy'
  | 'detachPolicy'
  | 'setPermissionsBoundary'
  | 'clearPermissionsBoundary'
>;

/** Applies a template's policies and boundary. Keeps those that others added, as CloudFormation does. */
export function setRights(
  holders: Changes,
  accountId: string,
  name: string,
  next: Rights,
  previous: Rights,
): void {
  const holder = holders.get(accountId, name);
  const removed = missing(previous, next);
  for (const policy of removed.policyNames) {
    if (holder.inlinePolicies.has(policy)) holders.deletePolicy(accountId, name, policy);
  }
  for (const arn of removed.arns) {
    if (holder.attachedPolicies.has(arn)) holders.detachPolicy(accountId, name, arn);
  }
  for (const { PolicyName, PolicyDocument } of next.Policies ?? []) {
    holders.putPolicy(accountId, name, PolicyName, PolicyDocument);
  }
  for (const arn of next.ManagedPolicyArns ?? []) holders.attachPolicy(accountId, name, arn);
  if (next.PermissionsBoundary !== undefined) {
    holders.setPermissionsBoundary(accountId, name, next.PermissionsBoundary);
  } else if (previous.PermissionsBoundary !== undefined && holder.permissionsBoundary !== undefined) {
    holders.clearPermissionsBoundary(accountId, name);
  }
}

/**
 * The policies and the boundary that a role, a user or a group has now. Only policies that the template names: others may belong to
 * another resource, such as an `AWS::IAM::Policy`.
 */
export function readRights(holder: Holder, { Policies = [], ManagedPolicyArns = [] }: Rights): Rights {
  const inline = Policies.flatMap(({ PolicyName }) => {
    const stored = holder.inlinePolicies.get(PolicyName);
    return stored === undefined ? [] : [{ PolicyName, PolicyDocument: stored.document as object }];
  });
  return {
    Policies: inline as NonNullable<Rights['Policies']>,
    ManagedPolicyArns: ManagedPolicyArns.filter((arn) => holder.attachedPolicies.has(arn)),
    ...defined({ PermissionsBoundary: holder.permissionsBoundary }),
  };
}

/**
 * The permissions that a change of rights needs.
 * @param permission makes the permission for an operation on the role or user
 */
export function rightsPermissions(
  noun: 'Role' | 'User' | 'Group',
  handler: ResourceChange['handler'],
  permission: (operation: string, context?: ResourcePermission['context']) => ResourcePermission,
  after: Rights,
  before: Rights,
): readonly ResourcePermission[] {
  const added = missing(after, before);
  const removed = missing(before, after);
  const { PermissionsBoundary: boundary } = after;
  const isBounded = handler === 'update' && boundary !== before.PermissionsBoundary;
  const bound =
    boundary === undefined
      ? permission(`Delete${noun}PermissionsBoundary`)
      : permission(`Put${noun}PermissionsBoundary`, boundaryContext(boundary));
  return [
    ...(isBounded ? [bound] : []),
    ...added.policies.map(() => permission(`Put${noun}Policy`)),
    ...removed.policyNames.map(() => permission(`Delete${noun}Policy`)),
    ...added.arns.map((arn) => permission(`Attach${noun}Policy`, { 'iam:PolicyARN': arn })),
    ...removed.arns.map((arn) => permission(`Detach${noun}Policy`, { 'iam:PolicyARN': arn })),
  ];
}

function missing(some: Rights, others: Rights) {
  const policies = (some.Policies ?? []).filter(
    (policy) => !others.Policies?.some((other) => isDeepStrictEqual(other, policy)),
  );
  const kept = new Set(others.Policies?.map(({ PolicyName }) => PolicyName));
  return {
    policies,
    /** Only names that `others` does not use. */
    policyNames: policies.map(({ PolicyName }) => PolicyName).filter((name) => !kept.has(name)),
    arns: (some.ManagedPolicyArns ?? []).filter((arn) => !others.ManagedPolicyArns?.includes(arn)),
  };
}
