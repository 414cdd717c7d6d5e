import { requestTagKeys } from '@cross-account-api/iam';
import * as v from 'valibot';
import type { Directory } from '../../../identity/directory.ts';
import type { Role, User } from '../../../identity/entities.ts';
import type { Caller, Operation, Output, Permission } from '../../../protocols/operation.ts';
import { tagList } from '../../../protocols/shapes.ts';
import * as shapes from './input.ts';
import { boundaryContext, iamPermissions, listPage, operation } from './operation.ts';
import { encodePolicy, roleSummary, tagEntries, userSummary } from './output.ts';

/** The operations that roles and users both have: to list and delete them, and those on policies, boundaries and tags. */
export function holderOperations(directory: Directory): readonly Operation[] {
  const { role, user } = iamPermissions(directory);
  const { roles, users } = directory;
  const showRole = (each: Role) => roleSummary(each, roles.trustPolicy(each).document);
  return [
    listOperation('Role', roles, showRole),
    listOperation('User', users, userSummary),
    ...operationsOn('Role', roles, shapes.roleName, role, directory),
    ...operationsOn('User', users, shapes.userName, user, directory),
  ];
}

function listOperation<Holder extends Role | User>(
  noun: 'Role' | 'User',
  store: { list(accountId: string): readonly Holder[] },
  show: (holder: Holder) => object,
): Operation {
  return operation(`List${noun}s`, {
    input: v.object({ ...shapes.paging, PathPrefix: v.optional(v.string(), '/') }),
    requires: (_input, { accountId }) => `arn:aws:iam::${accountId}:${noun.toLowerCase()}/`,
    handle: (input, { accountId }) => {
      const found = store.list(accountId).filter(({ path }) => path.startsWith(input.PathPrefix));
      return listPage(`${noun}s`, found, input, ({ name }) => name, show);
    },
  });
}

function operationsOn(
  noun: 'Role' | 'User',
  store: Directory['roles'] | Directory['users'],
  nameShape: v.GenericSchema<unknown, string>,
  permission: (caller: Caller, name: string, context?: Permission['context']) => Permission,
  directory: Directory,
): readonly Operation[] {
  const nameMember = `${noun}Name`;
  /** An input with the member `RoleName` or `UserName`, which is handed on as `name`. */
  const named = <const Entries extends v.ObjectEntries>(entries: Entries) =>
    v.intersect([
      v.object(entries),
      v.pipe(
        v.object({ [nameMember]: nameShape }),
        v.transform((input) => ({ name: input[nameMember] ?? '' })),
      ),
    ]);
  const on = <Schema extends v.GenericSchema<unknown, { readonly name: string }>>(
    name: string,
    input: Schema,
    handle: (input: v.InferOutput<Schema>, accountId: string) => Output,
    context: (input: v.InferOutput<Schema>) => Permission['context'] = () => ({}),
  ) =>
    operation(name, {
      input,
      requires: (read, caller) => permission(caller, read.name, context(read)),
      handle: (read, { accountId }) => handle(read, accountId),
    });

  return [
    on(`Delete${noun}`, named({}), ({ name }, accountId) => store.delete(accountId, name)),

    on(
      `Put${noun}Policy`,
      named({ PolicyName: shapes.policyName, PolicyDocument: shapes.policyDocument }),
      ({ name, PolicyName, PolicyDocument }, accountId) =>
        store.putPolicy(accountId, name, PolicyName, PolicyDocument),
    ),
    on(`Get${noun}Policy`, named({ PolicyName: shapes.policyName }), ({ name, PolicyName }, accountId) => {
      const PolicyDocument = encodePolicy(store.inlinePolicy(accountId, name, PolicyName).text);
      return { [nameMember]: store.get(accountId, name).name, PolicyName, PolicyDocument };
    }),
    on(`Delete${noun}Policy`, named({ PolicyName: shapes.policyName }), ({ name, PolicyName }, accountId) =>
      store.deletePolicy(accountId, name, PolicyName),
    ),
    on(`List${noun}Policies`, named(shapes.paging), (input, accountId) => {
      const names = store.get(accountId, input.name).inlinePolicies.keys();
      return listPage('PolicyNames', names, input, (name) => name);
    }),

    ...(['Attach', 'Detach'] as const).map((verb) =>
      on(
        `${verb}${noun}Policy`,
        named({ PolicyArn: shapes.arn }),
        ({ name, PolicyArn }, accountId) =>
          store[verb === 'Attach' ? 'attachPolicy' : 'detachPolicy'](accountId, name, PolicyArn),
        ({ PolicyArn }) => ({ 'iam:PolicyARN': PolicyArn }),
      ),
    ),
    on(
      `ListAttached${noun}Policies`,
      named({ ...shapes.paging, PathPrefix: v.optional(v.string(), '/') }),
      (input, accountId) => {
        const attached = [...store.get(accountId, input.name).attachedPolicies]
          .map((arn) => directory.managedPolicies.get(accountId, arn))
          .filter((policy) => policy.path.startsWith(input.PathPrefix))
          .map(({ name, arn }) => ({ PolicyName: name, PolicyArn: arn }));
        return listPage('AttachedPolicies', attached, input, ({ PolicyArn }) => PolicyArn);
      },
    ),

    on(
      `Put${noun}PermissionsBoundary`,
      named({ PermissionsBoundary: shapes.arn }),
      ({ name, PermissionsBoundary }, accountId) =>
        store.setPermissionsBoundary(accountId, name, PermissionsBoundary),
      ({ PermissionsBoundary }) => boundaryContext(PermissionsBoundary),
    ),
    on(`Delete${noun}PermissionsBoundary`, named({}), ({ name }, accountId) =>
      store.clearPermissionsBoundary(accountId, name),
    ),

    on(
      `Tag${noun}`,
      named({ Tags: shapes.tags }),
      ({ name, Tags }, accountId) => store.tag(accountId, name, tagEntries(Tags)),
      ({ Tags }) => requestTagKeys(Tags),
    ),
    on(
      `Untag${noun}`,
      named({ TagKeys: shapes.tagKeys }),
      ({ name, TagKeys }, accountId) => store.untag(accountId, name, TagKeys),
      ({ TagKeys }) => ({ 'aws:TagKeys': TagKeys }),
    ),
    on(`List${noun}Tags`, named(shapes.paging), (input, accountId) => {
      const tags = tagList(store.get(accountId, input.name).tags);
      return listPage('Tags', tags, input, ({ Key }) => Key);
    }),
  ];
}
