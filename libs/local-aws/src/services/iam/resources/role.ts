import * as v from 'valibot';
import type { Directory } from '../../../identity/directory.ts';
import type { Role } from '../../../identity/entities.ts';
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
import { inlinePolicies, policyDocument, wholeNumber } from './properties.ts';

const properties = v.strictObject({
  AssumeRolePolicyDocument: policyDocument,
  Description: v.optional(shapes.description),
  ManagedPolicyArns: v.optional(v.array(shapes.arn)),
  MaxSessionDuration: v.optional(v.pipe(wholeNumber, v.minValue(3_600), v.maxValue(43_200))),
  Path: v.optional(shapes.path),
  PermissionsBoundary: v.optional(shapes.arn),
  Policies: v.optional(inlinePolicies),
  RoleName: v.optional(shapes.roleName),
  Tags: v.optional(templateTags),
});

/** `AWS::IAM::Role`: `Ref` is the name; attributes `Arn` and `RoleId`. */
export function roleType(directory: Directory): ResourceType<typeof properties> {
  const { roles } = directory;
  return {
    typeName: 'AWS::IAM::Role',
    properties,
    replacedBy: ['Path', 'RoleName'],
    requires(change) {
      const { current, properties: wanted } = change;
      const name = current?.physicalId ?? wanted.RoleName ?? change.generateName({ maxLength: 64 });
      return holderPermissions('Role', roles, change, name, [
        ...(isChanged(change, 'AssumeRolePolicyDocument') ? ['UpdateAssumeRolePolicy'] : []),
        ...(isChanged(change, 'Description', 'MaxSessionDuration') ? ['UpdateRole'] : []),
      ]);
    },
    async create(input, context) {
      const { accountId } = context;
      const role = roles.create(accountId, {
        name: input.RoleName ?? context.generateName({ maxLength: 64 }),
        trustPolicy: input.AssumeRolePolicyDocument,
        path: input.Path,
        description: input.Description,
        maxSessionDuration: input.MaxSessionDuration,
        permissionsBoundary: input.PermissionsBoundary,
        tags: tagsFor(input, context),
      });
      try {
        addPolicies(roles, accountId, role.name, input);
      } catch (error) {
        // The stack does not know the role yet, so nothing else could delete it.
        removePolicies(roles, accountId, role.name, input);
        roles.delete(accountId, role.name);
        throw error;
      }
      return stateOf(role);
    },
    async update(current, input, previous, context) {
      const { accountId } = context;
      const name = current.physicalId;
      roles.updateTrustPolicy(accountId, name, input.AssumeRolePolicyDocument);
      roles.update(accountId, name, {
        description: input.Description ?? '',
        maxSessionDuration: input.MaxSessionDuration ?? 3_600,
      });
      updatePolicies(roles, accountId, name, input, previous);
      replaceTags(roles, accountId, name, tagsFor(input, context));
      return stateOf(roles.get(accountId, name));
    },
    async delete(current, input, { accountId }) {
      const name = current.physicalId;
      if (roles.find(accountId, name) === undefined) return;
      removePolicies(roles, accountId, name, input);
      roles.delete(accountId, name);
    },
  };
}

function stateOf(role: Role): ResourceState {
  return { physicalId: role.name, attributes: { Arn: role.arn, RoleId: role.uniqueId } };
}
