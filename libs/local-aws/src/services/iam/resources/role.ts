import { isDeepStrictEqual } from 'node:util';
import { requestTagKeys } from '@cross-account-api/iam';
import * as v from 'valibot';
import type { Directory } from '../../../identity/directory.ts';
import type { Role } from '../../../identity/holders.ts';
import { iamArn } from '../../../identity/identifiers.ts';
import { templateTags, wholeNumber } from '../../../protocols/shapes.ts';
import {
  isChanged,
  type ResourceContext,
  type ResourcePermission,
  type ResourceType,
  tagsChange,
} from '../../resource-type.ts';
import { boundaryContext, permissionOn, shapes, tagEntries } from '../operations/operation.ts';

const properties = v.strictObject({
  AssumeRolePolicyDocument: shapes.templatePolicy,
  Description: v.optional(shapes.description),
  ManagedPolicyArns: v.optional(v.array(shapes.arn), []),
  MaxSessionDuration: v.optional(wholeNumber(3_600, 43_200), 3_600),
  Path: v.optional(shapes.path),
  PermissionsBoundary: v.optional(shapes.arn),
  Policies: v.optional(
    v.array(v.strictObject({ PolicyName: v.string(), PolicyDocument: shapes.templatePolicy })),
    [],
  ),
  RoleName: v.optional(shapes.holderName),
  Tags: v.optional(templateTags),
});

type Properties = v.InferOutput<typeof properties>;
type Rights = Partial<Pick<Properties, 'ManagedPolicyArns' | 'PermissionsBoundary' | 'Policies'>>;

/** `AWS::IAM::Role`: `Ref` is the name; attributes `Arn` and `RoleId`. */
export function roleType(directory: Directory): ResourceType<typeof properties> {
  const { roles } = directory;
  const nameFor = ({ RoleName }: Properties, context: ResourceContext) =>
    RoleName ?? context.generateName({ maxLength: 64 });
  /** The stack's tags, overridden by the role's tags. */
  const tagsFor = ({ Tags = [] }: Partial<Properties>, context: ResourceContext) => ({
    ...context.tags,
    ...tagEntries(Tags),
  });
  const stateOf = ({ name, arn, uniqueId }: Role) => ({
    physicalId: name,
    attributes: { Arn: arn, RoleId: uniqueId },
  });

  /** Applies a template's policies and boundary. Keeps those that others added, as CloudFormation does. */
  const setRights = (accountId: string, name: string, next: Rights, previous: Rights) => {
    const role = roles.get(accountId, name);
    const removed = missing(previous, next);
    for (const policy of removed.policyNames) {
      if (role.inlinePolicies.has(policy)) roles.deletePolicy(accountId, name, policy);
    }
    for (const arn of removed.arns) {
      if (role.attachedPolicies.has(arn)) roles.detachPolicy(accountId, name, arn);
    }
    for (const { PolicyName, PolicyDocument } of next.Policies ?? []) {
      roles.putPolicy(accountId, name, PolicyName, PolicyDocument);
    }
    for (const arn of next.ManagedPolicyArns ?? []) roles.attachPolicy(accountId, name, arn);
    if (next.PermissionsBoundary !== undefined) {
      roles.setPermissionsBoundary(accountId, name, next.PermissionsBoundary);
    } else if (previous.PermissionsBoundary !== undefined && role.permissionsBoundary !== undefined) {
      roles.clearPermissionsBoundary(accountId, name);
    }
  };

  return {
    typeName: 'AWS::IAM::Role',
    properties,
    replacedBy: ['Path', 'RoleName'],
    requires(change) {
      const { accountId, handler, current, properties: wanted } = change;
      const name = current?.physicalId ?? nameFor(wanted, change);
      const before: Rights = handler === 'create' ? {} : (change.previous ?? wanted);
      const after: Partial<Properties> = handler === 'delete' ? {} : wanted;
      const { PermissionsBoundary: boundary } = after;
      const permission = (operation: string, context = {}): ResourcePermission => ({
        action: `iam:${operation}`,
        ...(handler === 'create'
          ? {
              resource: iamArn(accountId, 'role', wanted.Path ?? '/', name),
              context: { ...boundaryContext(boundary), ...context },
            }
          : permissionOn(directory, 'role', accountId, name, context)),
      });
      const tags = requestTagKeys(
        Object.entries(tagsFor(after, change)).map(([Key, Value]) => ({ Key, Value })),
      );
      const changed = (...names: (keyof Properties)[]) => handler === 'update' && isChanged(change, ...names);
      const added = missing(after, before);
      const removed = missing(before, after);
      return [
        handler === 'create' && permission('CreateRole', tags),
        changed('AssumeRolePolicyDocument') && permission('UpdateAssumeRolePolicy'),
        changed('Description', 'MaxSessionDuration') && permission('UpdateRole'),
        changed('PermissionsBoundary') &&
          (boundary === undefined
            ? permission('DeleteRolePermissionsBoundary')
            : permission('PutRolePermissionsBoundary', boundaryContext(boundary))),
        tagsChange(change) && permission('TagRole', tags),
        ...added.policies.map(() => permission('PutRolePolicy')),
        ...removed.policyNames.map(() => permission('DeleteRolePolicy')),
        ...added.arns.map((arn) => permission('AttachRolePolicy', { 'iam:PolicyARN': arn })),
        ...removed.arns.map((arn) => permission('DetachRolePolicy', { 'iam:PolicyARN': arn })),
        handler === 'delete' && permission('DeleteRole'),
      ].filter((each) => each !== false);
    },
    async create(input, context) {
      const { accountId } = context;
      const name = nameFor(input, context);
      const role = roles.create(accountId, {
        name,
        path: input.Path,
        permissionsBoundary: input.PermissionsBoundary,
        tags: tagsFor(input, context),
        trustPolicy: input.AssumeRolePolicyDocument,
        description: input.Description,
        maxSessionDuration: input.MaxSessionDuration,
      });
      try {
        setRights(accountId, name, input, {});
      } catch (error) {
        // The stack does not know the role yet, so nothing else could delete it.
        setRights(accountId, name, {}, input);
        roles.delete(accountId, name);
        throw error;
      }
      return stateOf(role);
    },
    async update({ physicalId: name }, input, previous, context) {
      const { accountId } = context;
      const { Description = '', MaxSessionDuration } = input;
      roles.updateTrustPolicy(accountId, name, input.AssumeRolePolicyDocument);
      roles.update(accountId, name, { description: Description, maxSessionDuration: MaxSessionDuration });
      setRights(accountId, name, input, previous);
      const tags = tagsFor(input, context);
      roles.untag(accountId, name, [...roles.get(accountId, name).tags.keys()]);
      roles.tag(accountId, name, tags);
      return stateOf(roles.get(accountId, name));
    },
    async delete({ physicalId: name }, input, { accountId }) {
      if (roles.find(accountId, name) === undefined) return;
      setRights(accountId, name, {}, input);
      roles.delete(accountId, name);
    },
  };
}

function missing(some: Rights, others: Rights) {
  const policies = (some.Policies ?? []).filter(
    (policy) => !others.Policies?.some((other) => isDeepStrictEqual(other, policy)),
  );
  const kept = new Set(others.Policies?.map(({ PolicyName }) => PolicyName));
  return {
    policies,
    /** Only names that `others` does not use. */
    policyNames: policies.map(({ PolicyName }) => PolicyName).filter((name) => !kept.has(name)),
    arns: (some.ManagedPolicyArns ?? []).filter((arn) => !others.ManagedPolicyArns?.includes(arn)),
  };
}
