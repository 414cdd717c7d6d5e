import * as v from 'valibot';
import type { Directory } from '../../identity/directory.ts';
import type { Role, User } from '../../identity/entities.ts';
import { compare } from '../../identity/managed-policies.ts';
import type { RouteQuestion } from '../../pipeline/endpoint.ts';
import type { Caller, Operation } from '../../protocols/operation.ts';
import { encodePolicy, tagEntries, tagList } from './documents.ts';
import { pageOf } from './paging.ts';
import { boundaryContext, iamQuestions, operation, requestTags } from './questions.ts';
import * as shapes from './shapes.ts';

/** Roles or users: what both can do, under their own names. */
interface Holders {
  readonly noun: 'Role' | 'User';
  readonly nameShape: v.GenericSchema<unknown, string>;
  readonly store: Directory['roles'] | Directory['users'];
  get(accountId: string, name: string): Role | User;
  ask(
    action: string,
    caller: Caller,
    name: string,
    context?: RouteQuestion['context'],
  ): readonly RouteQuestion[];
}

/** The operations on policies, boundaries and tags that roles and users have alike. */
export function holderOperations(directory: Directory): readonly Operation[] {
  const questions = iamQuestions(directory);
  return [
    ...operationsForHolders(
      {
        noun: 'Role',
        nameShape: shapes.roleName,
        store: directory.roles,
        get: (accountId, name) => directory.roles.get(accountId, name),
        ask: (action, caller, name, context) => questions.role(action, caller, name, context),
      },
      directory,
    ),
    ...operationsForHolders(
      {
        noun: 'User',
        nameShape: shapes.userName,
        store: directory.users,
        get: (accountId, name) => directory.users.get(accountId, name),
        ask: (action, caller, name, context) => questions.user(action, caller, name, context),
      },
      directory,
    ),
  ];
}

function operationsForHolders(holders: Holders, directory: Directory): readonly Operation[] {
  const { noun, store, get, ask } = holders;

  /** An input with the member `RoleName` or `UserName`, which is given on as `name`. */
  const named = <const Entries extends v.ObjectEntries>(entries: Entries) =>
    v.intersect([
      v.object(entries),
      v.pipe(
        v.object({ [`${noun}Name`]: holders.nameShape }),
        v.transform((input) => ({ name: input[`${noun}Name`] ?? '' })),
      ),
    ]);
  const withPolicyArn = (PolicyArn: string) => ({ 'iam:PolicyARN': PolicyArn });

  return [
    operation(`Put${noun}Policy`, {
      input: named({ PolicyName: shapes.policyName, PolicyDocument: shapes.policyDocument }),
      requires: ({ name }, caller) => ask(`Put${noun}Policy`, caller, name),
      handle: ({ name, PolicyName, PolicyDocument }, { accountId }) => {
        store.putPolicy(accountId, name, PolicyName, PolicyDocument);
      },
    }),
    operation(`Get${noun}Policy`, {
      input: named({ PolicyName: shapes.policyName }),
      requires: ({ name }, caller) => ask(`Get${noun}Policy`, caller, name),
      handle: ({ name, PolicyName }, { accountId }) => {
        const { text } = store.inlinePolicy(accountId, name, PolicyName);
        return { [`${noun}Name`]: get(accountId, name).name, PolicyName, PolicyDocument: encodePolicy(text) };
      },
    }),
    operation(`Delete${noun}Policy`, {
      input: named({ PolicyName: shapes.policyName }),
      requires: ({ name }, caller) => ask(`Delete${noun}Policy`, caller, name),
      handle: ({ name, PolicyName }, { accountId }) => {
        store.deletePolicy(accountId, name, PolicyName);
      },
    }),
    operation(`List${noun}Policies`, {
      input: named(shapes.paging),
      requires: ({ name }, caller) => ask(`List${noun}Policies`, caller, name),
      handle: (input, { accountId }) => {
        const names = [...get(accountId, input.name).inlinePolicies.keys()].sort(compare);
        const { items, rest } = pageOf(names, (name) => name, input);
        return { PolicyNames: items, ...rest };
      },
    }),
    operation(`Attach${noun}Policy`, {
      input: named({ PolicyArn: shapes.arn }),
      requires: ({ name, PolicyArn }, caller) =>
        ask(`Attach${noun}Policy`, caller, name, withPolicyArn(PolicyArn)),
      handle: ({ name, PolicyArn }, { accountId }) => {
        store.attachPolicy(accountId, name, PolicyArn);
      },
    }),
    operation(`Detach${noun}Policy`, {
      input: named({ PolicyArn: shapes.arn }),
      requires: ({ name, PolicyArn }, caller) =>
        ask(`Detach${noun}Policy`, caller, name, withPolicyArn(PolicyArn)),
      handle: ({ name, PolicyArn }, { accountId }) => {
        store.detachPolicy(accountId, name, PolicyArn);
      },
    }),
    operation(`ListAttached${noun}Policies`, {
      input: named({ ...shapes.paging, PathPrefix: v.optional(v.string(), '/') }),
      requires: ({ name }, caller) => ask(`ListAttached${noun}Policies`, caller, name),
      handle: (input, { accountId }) => {
        const attached = [...get(accountId, input.name).attachedPolicies]
          .map((arn) => directory.managedPolicies.get(accountId, arn))
          .filter((policy) => policy.path.startsWith(input.PathPrefix))
          .sort((a, b) => compare(a.arn, b.arn));
        const { items, rest } = pageOf(attached, (policy) => policy.arn, input);
        return {
          AttachedPolicies: items.map((policy) => ({ PolicyName: policy.name, PolicyArn: policy.arn })),
          ...rest,
        };
      },
    }),
    operation(`Put${noun}PermissionsBoundary`, {
      input: named({ PermissionsBoundary: shapes.arn }),
      requires: ({ name, PermissionsBoundary }, caller) =>
        ask(`Put${noun}PermissionsBoundary`, caller, name, boundaryContext(PermissionsBoundary)),
      handle: ({ name, PermissionsBoundary }, { accountId }) => {
        store.setPermissionsBoundary(accountId, name, PermissionsBoundary);
      },
    }),
    operation(`Delete${noun}PermissionsBoundary`, {
      input: named({}),
      requires: ({ name }, caller) => ask(`Delete${noun}PermissionsBoundary`, caller, name),
      handle: ({ name }, { accountId }) => {
        store.clearPermissionsBoundary(accountId, name);
      },
    }),
    operation(`Tag${noun}`, {
      input: named({ Tags: shapes.tags }),
      requires: ({ name, Tags }, caller) => ask(`Tag${noun}`, caller, name, requestTags(Tags)),
      handle: ({ name, Tags }, { accountId }) => {
        store.tag(accountId, name, tagEntries(Tags));
      },
    }),
    operation(`Untag${noun}`, {
      input: named({ TagKeys: shapes.tagKeys }),
      requires: ({ name, TagKeys }, caller) => ask(`Untag${noun}`, caller, name, { 'aws:TagKeys': TagKeys }),
      handle: ({ name, TagKeys }, { accountId }) => {
        store.untag(accountId, name, TagKeys);
      },
    }),
    operation(`List${noun}Tags`, {
      input: named(shapes.paging),
      requires: ({ name }, caller) => ask(`List${noun}Tags`, caller, name),
      handle: (input, { accountId }) => {
        const tags = tagList(get(accountId, input.name).tags).sort((a, b) => compare(a.Key, b.Key));
        const { items, rest } = pageOf(tags, (tag) => tag.Key, input);
        return { Tags: items, ...rest };
      },
    }),
  ];
}
