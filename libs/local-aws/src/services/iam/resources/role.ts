import * as v from 'valibot';
import type { Directory } from '../../../identity/directory.ts';
import { templateTags } from '../../../protocols/shapes.ts';
import { isChanged, type ResourceType } from '../../resource-type.ts';
import * as shapes from '../operations/input.ts';
import { holderType } from './holder.ts';
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
export function roleType({ roles }: Directory): ResourceType<typeof properties> {
  return holderType({
    noun: 'Role',
    store: roles,
    properties,
    replacedBy: ['Path', 'RoleName'],
    nameIn: ({ RoleName }) => RoleName,
    updates: (change) => [
      ...(isChanged(change, 'AssumeRolePolicyDocument') ? ['UpdateAssumeRolePolicy'] : []),
      ...(isChanged(change, 'Description', 'MaxSessionDuration') ? ['UpdateRole'] : []),
    ],
    create: (accountId, holder, input) =>
      roles.create(accountId, {
        ...holder,
        trustPolicy: input.AssumeRolePolicyDocument,
        description: input.Description,
        maxSessionDuration: input.MaxSessionDuration,
      }),
    update(accountId, name, input) {
      roles.updateTrustPolicy(accountId, name, input.AssumeRolePolicyDocument);
      roles.update(accountId, name, {
        description: input.Description ?? '',
        maxSessionDuration: input.MaxSessionDuration ?? 3_600,
      });
    },
    attributes: ({ arn, uniqueId }) => ({ Arn: arn, RoleId: uniqueId }),
  });
}
