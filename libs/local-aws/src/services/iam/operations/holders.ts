import { requestTagKeys } from '@cross-account-api/iam';
import * as v from 'valibot';
import { isoSeconds } from '../../../core/clock.ts';
import type { Directory } from '../../../identity/directory.ts';
import { validationError } from '../../../identity/errors.ts';
import type { Group, Holder, NewHolder, Role, User } from '../../../identity/holders.ts';
import { iamArn } from '../../../identity/identifiers.ts';
import type { OperationCaller, Output, Permission, ServiceOperation } from '../../../protocols/operation.ts';
import { tagList } from '../../../protocols/shapes.ts';
import {
  boundaryContext,
  encodePolicy,
  listPage,
  operation,
  permissionOn,
  permissionsToCreate,
  shapes,
  tagEntries,
} from './operation.ts';

/** The members that CreateRole and CreateUser share. */
const newHolder = {
  Path: v.optional(shapes.path),
  PermissionsBoundary: v.optional(shapes.arn),
  Tags: v.optional(shapes.tags, []),
};

type NewHolderInput = InputOf<typeof newHolder>;

const roleSettings = {
  Description: v.optional(shapes.description),
  MaxSessionDuration: v.optional(shapes.maxSessionDuration),
};

/** The operations on roles, users and groups, their policies, boundaries, tags and access keys. */
export function holderOperations(directory: Directory): readonly ServiceOperation[] {
  const { roles, users, groups } = directory;
  const onGroup = declarerOf('Group', directory, shapes.groupName);
  const onRole = declarerOf('Role', directory);
  const onUserOrCaller = declarerOf('User', directory, v.optional(shapes.holderName));
  const describeRole = (role: Role) => ({ Role: { ...detailOf(role, directory), RoleLastUsed: {} } });
  const describeUser = (user: User) => ({ User: detailOf(user, directory) });
  return [
    operation('CreateRole', {
      input: v.object({
        RoleName: shapes.holderName,
        AssumeRolePolicyDocument: shapes.policyDocument,
        ...roleSettings,
        ...newHolder,
      }),
      requires: (input, caller) => mayCreate('role', input.RoleName, input, caller),
      handle: (input, { accountId }) =>
        describeRole(
          roles.create(accountId, {
            ...holderOf(input.RoleName, input),
            trustPolicy: input.AssumeRolePolicyDocument,
            description: input.Description,
            maxSessionDuration: input.MaxSessionDuration,
          }),
        ),
    }),
    onRole('GetRole', {}, (at) => describeRole(roles.get(...at))),
    onRole('UpdateAssumeRolePolicy', { PolicyDocument: shapes.policyDocument }, (at, { PolicyDocument }) =>
      roles.updateTrustPolicy(...at, PolicyDocument),
    ),
    onRole('UpdateRole', roleSettings, (at, { Description, MaxSessionDuration }) => {
      roles.update(...at, { description: Description, maxSessionDuration: MaxSessionDuration });
      return {};
    }),
    operation('CreateUser', {
      input: v.object({ UserName: shapes.holderName, ...newHolder }),
      requires: (input, caller) => mayCreate('user', input.UserName, input, caller),
      handle: (input, { accountId }) =>
        describeUser(users.create(accountId, holderOf(input.UserName, input))),
    }),
    onUserOrCaller('GetUser', {}, (at) => describeUser(users.get(...at))),
    onUserOrCaller('CreateAccessKey', {}, (at) => {
      const { accessKeyId, secretAccessKey, createdAt } = users.createAccessKey(...at);
      return {
        AccessKey: {
          UserName: at[1],
          AccessKeyId: accessKeyId,
          SecretAccessKey: secretAccessKey,
          Status: 'Active',
          CreateDate: isoSeconds(createdAt),
        },
      };
    }),
    onUserOrCaller('DeleteAccessKey', { AccessKeyId: shapes.accessKeyId }, (at, { AccessKeyId }) =>
      users.deleteAccessKey(...at, AccessKeyId),
    ),
    onUserOrCaller('ListAccessKeys', shapes.paging, (at, input) =>
      listPage(
        'AccessKeyMetadata',
        users.accessKeys(...at),
        input,
        ({ accessKeyId }) => accessKeyId,
        ({ accessKeyId, createdAt }) => ({
          UserName: at[1],
          AccessKeyId: accessKeyId,
          Status: 'Active',
          CreateDate: isoSeconds(createdAt),
        }),
      ),
    ),
    operation('CreateGroup', {
      input: v.object({ GroupName: shapes.groupName, Path: v.optional(shapes.path, '/') }),
      requires: ({ GroupName, Path }, { accountId }) => iamArn(accountId, 'group', Path, GroupName),
      handle: ({ GroupName, Path }, { accountId }) => ({
        Group: summaryOf(groups.create(accountId, { name: GroupName, path: Path }), directory),
      }),
    }),
    onGroup('GetGroup', shapes.paging, ([accountId, name], input) => {
      const group = groups.get(accountId, name);
      const members = users.list(accountId).filter(({ uniqueId }) => group.members.has(uniqueId));
      const show = (user: User) => summaryOf(user, directory);
      return {
        Group: summaryOf(group, directory),
        ...listPage<User>('Users', members, input, ({ name: userName }) => userName, show),
      };
    }),
    onGroup('AddUserToGroup', { UserName: shapes.holderName }, ([accountId, name], { UserName }) =>
      groups.addUser(accountId, name, users.get(accountId, UserName)),
    ),
    onGroup('RemoveUserFromGroup', { UserName: shapes.holderName }, ([accountId, name], { UserName }) =>
      groups.removeUser(accountId, name, users.get(accountId, UserName)),
    ),
    declarerOf('User', directory)('ListGroupsForUser', shapes.paging, (at, input) =>
      listPage<Group>(
        'Groups',
        groups.of(users.get(...at)),
        input,
        ({ name }) => name,
        (group) => summaryOf(group, directory),
      ),
    ),
    ...operationsOn('Role', directory),
    ...operationsOn('User', directory),
    ...operationsOn('Group', directory),
  ];
}

