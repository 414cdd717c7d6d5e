import { requestTagKeys } from '@cross-account-api/iam';
import * as v from 'valibot';
import { iamArn } from '../../../identity/arn.ts';
import type { Directory } from '../../../identity/directory.ts';
import type { Role } from '../../../identity/entities.ts';
import type { Operation } from '../../../protocols/operation.ts';
import * as shapes from './input.ts';
import { boundaryContext, iamPermissions, operation } from './operation.ts';
import { roleDetail, tagEntries } from './output.ts';

/** Create, read and update roles. */
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
      requires: ({ RoleName, Path = '/', PermissionsBoundary, Tags }, { accountId }) => ({
        resource: iamArn(accountId, 'role', Path, RoleName),
        context: { ...boundaryContext(PermissionsBoundary), ...requestTagKeys(Tags) },
      }),
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
