import * as v from 'valibot';
import type { Directory } from '../../identity/directory.ts';
import type { Role } from '../../identity/entities.ts';
import type { Operation } from '../../protocols/operation.ts';
import { roleDetail, roleSummary, tagEntries } from './documents.ts';
import { pageOf } from './paging.ts';
import { boundaryContext, iamQuestions, operation, requestTags } from './questions.ts';
import * as shapes from './shapes.ts';

/** Create, read, update, list and delete roles. */
export function roleOperations(directory: Directory): readonly Operation[] {
  const { roles } = directory;
  const questions = iamQuestions(directory);
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
        const [question] = questions.role('CreateRole', caller, RoleName, {
          ...boundaryContext(PermissionsBoundary),
          ...requestTags(Tags),
        });
        const resource = `arn:aws:iam::${caller.accountId}:role${Path}${RoleName}`;
        return question === undefined ? [] : [{ ...question, resource }];
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
      requires: ({ RoleName }, caller) => questions.role('GetRole', caller, RoleName),
      handle: ({ RoleName }, { accountId }) => ({ Role: detail(roles.get(accountId, RoleName)) }),
    }),
    operation('ListRoles', {
      input: v.object({ ...shapes.paging, PathPrefix: v.optional(v.string(), '/') }),
      requires: (_input, { accountId }) => [
        {
          action: 'iam:ListRoles',
          resource: `arn:aws:iam::${accountId}:role/`,
          resourceAccountId: accountId,
        },
      ],
      handle: (input, { accountId }) => {
        const list = roles.list(accountId).filter((role) => role.path.startsWith(input.PathPrefix));
        const { items, rest } = pageOf(list, (role) => role.name, input);
        return { Roles: items.map((role) => roleSummary(role, roles.trustPolicy(role).document)), ...rest };
      },
    }),
    operation('DeleteRole', {
      input: named,
      requires: ({ RoleName }, caller) => questions.role('DeleteRole', caller, RoleName),
      handle: ({ RoleName }, { accountId }) => {
        roles.delete(accountId, RoleName);
      },
    }),
    operation('UpdateAssumeRolePolicy', {
      input: v.object({ RoleName: shapes.roleName, PolicyDocument: shapes.policyDocument }),
      requires: ({ RoleName }, caller) => questions.role('UpdateAssumeRolePolicy', caller, RoleName),
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
      requires: ({ RoleName }, caller) => questions.role('UpdateRole', caller, RoleName),
      handle: ({ RoleName, Description, MaxSessionDuration }, { accountId }) => {
        roles.update(accountId, RoleName, {
          description: Description,
          maxSessionDuration: MaxSessionDuration,
        });
        return {};
      },
    }),
    operation('UpdateRoleDescription', {
      input: v.object({ RoleName: shapes.roleName, Description: shapes.description }),
      requires: ({ RoleName }, caller) => questions.role('UpdateRoleDescription', caller, RoleName),
      handle: ({ RoleName, Description }, { accountId }) => ({
        Role: detail(roles.update(accountId, RoleName, { description: Description })),
      }),
    }),
  ];
}
