import { requestTagKeys } from '@cross-account-api/iam';
import * as v from 'valibot';
import { iamArn } from '../../../identity/arn.ts';
import type { Directory } from '../../../identity/directory.ts';
import type { Operation } from '../../../protocols/operation.ts';
import * as shapes from './input.ts';
import { boundaryContext, iamPermissions, listPage, operation, userNameOf } from './operation.ts';
import { accessKeySummary, tagEntries, userDetail } from './output.ts';

/** Create and read users; create, list and delete their access keys. */
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
      requires: ({ UserName, Path = '/', PermissionsBoundary, Tags }, { accountId }) => ({
        resource: iamArn(accountId, 'user', Path, UserName),
        context: { ...boundaryContext(PermissionsBoundary), ...requestTagKeys(Tags) },
      }),
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
        const keys = users.accessKeys(call.accountId, name).map((each) => accessKeySummary(each, name));
        return {
          UserName: name,
          ...listPage('AccessKeyMetadata', keys, input, ({ AccessKeyId }) => AccessKeyId),
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
