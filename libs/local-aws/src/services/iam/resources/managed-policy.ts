import * as v from 'valibot';
import type { Directory } from '../../../identity/directory.ts';
import { iamArn } from '../../../identity/identifiers.ts';
import type { ManagedPolicy } from '../../../identity/managed-policies.ts';
import { permissionsOn, type ResourceState, type ResourceType } from '../../resource-type.ts';
import * as shapes from '../operations/input.ts';
import { permissionsOnRoles, policyDocument, roleNames, without } from './policy-roles.ts';

const properties = v.strictObject({
  Description: v.optional(shapes.description),
  ManagedPolicyName: v.optional(shapes.policyName),
  Path: v.optional(shapes.path),
  PolicyDocument: policyDocument,
  Roles: roleNames,
});

/** `AWS::IAM::ManagedPolicy`: `Ref` is the ARN; attributes `PolicyArn`, `PolicyId`, `DefaultVersionId` and others. */
export function managedPolicyType(directory: Directory): ResourceType<typeof properties> {
  const { managedPolicies: policies, roles } = directory;

  const attach = (accountId: string, arn: string, names: readonly string[]) => {
    for (const name of names) roles.attachPolicy(accountId, name, arn);
  };
  const detach = (accountId: string, arn: string, names: readonly string[]) => {
    for (const name of names) {
      const isAttached = roles.find(accountId, name)?.attachedPolicies.has(arn) ?? false;
      if (isAttached) roles.detachPolicy(accountId, name, arn);
    }
  };
  const deleteOtherVersions = (accountId: string, arn: string) => {
    const { versions, defaultVersionId } = policies.get(accountId, arn);
    for (const versionId of [...versions.keys()]) {
      if (versionId !== defaultVersionId) policies.deleteVersion(accountId, arn, versionId);
    }
  };
  const stateOf = (policy: ManagedPolicy): ResourceState => {
    const { attachments, boundaries } = policies.usage(policy.arn);
    return {
      physicalId: policy.arn,
      attributes: {
        PolicyArn: policy.arn,
        PolicyId: policy.uniqueId,
        DefaultVersionId: policy.defaultVersionId,
        AttachmentCount: attachments,
        PermissionsBoundaryUsageCount: boundaries,
        IsAttachable: true,
        CreateDate: policy.createdAt.toISOString(),
        UpdateDate: policy.updatedAt.toISOString(),
      },
    };
  };

  return {
    typeName: 'AWS::IAM::ManagedPolicy',
    properties,
    replacedBy: ['Description', 'ManagedPolicyName', 'Path'],
    requires(change) {
      const { accountId, handler, current, properties: wanted, previous = wanted } = change;
      const name = wanted.ManagedPolicyName ?? change.generateName({ maxLength: 128 });
      const arn = current?.physicalId ?? iamArn(accountId, 'policy', wanted.Path ?? '/', name);
      const before = handler === 'create' ? [] : previous.Roles;
      const after = handler === 'delete' ? [] : wanted.Roles;
      const context = { 'iam:PolicyARN': arn };
      return [
        ...permissionsOn(
          arn,
          ...{
            create: ['iam:CreatePolicy'],
            update: ['iam:ListPolicyVersions', 'iam:CreatePolicyVersion', 'iam:DeletePolicyVersion'],
            delete: ['iam:ListPolicyVersions', 'iam:DeletePolicyVersion', 'iam:DeletePolicy'],
          }[handler],
        ),
        ...permissionsOnRoles(directory, change, 'AttachRolePolicy', without(after, before), context),
        ...permissionsOnRoles(directory, change, 'DetachRolePolicy', without(before, after), context),
      ];
    },
    async create(input, context) {
      const { accountId } = context;
      const policy = policies.create(accountId, {
        name: input.ManagedPolicyName ?? context.generateName({ maxLength: 128 }),
        document: input.PolicyDocument,
        path: input.Path,
        description: input.Description,
      });
      try {
        attach(accountId, policy.arn, input.Roles);
      } catch (error) {
        // The stack does not know the policy yet, so nothing else could delete it.
        detach(accountId, policy.arn, input.Roles);
        policies.delete(accountId, policy.arn);
        throw error;
      }
      return stateOf(policy);
    },
    async update(current, input, previous, { accountId }) {
      const arn = current.physicalId;
      // Five versions are the limit: CloudFormation keeps the one that it replaces, and drops those before.
      deleteOtherVersions(accountId, arn);
      policies.createVersion(accountId, arn, input.PolicyDocument, true);
      detach(accountId, arn, without(previous.Roles, input.Roles));
      attach(accountId, arn, input.Roles);
      return stateOf(policies.get(accountId, arn));
    },
    async delete(current, input, { accountId }) {
      const arn = current.physicalId;
      if (policies.find(accountId, arn) === undefined) return;
      detach(accountId, arn, input.Roles);
      deleteOtherVersions(accountId, arn);
      policies.delete(accountId, arn);
    },
  };
}
