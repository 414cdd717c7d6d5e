import { isDeepStrictEqual } from 'node:util';
import { requestTagKeys, resourceTagKeys } from '@cross-account-api/iam';
import type * as v from 'valibot';
import { iamArn } from '../../../identity/arn.ts';
import type { Directory } from '../../../identity/directory.ts';
import type { Role, User } from '../../../identity/entities.ts';
import type { NewHolder } from '../../../identity/holders.ts';
import type { Tag } from '../../../protocols/shapes.ts';
import {
  type ResourceChange,
  type ResourceContext,
  type ResourcePermission,
  type ResourceState,
  type ResourceType,
  tagsChange,
} from '../../resource-type.ts';
import { boundaryContext } from '../operations/operation.ts';
import { tagEntries } from '../operations/output.ts';

/** What the templates of roles and users both say. */
export interface HolderProperties {
  readonly Path?: string | undefined;
  readonly Policies?:
    | readonly { readonly PolicyName: string; readonly PolicyDocument: string | object }[]
    | undefined;
  readonly ManagedPolicyArns?: readonly string[] | undefined;
  readonly PermissionsBoundary?: string | undefined;
  readonly Tags?: readonly Tag[] | undefined;
}

/** The roles or the users of all accounts. */
export type HolderStore = Directory['roles'] | Directory['users'];

/** What distinguishes `AWS::IAM::Role` and `AWS::IAM::User`: see {@link holderType}. */
export interface HolderTypeSpec<Schema extends v.GenericSchema<unknown, HolderProperties>> {
  readonly noun: 'Role' | 'User';
  readonly store: HolderStore;
  readonly properties: Schema;
  readonly replacedBy: readonly string[];
  /** The name that the template gives. */
  nameIn(properties: v.InferOutput<Schema>): string | undefined;
  /** Its own operations that change what the template changes, e.g. `UpdateAssumeRolePolicy`. */
  updates(change: ResourceChange<v.InferOutput<Schema>>): readonly string[];
  /** Creates it, without policies. */
  create(accountId: string, holder: NewHolder, properties: v.InferOutput<Schema>): Role | User;
  /** Updates all but policies, boundary and tags. */
  update(accountId: string, name: string, properties: v.InferOutput<Schema>): void;
  attributes(holder: Role | User): ResourceState['attributes'];
}

/** A resource type with policies, a boundary and tags: `Ref` is the name. */
export function holderType<Schema extends v.GenericSchema<unknown, HolderProperties>>(
  spec: HolderTypeSpec<Schema>,
): ResourceType<Schema> {
  const { noun, store } = spec;
  const nameFor = (properties: v.InferOutput<Schema>, context: ResourceContext) =>
    spec.nameIn(properties) ?? context.generateName({ maxLength: 64 });
  const stateOf = (holder: Role | User) => ({
    physicalId: holder.name,
    attributes: spec.attributes(holder),
  });
  return {
    typeName: `AWS::IAM::${noun}`,
    properties: spec.properties,
    replacedBy: spec.replacedBy,
    requires(change) {
      const name = change.current?.physicalId ?? nameFor(change.properties, change);
      return holderPermissions(noun, store, change, name, spec.updates(change));
    },
    async create(input, context) {
      const { accountId } = context;
      const { Path: path, PermissionsBoundary: permissionsBoundary } = input;
      const name = nameFor(input, context);
      const given = { name, path, permissionsBoundary, tags: tagsFor(input, context) };
      const holder = spec.create(accountId, given, input);
      try {
        updatePolicies(store, accountId, name, input, {});
      } catch (error) {
        // The stack does not know it yet, so nothing else could delete it.
        updatePolicies(store, accountId, name, {}, input);
        store.delete(accountId, name);
        throw error;
      }
      return stateOf(holder);
    },
    async update({ physicalId: name }, input, previous, context) {
      const { accountId } = context;
      spec.update(accountId, name, input);
      updatePolicies(store, accountId, name, input, previous);
      const tags = tagsFor(input, context);
      const present = [...store.get(accountId, name).tags.keys()];
      store.untag(
        accountId,
        name,
        present.filter((key) => !Object.hasOwn(tags, key)),
      );
      store.tag(accountId, name, tags);
      return stateOf(store.get(accountId, name));
    },
    async delete({ physicalId: name }, input, { accountId }) {
      if (store.find(accountId, name) === undefined) return;
      updatePolicies(store, accountId, name, {}, input);
      store.delete(accountId, name);
    },
  };
}

/** The tags of a role or user: the stack's, overridden by the resource's own. */
function tagsFor(
  properties: Pick<HolderProperties, 'Tags'>,
  context: Pick<ResourceContext, 'tags'>,
): Record<string, string> {
  return { ...context.tags, ...tagEntries(properties.Tags ?? []) };
}

/** What the handlers of a role or user need. */
function holderPermissions(
  noun: 'Role' | 'User',
  store: HolderStore,
  change: ResourceChange<HolderProperties>,
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

/** Brings policies and boundary from one state of the template to another. What others added stays, as with CloudFormation. */
function updatePolicies(
  store: HolderStore,
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
  for (const { PolicyName, PolicyDocument } of next.Policies ?? []) {
    store.putPolicy(accountId, name, PolicyName, PolicyDocument);
  }
  for (const arn of next.ManagedPolicyArns ?? []) store.attachPolicy(accountId, name, arn);
  if (next.PermissionsBoundary !== undefined) {
    store.setPermissionsBoundary(accountId, name, next.PermissionsBoundary);
  } else if (previous.PermissionsBoundary !== undefined && holder.permissionsBoundary !== undefined) {
    store.clearPermissionsBoundary(accountId, name);
  }
}
