import { requestTagKeys } from '@cross-account-api/iam';
import * as v from 'valibot';
import { isoSeconds } from '../../../core/clock.ts';
import type { Directory } from '../../../identity/directory.ts';
import { validationError } from '../../../identity/errors.ts';
import type { NewHolder, Role, User } from '../../../identity/holders.ts';
import { iamArn } from '../../../identity/identifiers.ts';
import type { Caller, Operation, Output, Permission } from '../../../protocols/operation.ts';
import { tagList } from '../../../protocols/shapes.ts';
import {
  boundaryContext,
  encodePolicy,
  listPage,
  operation,
  permissionOn,
  shapes,
  tagEntries,
} from './operation.ts';

/** The members that CreateRole and CreateUser share. */
const newHolder = {
  Path: v.optional(shapes.path),
  PermissionsBoundary: v.optional(shapes.arn),
  Tags: v.optional(shapes.tags),
};

type NewHolderInput = InputOf<typeof newHolder>;

const roleSettings = {
  Description: v.optional(shapes.description),
  MaxSessionDuration: v.optional(shapes.maxSessionDuration),
};

/** The operations on roles and users, their policies, boundaries, tags and access keys. */
export function holderOperations(directory: Directory): readonly Operation[] {
  const { roles, users } = directory;
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
    ...operationsOn('Role', directory),
    ...operationsOn('User', directory),
  ];
}

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

/** A role or user in a list: without tags and boundary. */
function summaryOf(holder: Role | User, { roles }: Directory) {
  const noun = holder.kind === 'role' ? 'Role' : 'User';
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

/** Makes the function that declares operations on one role or user. @param nameShape optional: defaults to the user that signed */
function declarerOf(
  noun: 'Role' | 'User',
  directory: Directory,
  nameShape: v.GenericSchema<unknown, string | undefined> = shapes.holderName,
) {
  const nameOf = (members: Record<string, unknown>, { principal }: Pick<Caller, 'principal'>) => {
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
  ): Operation => {
    const kind = noun === 'Role' ? 'role' : 'user';
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

function operationsOn(noun: 'Role' | 'User', directory: Directory): readonly Operation[] {
  const { roles, users, managedPolicies } = directory;
  const holders: Directory['roles'] | Directory['users'] = noun === 'Role' ? roles : users;
  const on = declarerOf(noun, directory);
  return [
    operation(`List${noun}s`, {
      input: v.object({ ...shapes.paging, PathPrefix: v.optional(v.string(), '/') }),
      requires: (_input, { accountId }) => `arn:aws:iam::${accountId}:${noun.toLowerCase()}/`,
      handle: (input, { accountId }) => {
        const found = holders.list(accountId).filter(({ path }) => path.startsWith(input.PathPrefix));
        return listPage<Role | User>(
          `${noun}s`,
          found,
          input,
          ({ name }) => name,
          (holder) => summaryOf(holder, directory),
        );
      },
    }),
    on(`Delete${noun}`, {}, (at) => holders.delete(...at)),

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