function mayCreate(
  kind: 'role' | 'user',
  name: string,
  { Path = '/', PermissionsBoundary, Tags }: NewHolderInput,
  { accountId }: OperationCaller,
): Permission[] {
  const tagging = kind === 'role' ? 'iam:TagRole' : 'iam:TagUser';
  const resource = iamArn(accountId, kind, Path, name);
  return permissionsToCreate(resource, tagging, Tags, boundaryContext(PermissionsBoundary));
}

function holderOf(name: string, { Path, PermissionsBoundary, Tags }: NewHolderInput): NewHolder {
  return { name, path: Path, permissionsBoundary: PermissionsBoundary, tags: tagEntries(Tags) };
}

/** A role, user or group in a list: without tags and boundary. */
function summaryOf(holder: Holder, { roles }: Directory) {
  const noun = ({ role: 'Role', user: 'User', group: 'Group' } as const)[holder.kind];
  return {
    Path: holder.path,
    [`${noun}Name`]: holder.name,
    [`${noun}Id`]: holder.uniqueId,
    Arn: holder.arn,
    CreateDate: isoSeconds(holder.createdAt),
    ...(holder.kind === 'role' && {
      AssumeRolePolicyDocument: encodePolicy(roles.trustPolicy(holder).document),
      Description: holder.description,
      MaxSessionDuration: holder.maxSessionDuration,
    }),
  };
}

function detailOf(holder: Role | User, directory: Directory) {
  const { permissionsBoundary: boundary, tags } = holder;
  return {
    ...summaryOf(holder, directory),
    PermissionsBoundary: boundary && {
      PermissionsBoundaryType: 'Policy',
      PermissionsBoundaryArn: boundary,
    },
    Tags: tags.size === 0 ? undefined : tagList(tags),
  };
}

type InputOf<Entries extends v.ObjectEntries> = v.InferOutput<v.ObjectSchema<Entries, undefined>>;

type Place = readonly [accountId: string, name: string];

/** Makes the function that declares operations on one role, user or group. @param nameShape optional: defaults to the user that signed */
function declarerOf(
  noun: Noun,
  directory: Directory,
  nameShape: v.GenericSchema<unknown, string | undefined> = shapes.holderName,
) {
  const nameOf = (members: Record<string, unknown>, { principal }: Pick<OperationCaller, 'principal'>) => {
    const name = members[`${noun}Name`];
    if (typeof name === 'string') return name;
    if (principal.type === 'User') return principal.userName;
    throw validationError('Must specify userName when calling with non-User credentials');
  };
  return <const Entries extends v.ObjectEntries>(
    operationName: string,
    entries: Entries,
    handle: (at: Place, input: InputOf<Entries>) => Output,
    context: (input: InputOf<Entries>) => Permission['context'] = () => ({}),
  ): ServiceOperation => {
    const kind = kindOf(noun);
    return operation(operationName, {
      input: v.object({ ...entries, [`${noun}Name`]: nameShape }),
      requires: (members, caller) =>
        permissionOn(
          directory,
          kind,
          caller.accountId,
          nameOf(members, caller),
          context(members as InputOf<Entries>),
        ),
      handle: (members, call) => handle([call.accountId, nameOf(members, call)], members as InputOf<Entries>),
    });
  };
}

