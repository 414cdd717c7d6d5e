import { requestTagKeys } from '@cross-account-api/iam';
import * as v from 'valibot';
import type { Directory } from '../../../identity/directory.ts';
import type { NewHolder, Role, User } from '../../../identity/holders.ts';
import { iamArn } from '../../../identity/identifiers.ts';
import type { Caller, Operation, Output, Permission } from '../../../protocols/operation.ts';
import { tagList } from '../../../protocols/shapes.ts';
import * as shapes from './input.ts';
import { boundaryContext, iamPermissions, listPage, operation, userNameOf } from './operation.ts';
import {
  encodePolicy,
  newAccessKey,
  roleDetail,
  roleSummary,
  tagEntries,
  userDetail,
  userSummary,
} from './output.ts';

/** The members of CreateRole and CreateUser that are the same. */
const newHolder = {
  Path: v.optional(shapes.path),
  PermissionsBoundary: v.optional(shapes.arn),
  Tags: v.optional(shapes.tags),
};

type NewHolderInput = v.InferOutput<v.ObjectSchema<typeof newHolder, undefined>>;

function mayCreate(
  kind: 'role' | 'user',
  name: string,
  { Path = '/', PermissionsBoundary, Tags }: NewHolderInput,
  { accountId }: Caller,
): Permission {
  const context = { ...boundaryContext(PermissionsBoundary), ...requestTagKeys(Tags) };
  return { resource: iamArn(accountId, kind, Path, name), context };
}

function holderOf(name: string, { Path, PermissionsBoundary, Tags = [] }: NewHolderInput): NewHolder {
  return { name, path: Path, permissionsBoundary: PermissionsBoundary, tags: tagEntries(Tags) };
}

/** The operations on roles and users: to create, read, change, list and delete them, with their policies, boundaries, tags and keys. */
export function holderOperations(directory: Directory): readonly Operation[] {
  const { roles, users } = directory;
  const permissions = iamPermissions(directory);
  const trustOf = (role: Role) => roles.trustPolicy(role).document;
  const detail = (role: Role) => ({ Role: roleDetail(role, trustOf(role)) });
  const settings = {
    Description: v.optional(shapes.description),
    MaxSessionDuration: v.optional(shapes.maxSessionDuration),
  };
  const maybeNamed = { UserName: v.optional(shapes.userName) };
  return [
    operation('CreateRole', {
      input: v.object({
        RoleName: shapes.roleName,
        AssumeRolePolicyDocument: shapes.policyDocument,
        ...settings,
        ...newHolder,
      }),
      requires: (input, caller) => mayCreate('role', input.RoleName, input, caller),
      handle: (input, { accountId }) =>
        detail(
          roles.create(accountId, {
            ...holderOf(input.RoleName, input),
            trustPolicy: input.AssumeRolePolicyDocument,
            description: input.Description,
            maxSessionDuration: input.MaxSessionDuration,
          }),
        ),
    }),
    operation('GetRole', {
      input: v.object({ RoleName: shapes.roleName }),
      requires: ({ RoleName }, caller) => permissions.role(caller, RoleName),
      handle: ({ RoleName }, { accountId }) => detail(roles.get(accountId, RoleName)),
    }),
    operation('UpdateAssumeRolePolicy', {
      input: v.object({ RoleName: shapes.roleName, PolicyDocument: shapes.policyDocument }),
      requires: ({ RoleName }, caller) => permissions.role(caller, RoleName),
      handle: ({ RoleName, PolicyDocument }, { accountId }) =>
        roles.updateTrustPolicy(accountId, RoleName, PolicyDocument),
    }),
    operation('UpdateRole', {
      input: v.object({ RoleName: shapes.roleName, ...settings }),
      requires: ({ RoleName }, caller) => permissions.role(caller, RoleName),
      handle: ({ RoleName, Description, MaxSessionDuration }, { accountId }) => {
        roles.update(accountId, RoleName, {
          description: Description,
          maxSessionDuration: MaxSessionDuration,
        });
        return {};
      },
    }),
    operation('CreateUser', {
      input: v.object({ UserName: shapes.userName, ...newHolder }),
      requires: (input, caller) => mayCreate('user', input.UserName, input, caller),
      handle: (input, { accountId }) => ({
        User: userDetail(users.create(accountId, holderOf(input.UserName, input))),
      }),
    }),
    operation('GetUser', {
      input: v.object(maybeNamed),
      requires: ({ UserName }, caller) => permissions.user(caller, UserName),
      handle: ({ UserName }, call) => ({
        User: userDetail(users.get(call.accountId, UserName ?? userNameOf(call))),
      }),
    }),
    operation('CreateAccessKey', {
      input: v.object(maybeNamed),
      requires: ({ UserName }, caller) => permissions.user(caller, UserName),
      handle: ({ UserName }, call) => {
        const name = UserName ?? userNameOf(call);
        return { AccessKey: newAccessKey(users.createAccessKey(call.accountId, name), name) };
      },
    }),
    operation('DeleteAccessKey', {
      input: v.object({ ...maybeNamed, AccessKeyId: shapes.accessKeyId }),
      requires: ({ UserName }, caller) => permissions.user(caller, UserName),
      handle: ({ UserName, AccessKeyId }, call) =>
        users.deleteAccessKey(call.accountId, UserName ?? userNameOf(call), AccessKeyId),
    }),
    listOperation('Role', roles, (role: Role) => roleSummary(role, trustOf(role))),
    listOperation('User', users, userSummary),
    ...operationsOn('Role', roles, shapes.roleName, permissions.role, directory),
    ...operationsOn('User', users, shapes.userName, permissions.user, directory),
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
