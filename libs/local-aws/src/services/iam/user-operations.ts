import * as v from 'valibot';
import type { Directory } from '../../identity/directory.ts';
import type { Operation } from '../../protocols/operation.ts';
import { accessKeySummary, tagEntries, userDetail, userSummary } from './documents.ts';
import { pageOf } from './paging.ts';
import { boundaryContext, iamQuestions, operation, requestTags, userNameOf } from './questions.ts';
import * as shapes from './shapes.ts';

/** Create, read, list and delete users and their access keys. */
export function userOperations(directory: Directory): readonly Operation[] {
  const { users } = directory;
  const questions = iamQuestions(directory);
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
      requires: ({ UserName }, caller) => questions.user('GetUser', caller, UserName),
      handle: ({ UserName }, call) => ({
        User: userDetail(users.get(call.accountId, UserName ?? userNameOf(call))),
      }),
    }),
    operation('ListUsers', {
      input: v.object({ ...shapes.paging, PathPrefix: v.optional(v.string(), '/') }),
      requires: (_input, { accountId }) => [
        {
          action: 'iam:ListUsers',
          resource: `arn:aws:iam::${accountId}:user/`,
          resourceAccountId: accountId,
        },
      ],
      handle: (input, { accountId }) => {
        const list = users.list(accountId).filter((user) => user.path.startsWith(input.PathPrefix));
        const { items, rest } = pageOf(list, (user) => user.name, input);
        return { Users: items.map(userSummary), ...rest };
      },
    }),
    operation('DeleteUser', {
      input: v.object({ UserName: shapes.userName }),
      requires: ({ UserName }, caller) => questions.user('DeleteUser', caller, UserName),
      handle: ({ UserName }, { accountId }) => {
        users.delete(accountId, UserName);
      },
    }),
    operation('CreateAccessKey', {
      input: maybeNamed,
      requires: ({ UserName }, caller) => questions.user('CreateAccessKey', caller, UserName),
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
      requires: ({ UserName }, caller) => questions.user('ListAccessKeys', caller, UserName),
      handle: (input, call) => {
        const name = input.UserName ?? userNameOf(call);
        const keys = users
          .accessKeys(call.accountId, name)
          .toSorted((a, b) => (a.accessKeyId < b.accessKeyId ? -1 : 1));
        const { items, rest } = pageOf(keys, (accessKey) => accessKey.accessKeyId, input);
        return {
          UserName: name,
          AccessKeyMetadata: items.map((accessKey) => accessKeySummary(accessKey, name)),
          ...rest,
        };
      },
    }),
    operation('UpdateAccessKey', {
      input: v.object({
        ...maybeNamed.entries,
        AccessKeyId: shapes.accessKeyId,
        Status: v.picklist(['Active', 'Inactive'], 'Member must satisfy enum value set: [Active, Inactive]'),
      }),
      requires: ({ UserName }, caller) => questions.user('UpdateAccessKey', caller, UserName),
      handle: ({ UserName, AccessKeyId, Status }, call) => {
        users.setAccessKeyStatus(call.accountId, UserName ?? userNameOf(call), AccessKeyId, Status);
      },
    }),
    operation('DeleteAccessKey', {
      input: v.object({ ...maybeNamed.entries, AccessKeyId: shapes.accessKeyId }),
      requires: ({ UserName }, caller) => questions.user('DeleteAccessKey', caller, UserName),
      handle: ({ UserName, AccessKeyId }, call) => {
        users.deleteAccessKey(call.accountId, UserName ?? userNameOf(call), AccessKeyId);
      },
    }),
  ];
}
