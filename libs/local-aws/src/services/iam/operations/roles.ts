import * as v from 'valibot';
import type { Directory } from '../../../identity/directory.ts';
import type { Role } from '../../../identity/entities.ts';
import type { Operation } from '../../../protocols/operation.ts';
import * as shapes from './input.ts';
import { boundaryContext, iamPermissions, listPage, operation, requestTags } from './operation.ts';
import { roleDetail, roleSummary, tagEntries } from './output.ts';

/** Create, read, update, list and delete roles. */
export function roleOperations(directory: Directory): readonly Operation[] {
  const { roles } = directory;
  const permissions = iamPermissions(directory);
  const detail = (role: Role) => roleDetail(role, roles.trustPolicy(role).document);
  const named = v.object({ RoleName: shapes.roleName });

  return [
    operation('CreateRole', {
      input: v.object({
        RoleName: shapes.roleName,
        AssumeRolePolicyDocument: shapes.policyDocument,
        Path: v.optional(shapes.path),
        Description: v.optional(shapes.description),
        MaxSessionDuration: v.optional(shapes.maxSessionDuration),
        PermissionsBoundary: v.optional(shapes.arn),
        Tags: v.optional(shapes.tags),
      }),
      requires: ({ RoleName, Path = '/', PermissionsBoundary, Tags }, caller) => {
        const permission = permissions.role(caller, RoleName, {
          ...boundaryContext(PermissionsBoundary),
          ...requestTags(Tags),
        });
        return { ...permission, resource: `arn:aws:iam::${caller.accountId}:role${Path}${RoleName}` };
      },
      handle: (input, { accountId }) => {
        const role = roles.create(accountId, {
          name: input.RoleName,
          trustPolicy: input.AssumeRolePolicyDocument,
          path: input.Path,
          description: input.Description,
          maxSessionDuration: input.MaxSessionDuration,
          permissionsBoundary: input.PermissionsBoundary,
          tags: tagEntries(input.Tags ?? []),
        });
        return { Role: detail(role) };
      },
    }),
    operation('GetRole', {
      input: named,
      requires: ({ RoleName }, caller) => permissions.role(caller, RoleName),
      handle: ({ RoleName }, { accountId }) => ({ Role: detail(roles.get(accountId, RoleName)) }),
    }),
    operation('ListRoles', {
      input: v.object({ ...shapes.paging, PathPrefix: v.optional(v.string(), '/') }),
      requires: (_input, { accountId }) => `arn:aws:iam::${accountId}:role/`,
      handle: (input, { accountId }) => {
        const list = roles.list(accountId).filter((role) => role.path.startsWith(input.PathPrefix));
        return listPage(
          'Roles',
          list,
          ({ name }) => name,
          input,
          (role) => roleSummary(role, roles.trustPolicy(role).document),
        );
      },
    }),
    operation('DeleteRole', {
      input: named,
      requires: ({ RoleName }, caller) => permissions.role(caller, RoleName),
      handle: ({ RoleName }, { accountId }) => {
        roles.delete(accountId, RoleName);
      },
    }),
    operation('UpdateAssumeRolePolicy', {
      input: v.object({ RoleName: shapes.roleName, PolicyDocument: shapes.policyDocument }),
      requires: ({ RoleName }, caller) => permissions.role(caller, RoleName),
      handle: ({ RoleName, PolicyDocument }, { accountId }) => {
        roles.updateTrustPolicy(accountId, RoleName, PolicyDocument);
      },
    }),
    operation('UpdateRole', {
      input: v.object({
        RoleName: shapes.roleName,
        Description: v.optional(shapes.description),
        MaxSessionDuration: v.optional(shapes.maxSessionDuration),
      }),
      requires: ({ RoleName }, caller) => permissions.role(caller, RoleName),
      handle: ({ RoleName, Description, MaxSessionDuration }, { accountId }) => {
        roles.update(accountId, RoleName, {
          description: Description,
          maxSessionDuration: MaxSessionDuration,
        });
        return {};
      },
    }),
  ];
}
