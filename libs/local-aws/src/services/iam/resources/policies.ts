import * as v from 'valibot';
import type { Directory } from '../../../identity/directory.ts';
import { iamArn } from '../../../identity/identifiers.ts';
import type { ManagedPolicy } from '../../../identity/managed-policies.ts';
import {
  permissionsOn,
  type ResourceChange,
  type ResourcePermission,
  type ResourceState,
  type ResourceType,
} from '../../resource-type.ts';
import { permissionOn, shapes } from '../operations/operation.ts';

const Roles = v.optional(v.array(shapes.holderName), []);

const managed = v.strictObject({
  Description: v.optional(shapes.description),
  ManagedPolicyName: v.optional(shapes.policyName),
  Path: v.optional(shapes.path),
  PolicyDocument: shapes.templatePolicy,
  Roles,
});

const inline = v.pipe(
  v.strictObject({ PolicyDocument: shapes.templatePolicy, PolicyName: shapes.policyName, Roles }),
  v.check(({ Roles }) => Roles.length > 0, 'At least one of [Groups,Roles,Users] must be non-empty.'),
);

type Inline = v.InferOutput<typeof inline>;

/** `AWS::IAM::ManagedPolicy`: `Ref` is the ARN; attributes `PolicyArn`, `PolicyId` and `DefaultVersionId`. */
export function managedPolicyType(directory: Directory): ResourceType<typeof managed> {
  const { managedPolicies: policies, roles } = directory;

  const setRoles = (accountId: string, arn: string, before: readonly string[], after: readonly string[]) => {
    for (const name of without(before, after)) {
      const isAttached = roles.find(accountId, name)?.attachedPolicies.has(arn) ?? false;
      if (isAttached) roles.detachPolicy(accountId, name, arn);
    }
    for (const name of after) roles.attachPolicy(accountId, name, arn);
  };
  const deleteOtherVersions = (accountId: string, arn: string) => {
    const { versions, defaultVersion } = policies.get(accountId, arn);
    for (const version of [...versions.values()]) {
      if (version !== defaultVersion) policies.deleteVersion(accountId, arn, version.versionId);
    }
  };
  const stateOf = ({ arn, uniqueId, defaultVersion }: ManagedPolicy): ResourceState => ({
    physicalId: arn,
    attributes: { PolicyArn: arn, PolicyId: uniqueId, DefaultVersionId: defaultVersion.versionId },
  });

  return {
    typeName: 'AWS::IAM::ManagedPolicy',
    properties: managed,
    replacedBy: ['Description', 'ManagedPolicyName', 'Path'],
    requires(change) {
      const { accountId, handler, current, properties: wanted, previous = wanted } = change;
      const name = wanted.ManagedPolicyName ?? change.generateName({ maxLength: 128 });
      const arn = current?.physicalId ?? iamArn(accountId, 'policy', wanted.Path ?? '/', name);
      const before = handler === 'create' ? [] : previous.Roles;
      const after = handler === 'delete' ? [] : wanted.Roles;
      const onRoles = (operation: string, names: readonly string[]) =>
        permissionsOnRoles(directory, change, operation, names, { 'iam:PolicyARN': arn });
      return [
        ...permissionsOn(
          arn,
          ...{
            create: ['iam:CreatePolicy'],
            update: ['iam:ListPolicyVersions', 'iam:CreatePolicyVersion', 'iam:DeletePolicyVersion'],
            delete: ['iam:ListPolicyVersions', 'iam:DeletePolicyVersion', 'iam:DeletePolicy'],
          }[handler],
        ),
        ...onRoles('AttachRolePolicy', without(after, before)),
        ...onRoles('DetachRolePolicy', without(before, after)),
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
        setRoles(accountId, policy.arn, [], input.Roles);
      } catch (error) {
        // The stack does not know the policy yet, so nothing else could delete it.
        setRoles(accountId, policy.arn, input.Roles, []);
        policies.delete(accountId, policy.arn);
        throw error;
      }
      return stateOf(policy);
    },
    async update({ physicalId: arn }, input, previous, { accountId }) {
      // Five versions are the limit: CloudFormation keeps the version that it replaces, and deletes older ones.
      deleteOtherVersions(accountId, arn);
      policies.createVersion(accountId, arn, input.PolicyDocument, true);
      setRoles(accountId, arn, previous.Roles, input.Roles);
      return stateOf(policies.get(accountId, arn));
    },
    async delete({ physicalId: arn }, input, { accountId }) {
      if (policies.find(accountId, arn) === undefined) return;
      setRoles(accountId, arn, input.Roles, []);
      deleteOtherVersions(accountId, arn);
      policies.delete(accountId, arn);
    },
  };
}

/** `AWS::IAM::Policy`, an inline policy of roles: `Ref` is a generated ID. */
export function inlinePolicyType(directory: Directory): ResourceType<typeof inline> {
  const { roles } = directory;
  const put = (accountId: string, { Roles, PolicyName, PolicyDocument }: Inline) => {
    for (const role of Roles) roles.putPolicy(accountId, role, PolicyName, PolicyDocument);
  };
  /** The roles that lose the policy. */
  const leaving = (from: Inline, next?: Inline) =>
    without(from.Roles, next?.PolicyName === from.PolicyName ? next.Roles : []);
  const remove = (accountId: string, from: Inline, next?: Inline) => {
    for (const role of leaving(from, next)) {
      const isThere = roles.find(accountId, role)?.inlinePolicies.has(from.PolicyName) ?? false;
      if (isThere) roles.deletePolicy(accountId, role, from.PolicyName);
    }
  };

  return {
    typeName: 'AWS::IAM::Policy',
    properties: inline,
    replacedBy: [],
    requires(change) {
      const { handler, properties: wanted, previous = wanted } = change;
      const removed = { create: [], update: leaving(previous, wanted), delete: wanted.Roles }[handler];
      return [
        ...permissionsOnRoles(directory, change, 'PutRolePolicy', handler === 'delete' ? [] : wanted.Roles),
        ...permissionsOnRoles(directory, change, 'DeleteRolePolicy', removed),
      ];
    },
    async create(input, context) {
      try {
        put(context.accountId, input);
      } catch (error) {
        // The stack does not know the policy yet, so nothing else could delete it from the roles that have it by now.
        remove(context.accountId, input);
        throw error;
      }
      const physicalId = context.generateName();
      return { physicalId, attributes: { Id: physicalId } };
    },
    async update(current, input, previous, { accountId }) {
      put(accountId, input);
      remove(accountId, previous, input);
      return current;
    },
    async delete(_current, input, { accountId }) {
      remove(accountId, input);
    },
  };
}

/** The permission for an operation on each role that has a policy. @param operation e.g. `AttachRolePolicy` */
function permissionsOnRoles(
  directory: Directory,
  { accountId }: ResourceChange,
  operation: string,
  names: readonly string[],
  context?: ResourcePermission['context'],
): readonly ResourcePermission[] {
  return names.map((name) => ({
    action: `iam:${operation}`,
    ...permissionOn(directory, 'role', accountId, name, context),
  }));
}

function without(names: readonly string[], others: readonly string[]): readonly string[] {
  return names.filter((name) => !others.includes(name));
}
