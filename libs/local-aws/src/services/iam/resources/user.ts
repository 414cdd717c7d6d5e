import * as v from 'valibot';
import type { Directory } from '../../../identity/directory.ts';
import { templateTags } from '../../../protocols/shapes.ts';
import { isChanged, type ResourceType } from '../../resource-type.ts';
import * as shapes from '../operations/input.ts';
import { holderType } from './holder.ts';
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
export function userType({ users }: Directory): ResourceType<typeof properties> {
  return holderType({
    noun: 'User',
    store: users,
    properties,
    replacedBy: ['UserName'],
    nameIn: ({ UserName }) => UserName,
    updates: (change) => (isChanged(change, 'Path') ? ['UpdateUser'] : []),
    create: (accountId, holder) => users.create(accountId, holder),
    update: (accountId, name, { Path = '/' }) => users.move(accountId, name, Path),
    attributes: ({ arn }) => ({ Arn: arn }),
  });
}
