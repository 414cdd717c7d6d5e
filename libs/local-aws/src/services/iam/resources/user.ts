import { requestTagKeys } from '@cross-account-api/iam';
import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import type { Directory } from '../../../identity/directory.ts';
import type { User } from '../../../identity/holders.ts';
import { iamArn } from '../../../identity/identifiers.ts';
import { templateTags, wholeNumber } from '../../../protocols/shapes.ts';
import {
  type ResourceContext,
  type ResourcePermission,
  type ResourceType,
  tagsChange,
} from '../../resource-type.ts';
import { boundaryContext, permissionOn, shapes, tagEntries } from '../operations/operation.ts';
import { type Rights, rights, rightsPermissions, setRights } from './rights.ts';

const properties = v.strictObject({
  ...rights,
  Groups: v.optional(v.array(shapes.groupName), []),
  Path: v.optional(shapes.path),
  Tags: v.optional(templateTags),
  UserName: v.optional(shapes.holderName),
});

type Properties = v.InferOutput<typeof properties>;

/** `AWS::IAM::User`: `Ref` is the name; attribute `Arn`. */
export function userType(directory: Directory): ResourceType<typeof properties> {
  const { users, groups } = directory;
  const nameFor = ({ UserName }: Properties, context: ResourceContext) =>
    UserName ?? context.generateName({ maxLength: 64 });
  /** The stack's tags, overridden by the user's tags. */
  const tagsFor = ({ Tags = [] }: Partial<Properties>, context: ResourceContext) => ({
    ...context.tags,
    ...tagEntries(Tags),
  });
  const setGroups = (
    accountId: string,
    name: string,
    before: readonly string[],
    after: readonly string[],
  ) => {
    const user = users.get(accountId, name);
    for (const group of before) {
      if (!after.includes(group) && groups.find(accountId, group) !== undefined) {
        groups.removeUser(accountId, group, user);
      }
    }
    for (const group of after) groups.addUser(accountId, group, user);
  };
  const stateOf = ({ name, arn }: User) => ({ physicalId: name, attributes: { Arn: arn } });

  return {
    typeName: 'AWS::IAM::User',
    properties,
    instead: {
      LoginProfile:
        'Local AWS has no console of AWS to sign in to. Leave it out, or create it with iam:CreateLoginProfile on AWS',
    },
    replacedBy: ['UserName'],
    requires(change) {
      const { accountId, handler, current, properties: wanted } = change;
      const name = current?.physicalId ?? nameFor(wanted, change);
      const before: Rights = handler === 'create' ? {} : (change.previous ?? wanted);
      const after: Partial<Properties> = handler === 'delete' ? {} : wanted;
      const groupsBefore = handler === 'create' ? [] : (change.previous ?? wanted).Groups;
      const onGroups = (action: string, some: readonly string[], others: readonly string[] = []) =>
        some
          .filter((group) => !others.includes(group))
          .map((group) => ({ action, ...permissionOn(directory, 'group', accountId, group) }));
      const permission = (operation: string, context = {}): ResourcePermission => ({
        action: `iam:${operation}`,
        ...(handler === 'create'
          ? {
              resource: iamArn(accountId, 'user', wanted.Path ?? '/', name),
              context: { ...boundaryContext(after.PermissionsBoundary), ...context },
            }
          : permissionOn(directory, 'user', accountId, name, context)),
      });
      const tags = requestTagKeys(
        Object.entries(tagsFor(after, change)).map(([Key, Value]) => ({ Key, Value })),
      );
      return [
        handler === 'create' && permission('CreateUser', tags),
        tagsChange(change) && permission('TagUser', tags),
        ...rightsPermissions('User', handler, permission, after, before),
        ...onGroups('iam:AddUserToGroup', after.Groups ?? [], groupsBefore),
        ...onGroups('iam:RemoveUserFromGroup', groupsBefore, after.Groups),
        handler === 'delete' && permission('DeleteUser'),
      ].filter((each) => each !== false);
    },
    async create(input, context) {
      const { accountId } = context;
      const name = nameFor(input, context);
      const user = users.create(accountId, {
        name,
        path: input.Path,
        permissionsBoundary: input.PermissionsBoundary,
        tags: tagsFor(input, context),
      });
      try {
        setRights(users, accountId, name, input, {});
        setGroups(accountId, name, [], input.Groups);
      } catch (error) {
        // The stack does not know the user yet, so nothing else could delete it.
        setGroups(accountId, name, input.Groups, []);
        setRights(users, accountId, name, {}, input);
        users.delete(accountId, name);
        throw error;
      }
      return stateOf(user);
    },
    async update({ physicalId: name }, input, previous, context) {
      const { accountId } = context;
      if ((input.Path ?? '/') !== (previous.Path ?? '/')) {
        const message = `local AWS does not implement a new Path for the user ${name}: give the user a new UserName, too.`;
        throw new AwsError('NotImplemented', message, 501);
      }
      setRights(users, accountId, name, input, previous);
      setGroups(accountId, name, previous.Groups, input.Groups);
      users.untag(accountId, name, [...users.get(accountId, name).tags.keys()]);
      users.tag(accountId, name, tagsFor(input, context));
      return stateOf(users.get(accountId, name));
    },
    async delete({ physicalId: name }, input, { accountId }) {
      if (users.find(accountId, name) === undefined) return;
      setGroups(accountId, name, input.Groups, []);
      setRights(users, accountId, name, {}, input);
      users.delete(accountId, name, groups.of(users.get(accountId, name)));
    },
  };
}

const keyProperties = v.strictObject({
  Serial: v.optional(wholeNumber(0, Number.MAX_SAFE_INTEGER)),
  Status: v.optional(v.literal('Active')),
  UserName: shapes.holderName,
});

/** `AWS::IAM::AccessKey`: `Ref` is the ID of the key; attribute `SecretAccessKey`. */
export function accessKeyType(directory: Directory): ResourceType<typeof keyProperties> {
  const { users } = directory;
  return {
    typeName: 'AWS::IAM::AccessKey',
    properties: keyProperties,
    replacedBy: ['Serial', 'UserName'],
    requires: ({ accountId, handler, properties: { UserName } }) =>
      handler === 'update'
        ? []
        : [
            {
              action: handler === 'create' ? 'iam:CreateAccessKey' : 'iam:DeleteAccessKey',
              ...permissionOn(directory, 'user', accountId, UserName),
            },
          ],
    async create({ UserName }, { accountId }) {
      const { accessKeyId, secretAccessKey } = users.createAccessKey(accountId, UserName);
      return { physicalId: accessKeyId, attributes: { SecretAccessKey: secretAccessKey } };
    },
    update: async (current) => current,
    async delete({ physicalId }, { UserName }, { accountId }) {
      if (users.find(accountId, UserName) === undefined || users.findAccessKey(physicalId) === undefined)
        return;
      users.deleteAccessKey(accountId, UserName, physicalId);
    },
  };
}
