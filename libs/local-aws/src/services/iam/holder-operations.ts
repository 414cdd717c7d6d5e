import * as v from 'valibot';
import type { Directory } from '../../identity/directory.ts';
import type { Role, User } from '../../identity/entities.ts';
import { compare } from '../../identity/managed-policies.ts';
import { inlinePolicy } from '../../identity/policy-holders.ts';
import type { RouteQuestion } from '../../pipeline/endpoint.ts';
import { type Caller, type Operation, operation } from '../../protocols/operation.ts';
import { encodePolicy, tagEntries, tagList } from './documents.ts';
import { pageOf } from './paging.ts';
import { boundaryContext, iamQuestions, requestTags } from './questions.ts';
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
export function holderOperations(directory: Directory): Readonly<Record<string, Operation>> {
  const questions = iamQuestions(directory);
  return {
    ...operationsOf(
      {
        noun: 'Role',
        nameShape: shapes.roleName,
        store: directory.roles,
        get: (accountId, name) => directory.roles.get(accountId, name),
        ask: (action, caller, name, context) => questions.role(action, caller, name, context),
      },
      directory,
    ),
    ...operationsOf(
      {
        noun: 'User',
        nameShape: shapes.userName,
        store: directory.users,
        get: (accountId, name) => directory.users.get(accountId, name),
        ask: (action, caller, name, context) => questions.user(action, caller, name, context),
      },
      directory,
    ),
  };
}

function operationsOf(holders: Holders, directory: Directory): Record<string, Operation> {
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

  return {
    [`Put${noun}Policy`]: operation({
      input: named({ PolicyName: shapes.policyName, PolicyDocument: shapes.policyDocument }),
      questions: ({ name }, caller) => ask(`Put${noun}Policy`, caller, name),
      handle: ({ name, PolicyName, PolicyDocument }, { accountId }) => {
        store.putPolicy(accountId, name, PolicyName, PolicyDocument);
        return undefined;
      },
    }),
    [`Get${noun}Policy`]: operation({
      input: named({ PolicyName: shapes.policyName }),
      questions: ({ name }, caller) => ask(`Get${noun}Policy`, caller, name),
      handle: ({ name, PolicyName }, { accountId }) => {
        const holder = get(accountId, name);
        const { text } = inlinePolicy(holder, PolicyName);
        return { [`${noun}Name`]: holder.name, PolicyName, PolicyDocument: encodePolicy(text) };
      },
    }),
    [`Delete${noun}Policy`]: operation({
      input: named({ PolicyName: shapes.policyName }),
      questions: ({ name }, caller) => ask(`Delete${noun}Policy`, caller, name),
      handle: ({ name, PolicyName }, { accountId }) => {
        store.deletePolicy(accountId, name, PolicyName);
        return undefined;
      },
    }),
    [`List${noun}Policies`]: operation({
      input: named(shapes.paging),
      questions: ({ name }, caller) => ask(`List${noun}Policies`, caller, name),
      handle: (input, { accountId }) => {
        const names = [...get(accountId, input.name).inlinePolicies.keys()].sort(compare);
        const { items, rest } = pageOf(names, (name) => name, input);
        return { PolicyNames: items, ...rest };
      },
    }),
    [`Attach${noun}Policy`]: operation({
      input: named({ PolicyArn: shapes.arn }),
      questions: ({ name, PolicyArn }, caller) =>
        ask(`Attach${noun}Policy`, caller, name, withPolicyArn(PolicyArn)),
      handle: ({ name, PolicyArn }, { accountId }) => {
        store.attachPolicy(accountId, name, PolicyArn);
        return undefined;
      },
    }),
    [`Detach${noun}Policy`]: operation({
      input: named({ PolicyArn: shapes.arn }),
      questions: ({ name, PolicyArn }, caller) =>
        ask(`Detach${noun}Policy`, caller, name, withPolicyArn(PolicyArn)),
      handle: ({ name, PolicyArn }, { accountId }) => {
        store.detachPolicy(accountId, name, PolicyArn);
        return undefined;
      },
    }),
    [`ListAttached${noun}Policies`]: operation({
      input: named({ ...shapes.paging, PathPrefix: v.optional(v.string(), '/') }),
      questions: ({ name }, caller) => ask(`ListAttached${noun}Policies`, caller, name),
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
    [`Put${noun}PermissionsBoundary`]: operation({
      input: named({ PermissionsBoundary: shapes.arn }),
      questions: ({ name, PermissionsBoundary }, caller) =>
        ask(`Put${noun}PermissionsBoundary`, caller, name, boundaryContext(PermissionsBoundary)),
      handle: ({ name, PermissionsBoundary }, { accountId }) => {
        store.setPermissionsBoundary(accountId, name, PermissionsBoundary);
        return undefined;
      },
    }),
    [`Delete${noun}PermissionsBoundary`]: operation({
      input: named({}),
      questions: ({ name }, caller) => ask(`Delete${noun}PermissionsBoundary`, caller, name),
      handle: ({ name }, { accountId }) => {
        store.clearPermissionsBoundary(accountId, name);
        return undefined;
      },
    }),
    [`Tag${noun}`]: operation({
      input: named({ Tags: shapes.tags }),
      questions: ({ name, Tags }, caller) => ask(`Tag${noun}`, caller, name, requestTags(Tags)),
      handle: ({ name, Tags }, { accountId }) => {
        store.tag(accountId, name, tagEntries(Tags));
        return undefined;
      },
    }),
    [`Untag${noun}`]: operation({
      input: named({ TagKeys: shapes.tagKeys }),
      questions: ({ name, TagKeys }, caller) => ask(`Untag${noun}`, caller, name, { 'aws:TagKeys': TagKeys }),
      handle: ({ name, TagKeys }, { accountId }) => {
        store.untag(accountId, name, TagKeys);
        return undefined;
      },
    }),
    [`List${noun}Tags`]: operation({
      input: named(shapes.paging),
      questions: ({ name }, caller) => ask(`List${noun}Tags`, caller, name),
      handle: (input, { accountId }) => {
        const tags = tagList(get(accountId, input.name).tags).sort((a, b) => compare(a.Key, b.Key));
        const { items, rest } = pageOf(tags, (tag) => tag.Key, input);
        return { Tags: items, ...rest };
      },
    }),
  };
}
