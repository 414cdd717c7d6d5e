import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import type { Directory } from '../../../identity/directory.ts';
import type { Group } from '../../../identity/holders.ts';
import { iamArn } from '../../../identity/identifiers.ts';
import type { ResourceContext, ResourcePermission, ResourceType } from '../../resource-type.ts';
import { permissionOn, shapes } from '../operations/operation.ts';
import { type Rights, rights, rightsPermissions, setRights } from './rights.ts';

const { PermissionsBoundary: _, ...rightsOfGroup } = rights;

const properties = v.strictObject({
  ...rightsOfGroup,
  GroupName: v.optional(shapes.groupName),
  Path: v.optional(shapes.path),
});

type Properties = v.InferOutput<typeof properties>;

/** `AWS::IAM::Group`: `Ref` is the name; attribute `Arn`. */
export function groupType(directory: Directory): ResourceType<typeof properties> {
  const { groups } = directory;
  const nameFor = ({ GroupName }: Properties, context: ResourceContext) =>
    GroupName ?? context.generateName({ maxLength: 128 });
  const stateOf = ({ name, arn }: Group) => ({ physicalId: name, attributes: { Arn: arn } });

  return {
    typeName: 'AWS::IAM::Group',
    properties,
    replacedBy: ['GroupName'],
    requires(change) {
      const { accountId, handler, current, properties: wanted } = change;
      const name = current?.physicalId ?? nameFor(wanted, change);
      const before: Rights = handler === 'create' ? {} : (change.previous ?? wanted);
      const after: Rights = handler === 'delete' ? {} : wanted;
      const permission = (operation: string, context = {}): ResourcePermission => ({
        action: `iam:${operation}`,
        ...(handler === 'create'
          ? { resource: iamArn(accountId, 'group', wanted.Path ?? '/', name), context }
          : permissionOn(directory, 'group', accountId, name, context)),
      });
      return [
        handler === 'create' && permission('CreateGroup'),
        ...rightsPermissions('Group', handler, permission, after, before),
        handler === 'delete' && permission('DeleteGroup'),
      ].filter((each) => each !== false);
    },
    async create(input, context) {
      const { accountId } = context;
      const name = nameFor(input, context);
      const group = groups.create(accountId, { name, path: input.Path });
      try {
        setRights(groups, accountId, name, input, {});
      } catch (error) {
        // The stack does not know the group yet, so nothing else could delete it.
        setRights(groups, accountId, name, {}, input);
        groups.delete(accountId, name);
        throw error;
      }
      return stateOf(group);
    },
    async update({ physicalId: name }, input, previous, { accountId }) {
      if ((input.Path ?? '/') !== (previous.Path ?? '/')) {
        const message = `local AWS does not implement a new Path for the group ${name}: give the group a new GroupName, too.`;
        throw new AwsError('NotImplemented', message, 501);
      }
      setRights(groups, accountId, name, input, previous);
      return stateOf(groups.get(accountId, name));
    },
    async delete({ physicalId: name }, input, { accountId }) {
      if (groups.find(accountId, name) === undefined) return;
      setRights(groups, accountId, name, {}, input);
      groups.delete(accountId, name);
    },
  };
}

const additionProperties = v.strictObject({
  GroupName: shapes.groupName,
  Users: v.pipe(v.array(shapes.holderName), v.minLength(1, 'At least one user must be given.')),
});

/** `AWS::IAM::UserToGroupAddition`: `Ref` is a generated ID. */
export function userToGroupAdditionType(directory: Directory): ResourceType<typeof additionProperties> {
  type Addition = v.InferOutput<typeof additionProperties>;
  const { groups, users } = directory;
  const add = (accountId: string, { GroupName, Users }: Addition) => {
    for (const name of Users) groups.addUser(accountId, GroupName, users.get(accountId, name));
  };
  /** The users who leave the group. */
  const leaving = ({ GroupName, Users }: Addition, next?: Addition) =>
    Users.filter((name) => next?.GroupName !== GroupName || !next.Users.includes(name));
  const remove = (accountId: string, from: Addition, next?: Addition) => {
    if (groups.find(accountId, from.GroupName) === undefined) return;
    for (const name of leaving(from, next)) {
      const user = users.find(accountId, name);
      if (user !== undefined) groups.removeUser(accountId, from.GroupName, user);
    }
  };

  return {
    typeName: 'AWS::IAM::UserToGroupAddition',
    properties: additionProperties,
    replacedBy: [],
    requires({ accountId, handler, properties: wanted, previous = wanted }) {
      const removed = { create: [], update: leaving(previous, wanted), delete: wanted.Users }[handler];
      const on = (action: string, { GroupName }: Addition) => ({
        action,
        ...permissionOn(directory, 'group', accountId, GroupName),
      });
      return [
        ...(handler === 'delete' ? [] : [on('iam:AddUserToGroup', wanted)]),
        ...(removed.length === 0 ? [] : [on('iam:RemoveUserFromGroup', previous)]),
      ];
    },
    async create(input, context) {
      try {
        add(context.accountId, input);
      } catch (error) {
        // The stack does not know the addition yet, so nothing else could undo it.
        remove(context.accountId, input);
        throw error;
      }
      return { physicalId: context.generateName(), attributes: {} };
    },
    async update(current, input, previous, { accountId }) {
      add(accountId, input);
      remove(accountId, previous, input);
      return current;
    },
    async delete(_current, input, { accountId }) {
      remove(accountId, input);
    },
  };
}
