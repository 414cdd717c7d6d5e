import * as v from 'valibot';
import type { Directory } from '../../../identity/directory.ts';
import type { Caller, Operation, Permission } from '../../../protocols/operation.ts';
import { tagList } from '../../../protocols/shapes.ts';
import * as shapes from './input.ts';
import { boundaryContext, iamPermissions, listPage, operation, requestTags } from './operation.ts';
import { encodePolicy, tagEntries } from './output.ts';

/** The operations on policies, boundaries and tags that roles and users both have. */
export function holderOperations(directory: Directory): readonly Operation[] {
  const permissions = iamPermissions(directory);
  return [
    ...operationsOn('Role', directory.roles, shapes.roleName, permissions.role, directory),
    ...operationsOn('User', directory.users, shapes.userName, permissions.user, directory),
  ];
}

function operationsOn(
  noun: 'Role' | 'User',
  store: Directory['roles'] | Directory['users'],
  nameShape: v.GenericSchema<unknown, string>,
  permission: (caller: Caller, name: string, context?: Permission['context']) => Permission,
  directory: Directory,
): readonly Operation[] {
  /** An input with the member `RoleName` or `UserName`, which is given on as `name`. */
  const named = <const Entries extends v.ObjectEntries>(entries: Entries) =>
    v.intersect([
      v.object(entries),
      v.pipe(
        v.object({ [`${noun}Name`]: nameShape }),
        v.transform((input) => ({ name: input[`${noun}Name`] ?? '' })),
      ),
    ]);
  const withPolicyArn = (PolicyArn: string) => ({ 'iam:PolicyARN': PolicyArn });

  return [
    operation(`Put${noun}Policy`, {
      input: named({ PolicyName: shapes.policyName, PolicyDocument: shapes.policyDocument }),
      requires: ({ name }, caller) => permission(caller, name),
      handle: ({ name, PolicyName, PolicyDocument }, { accountId }) => {
        store.putPolicy(accountId, name, PolicyName, PolicyDocument);
      },
    }),
    operation(`Get${noun}Policy`, {
      input: named({ PolicyName: shapes.policyName }),
      requires: ({ name }, caller) => permission(caller, name),
      handle: ({ name, PolicyName }, { accountId }) => {
        const { text } = store.inlinePolicy(accountId, name, PolicyName);
        return {
          [`${noun}Name`]: store.get(accountId, name).name,
          PolicyName,
          PolicyDocument: encodePolicy(text),
        };
      },
    }),
    operation(`Delete${noun}Policy`, {
      input: named({ PolicyName: shapes.policyName }),
      requires: ({ name }, caller) => permission(caller, name),
      handle: ({ name, PolicyName }, { accountId }) => {
        store.deletePolicy(accountId, name, PolicyName);
      },
    }),
    operation(`List${noun}Policies`, {
      input: named(shapes.paging),
      requires: ({ name }, caller) => permission(caller, name),
      handle: (input, { accountId }) => {
        const names = store.get(accountId, input.name).inlinePolicies.keys();
        return listPage(
          'PolicyNames',
          names,
          (name) => name,
          input,
          (name) => name,
        );
      },
    }),
    operation(`Attach${noun}Policy`, {
      input: named({ PolicyArn: shapes.arn }),
      requires: ({ name, PolicyArn }, caller) => permission(caller, name, withPolicyArn(PolicyArn)),
      handle: ({ name, PolicyArn }, { accountId }) => {
        store.attachPolicy(accountId, name, PolicyArn);
      },
    }),
    operation(`Detach${noun}Policy`, {
      input: named({ PolicyArn: shapes.arn }),
      requires: ({ name, PolicyArn }, caller) => permission(caller, name, withPolicyArn(PolicyArn)),
      handle: ({ name, PolicyArn }, { accountId }) => {
        store.detachPolicy(accountId, name, PolicyArn);
      },
    }),
    operation(`ListAttached${noun}Policies`, {
      input: named({ ...shapes.paging, PathPrefix: v.optional(v.string(), '/') }),
      requires: ({ name }, caller) => permission(caller, name),
      handle: (input, { accountId }) => {
        const attached = [...store.get(accountId, input.name).attachedPolicies]
          .map((arn) => directory.managedPolicies.get(accountId, arn))
          .filter((policy) => policy.path.startsWith(input.PathPrefix));
        return listPage(
          'AttachedPolicies',
          attached,
          ({ arn }) => arn,
          input,
          ({ name, arn }) => ({ PolicyName: name, PolicyArn: arn }),
        );
      },
    }),
    operation(`Put${noun}PermissionsBoundary`, {
      input: named({ PermissionsBoundary: shapes.arn }),
      requires: ({ name, PermissionsBoundary }, caller) =>
        permission(caller, name, boundaryContext(PermissionsBoundary)),
      handle: ({ name, PermissionsBoundary }, { accountId }) => {
        store.setPermissionsBoundary(accountId, name, PermissionsBoundary);
      },
    }),
    operation(`Delete${noun}PermissionsBoundary`, {
      input: named({}),
      requires: ({ name }, caller) => permission(caller, name),
      handle: ({ name }, { accountId }) => {
        store.clearPermissionsBoundary(accountId, name);
      },
    }),
    operation(`Tag${noun}`, {
      input: named({ Tags: shapes.tags }),
      requires: ({ name, Tags }, caller) => permission(caller, name, requestTags(Tags)),
      handle: ({ name, Tags }, { accountId }) => {
        store.tag(accountId, name, tagEntries(Tags));
      },
    }),
    operation(`Untag${noun}`, {
      input: named({ TagKeys: shapes.tagKeys }),
      requires: ({ name, TagKeys }, caller) => permission(caller, name, { 'aws:TagKeys': TagKeys }),
      handle: ({ name, TagKeys }, { accountId }) => {
        store.untag(accountId, name, TagKeys);
      },
    }),
    operation(`List${noun}Tags`, {
      input: named(shapes.paging),
      requires: ({ name }, caller) => permission(caller, name),
      handle: (input, { accountId }) => {
        const { tags } = store.get(accountId, input.name);
        return listPage(
          'Tags',
          tagList(tags),
          ({ Key }) => Key,
          input,
          (tag) => tag,
        );
      },
    }),
  ];
}