type Noun = 'Role' | 'User' | 'Group';

function kindOf(noun: Noun): Holder['kind'] {
  return noun.toLowerCase() as Lowercase<Noun>;
}

function operationsOn(noun: Noun, directory: Directory): readonly ServiceOperation[] {
  const { roles, users, groups, managedPolicies } = directory;
  const holders: Directory['roles'] | Directory['users'] | Directory['groups'] = {
    role: roles,
    user: users,
    group: groups,
  }[kindOf(noun)];
  const on = declarerOf(noun, directory, noun === 'Group' ? shapes.groupName : shapes.holderName);
  const ofPolicies = [
    operation(`List${noun}s`, {
      input: v.object({ ...shapes.paging, PathPrefix: v.optional(v.string(), '/') }),
      requires: (_input, { accountId }) => `arn:aws:iam::${accountId}:${noun.toLowerCase()}/`,
      handle: (input, { accountId }) => {
        const found = holders.list(accountId).filter(({ path }) => path.startsWith(input.PathPrefix));
        return listPage<Holder>(
          `${noun}s`,
          found,
          input,
          ({ name }) => name,
          (holder) => summaryOf(holder, directory),
        );
      },
    }),
    on(`Delete${noun}`, {}, (at) =>
      noun === 'User' ? users.delete(...at, groups.of(users.get(...at))) : holders.delete(...at),
    ),

    on(
      `Put${noun}Policy`,
      { PolicyName: shapes.policyName, PolicyDocument: shapes.policyDocument },
      (at, { PolicyName, PolicyDocument }) => holders.putPolicy(...at, PolicyName, PolicyDocument),
    ),
    on(`Get${noun}Policy`, { PolicyName: shapes.policyName }, (at, { PolicyName }) => {
      const PolicyDocument = encodePolicy(holders.inlinePolicy(...at, PolicyName).text);
      return { [`${noun}Name`]: holders.get(...at).name, PolicyName, PolicyDocument };
    }),
    on(`Delete${noun}Policy`, { PolicyName: shapes.policyName }, (at, { PolicyName }) =>
      holders.deletePolicy(...at, PolicyName),
    ),
    on(`List${noun}Policies`, shapes.paging, (at, input) => {
      const names = holders.get(...at).inlinePolicies.keys();
      return listPage('PolicyNames', names, input, (name) => name);
    }),

    ...(['Attach', 'Detach'] as const).map((verb) =>
      on(
        `${verb}${noun}Policy`,
        { PolicyArn: shapes.policyArn },
        (at, { PolicyArn }) => holders[verb === 'Attach' ? 'attachPolicy' : 'detachPolicy'](...at, PolicyArn),
        ({ PolicyArn }) => ({ 'iam:PolicyARN': PolicyArn }),
      ),
    ),
    on(`ListAttached${noun}Policies`, shapes.paging, (at, input) => {
      const attached = [...holders.get(...at).attachedPolicies]
        .map((arn) => managedPolicies.get(at[0], arn))
        .map((policy) => ({ PolicyName: policy.name, PolicyArn: policy.arn }));
      return listPage('AttachedPolicies', attached, input, ({ PolicyArn }) => PolicyArn);
    }),
  ];
  if (noun === 'Group') return ofPolicies;
  return [
    ...ofPolicies,
    on(
      `Put${noun}PermissionsBoundary`,
      { PermissionsBoundary: shapes.arn },
      (at, { PermissionsBoundary }) => holders.setPermissionsBoundary(...at, PermissionsBoundary),
      ({ PermissionsBoundary }) => boundaryContext(PermissionsBoundary),
    ),
    on(`Delete${noun}PermissionsBoundary`, {}, (at) => holders.clearPermissionsBoundary(...at)),

    on(
      `Tag${noun}`,
      { Tags: shapes.tags },
      (at, { Tags }) => holders.tag(...at, tagEntries(Tags)),
      ({ Tags }) => requestTagKeys(Tags),
    ),
    on(
      `Untag${noun}`,
      { TagKeys: shapes.tagKeys },
      (at, { TagKeys }) => holders.untag(...at, TagKeys),
      ({ TagKeys }) => ({ 'aws:TagKeys': TagKeys }),
    ),
    on(`List${noun}Tags`, shapes.paging, (at, input) =>
      listPage('Tags', tagList(holders.get(...at).tags), input, ({ Key }) => Key),
    ),
  ];
}
