import * as v from 'valibot';
import type { Directory } from '../../../identity/directory.ts';
import type { Operation } from '../../../protocols/operation.ts';
import * as shapes from './input.ts';
import {
  boundaryContext,
  iamPermissions,
  listPage,
  operation,
  requestTags,
  userNameOf,
} from './operation.ts';
import { accessKeySummary, tagEntries, userDetail, userSummary } from './output.ts';

/** Create, read, list and delete users and their access keys. */
export function userOperations(directory: Directory): readonly Operation[] {
  const { users } = directory;
  const permissions = iamPermissions(directory);
  const maybeNamed = v.object({ UserName: v.optional(shapes.userName) });

  return [
    operation('CreateUser', {
      input: v.object({
        UserName: shapes.userName,
        Path: v.optional(shapes.path),
        PermissionsBoundary: v.optional(shapes.arn),
        Tags: v.optional(shapes.tags),
      }),
      requires: ({ UserName, Path = '/', PermissionsBoundary, Tags }, { accountId }) => [
        {
          action: 'iam:CreateUser',
          resource: `arn:aws:iam::${accountId}:user${Path}${UserName}`,
          resourceAccountId: accountId,
          context: { ...boundaryContext(PermissionsBoundary), ...requestTags(Tags) },
        },
      ],
      handle: (input, { accountId }) => {
        const user = users.create(accountId, {
          name: input.UserName,
          path: input.Path,
          permissionsBoundary: input.PermissionsBoundary,
          tags: tagEntries(input.Tags ?? []),
        });
        return { User: userDetail(user) };
      },
    }),
    operation('GetUser', {
      input: maybeNamed,
      requires: ({ UserName }, caller) => permissions.user(caller, UserName),
      handle: ({ UserName }, call) => ({
        User: userDetail(users.get(call.accountId, UserName ?? userNameOf(call))),
      }),
    }),
    operation('ListUsers', {
      input: v.object({ ...shapes.paging, PathPrefix: v.optional(v.string(), '/') }),
      requires: (_input, { accountId }) => `arn:aws:iam::${accountId}:user/`,
      handle: (input, { accountId }) => {
        const list = users.list(accountId).filter((user) => user.path.startsWith(input.PathPrefix));
        return listPage('Users', list, ({ name }) => name, input, userSummary);
      },
    }),
    operation('DeleteUser', {
      input: v.object({ UserName: shapes.userName }),
      requires: ({ UserName }, caller) => permissions.user(caller, UserName),
      handle: ({ UserName }, { accountId }) => {
        users.delete(accountId, UserName);
      },
    }),
    operation('CreateAccessKey', {
      input: maybeNamed,
      requires: ({ UserName }, caller) => permissions.user(caller, UserName),
      handle: ({ UserName }, call) => {
        const name = UserName ?? userNameOf(call);
        const accessKey = users.createAccessKey(call.accountId, name);
        return {
          AccessKey: { ...accessKeySummary(accessKey, name), SecretAccessKey: accessKey.secretAccessKey },
        };
      },
    }),
    operation('ListAccessKeys', {
      input: v.object({ ...shapes.paging, ...maybeNamed.entries }),
      requires: ({ UserName }, caller) => permissions.user(caller, UserName),
      handle: (input, call) => {
        const name = input.UserName ?? userNameOf(call);
        const keys = users.accessKeys(call.accountId, name);
        return {
          UserName: name,
          ...listPage(
            'AccessKeyMetadata',
            keys,
            ({ accessKeyId }) => accessKeyId,
            input,
            (accessKey) => accessKeySummary(accessKey, name),
          ),
        };
      },
    }),
    operation('DeleteAccessKey', {
      input: v.object({ ...maybeNamed.entries, AccessKeyId: shapes.accessKeyId }),
      requires: ({ UserName }, caller) => permissions.user(caller, UserName),
      handle: ({ UserName, AccessKeyId }, call) => {
        users.deleteAccessKey(call.accountId, UserName ?? userNameOf(call), AccessKeyId);
      },
    }),
  ];
}
