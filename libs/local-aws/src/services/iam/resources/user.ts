import * as v from 'valibot';
import type { Directory } from '../../../identity/directory.ts';
import type { User } from '../../../identity/entities.ts';
import { templateTags } from '../../../protocols/shapes.ts';
import { isChanged, type ResourceState, type ResourceType } from '../../resource-type.ts';
import * as shapes from '../operations/input.ts';
import {
  addPolicies,
  holderPermissions,
  removePolicies,
  replaceTags,
  tagsFor,
  updatePolicies,
} from './holder.ts';
import { inlinePolicies } from './properties.ts';

const properties = v.strictObject({
  ManagedPolicyArns: v.optional(v.array(shapes.arn)),
  Path: v.optional(shapes.path),
  PermissionsBoundary: v.optional(shapes.arn),
  Policies: v.optional(inlinePolicies),
  Tags: v.optional(templateTags),
  UserName: v.optional(shapes.userName),
});

/** `AWS::IAM::User`: `Ref` is the name; attribute `Arn`. */
export function userType(directory: Directory): ResourceType<typeof properties> {
  const { users } = directory;
  return {
    typeName: 'AWS::IAM::User',
    properties,
    replacedBy: ['UserName'],
    requires(change) {
      const { current, properties: wanted } = change;
      const name = current?.physicalId ?? wanted.UserName ?? change.generateName({ maxLength: 64 });
      return holderPermissions('User', users, change, name, isChanged(change, 'Path') ? ['UpdateUser'] : []);
    },
    async create(input, context) {
      const { accountId } = context;
      const user = users.create(accountId, {
        name: input.UserName ?? context.generateName({ maxLength: 64 }),
        path: input.Path,
        permissionsBoundary: input.PermissionsBoundary,
        tags: tagsFor(input, context),
      });
      try {
        addPolicies(users, accountId, user.name, input);
      } catch (error) {
        // The stack does not know the user yet, so nothing else could delete it.
        removePolicies(users, accountId, user.name, input);
        users.delete(accountId, user.name);
        throw error;
      }
      return stateOf(user);
    },
    async update(current, input, previous, context) {
      const { accountId } = context;
      const name = current.physicalId;
      users.move(accountId, name, input.Path ?? '/');
      updatePolicies(users, accountId, name, input, previous);
      replaceTags(users, accountId, name, tagsFor(input, context));
      return stateOf(users.get(accountId, name));
    },
    async delete(current, input, { accountId }) {
      const name = current.physicalId;
      if (users.find(accountId, name) === undefined) return;
      removePolicies(users, accountId, name, input);
      users.delete(accountId, name);
    },
  };
}

function stateOf(user: User): ResourceState {
  return { physicalId: user.name, attributes: { Arn: user.arn } };
}
