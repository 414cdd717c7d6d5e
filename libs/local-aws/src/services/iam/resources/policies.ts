import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import type { Directory } from '../../../identity/directory.ts';
import type { Holder, Holders } from '../../../identity/holders.ts';
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

/** The names of the roles, users and groups that have a policy. */
const namesOfHolders = {
  Roles: v.optional(v.array(shapes.holderName), []),
  Users: v.optional(v.array(shapes.holderName), []),
  Groups: v.optional(v.array(shapes.groupName), []),
};

type Names = v.InferOutput<v.ObjectSchema<typeof namesOfHolders, undefined>>;

/** A role, user or group that has a policy. */
interface Target {
  readonly kind: Holder['kind'];
  readonly name: string;
}

function targetsOf({ Roles, Users, Groups }: Names): Target[] {
  const all = [
    ['role', Roles],
    ['user', Users],
    ['group', Groups],
  ] as const;
  return all.flatMap(([kind, names]) => names.map((name) => ({ kind, name })));
}

/** The roles, the users or the groups of a directory. */
function holdersIn({ roles, users, groups }: Directory, kind: Holder['kind']): Policies {
  return { role: roles, user: users, group: groups }[kind];
}

type Policies = Pick<
  Holders<Holder>,
  'find' | 'putPolicy' | 'deletePolicy' | 'attachPolicy' | 'detachPolicy'
>;

const managed = v.strictObject({
  Description: v.optional(shapes.description),
  ManagedPolicyName: v.optional(shapes.policyName),
  Path: v.optional(shapes.path),
  PolicyDocument: shapes.templatePolicy,
  ...namesOfHolders,
});

const inline = v.pipe(
  v.strictObject({
    PolicyDocument: shapes.templatePolicy,
    PolicyName: shapes.policyName,
    ...namesOfHolders,
  }),
  v.check((input) => targetsOf(input).length > 0, 'At least one of [Groups,Roles,Users] must be non-empty.'),
);

type Inline = v.InferOutput<typeof inline>;

/** `AWS::IAM::ManagedPolicy`: `Ref` is the ARN; attributes `PolicyArn`, `PolicyId` and `DefaultVersionId`. */
export function managedPolicyType(directory: Directory): ResourceType<typeof managed> {
  const { managedPolicies: policies } = directory;

  const setTargets = (
    accountId: string,
    arn: string,
    before: readonly Target[],
    after: readonly Target[],
  ) => {
    for (const { kind, name } of without(before, after)) {
      const holders = holdersIn(directory, kind);
      const isAttached = holders.find(accountId, name)?.attachedPolicies.has(arn) ?? false;
      if (isAttached) holders.detachPolicy(accountId, name, arn);
    }
    for (const { kind, name } of after) holdersIn(directory, kind).attachPolicy(accountId, name, arn);
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
      const before = handler === 'create' ? [] : targetsOf(previous);
      const after = handler === 'delete' ? [] : targetsOf(wanted);
      const onTargets = (verb: string, targets: readonly Target[]) =>
        permissionsOnTargets(directory, change, verb, targets, { 'iam:PolicyARN': arn });
      return [
        ...permissionsOn(
          arn,
          ...{
            create: ['iam:CreatePolicy'],
            update: ['iam:ListPolicyVersions', 'iam:CreatePolicyVersion', 'iam:DeletePolicyVersion'],
            delete: ['iam:ListPolicyVersions', 'iam:DeletePolicyVersion', 'iam:DeletePolicy'],
          }[handler],
        ),
        ...onTargets('Attach', without(after, before)),
        ...onTargets('Detach', without(before, after)),
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
        setTargets(accountId, policy.arn, [], targetsOf(input));
      } catch (error) {
        // The stack does not know the policy yet, so nothing else could delete it.
        setTargets(accountId, policy.arn, targetsOf(input), []);
        policies.delete(accountId, policy.arn);
        throw error;
      }
      return stateOf(policy);
    },
    async update({ physicalId: arn }, input, previous, { accountId }) {
      // Five versions are the limit: CloudFormation keeps the version that it replaces, and deletes older ones.
      deleteOtherVersions(accountId, arn);
      policies.createVersion(accountId, arn, input.PolicyDocument, true);
      setTargets(accountId, arn, targetsOf(previous), targetsOf(input));
      return stateOf(policies.get(accountId, arn));
    },
    read({ physicalId: arn }, _input, { accountId }) {
      const policy = policies.find(accountId, arn);
      return policy && { PolicyDocument: policy.defaultVersion.document };
    },
    async delete({ physicalId: arn }, input, { accountId }) {
      if (policies.find(accountId, arn) === undefined) return;
      setTargets(accountId, arn, targetsOf(input), []);
      deleteOtherVersions(accountId, arn);
      policies.delete(accountId, arn);
    },
  };
}

/** `AWS::IAM::Policy`, an inline policy of roles, users and groups: `Ref` is a generated ID. */
export function inlinePolicyType(directory: Directory): ResourceType<typeof inline> {
  const put = (accountId: string, { PolicyName, PolicyDocument, ...names }: Inline) => {
    for (const { kind, name } of targetsOf(names)) {
      holdersIn(directory, kind).putPolicy(accountId, name, PolicyName, PolicyDocument);
    }
  };
  /** Those that lose the policy. */
  const leaving = (from: Inline, next?: Inline) =>
    without(targetsOf(from), next?.PolicyName === from.PolicyName ? targetsOf(next) : []);
  const remove = (accountId: string, from: Inline, next?: Inline) => {
    for (const { kind, name } of leaving(from, next)) {
      const holders = holdersIn(directory, kind);
      const isThere = holders.find(accountId, name)?.inlinePolicies.has(from.PolicyName) ?? false;
      if (isThere) holders.deletePolicy(accountId, name, from.PolicyName);
    }
  };

  return {
    typeName: 'AWS::IAM::Policy',
    properties: inline,
    replacedBy: [],
    requires(change) {
      const { handler, properties: wanted, previous = wanted } = change;
      const all = targetsOf(wanted);
      const removed = { create: [], update: leaving(previous, wanted), delete: all }[handler];
      return [
        ...permissionsOnTargets(directory, change, 'Put', handler === 'delete' ? [] : all),
        ...permissionsOnTargets(directory, change, 'Delete', removed),
      ];
    },
    async create(input, context) {
      try {
        put(context.accountId, input);
      } catch (error) {
        // The stack does not know the policy yet, so nothing else could delete it from those that have it by now.
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
    read(_current, input, { accountId }) {
      const documents = targetsOf(input).map(
        ({ kind, name }) =>
          holdersIn(directory, kind).find(accountId, name)?.inlinePolicies.get(input.PolicyName)?.document,
      );
      const present = documents.filter((document) => document !== undefined);
      if (present.length === 0) return undefined;
      // It is one policy of several roles: the copy that differs is shown, and none if a role has lost it.
      const changed = present.find((document) => !isDeepStrictEqual(document, input.PolicyDocument));
      return { PolicyDocument: present.length < documents.length ? undefined : (changed ?? present[0]) };
    },
    async delete(_current, input, { accountId }) {
      remove(accountId, input);
    },
  };
}

/** The permission for an operation on each role, user or group that has a policy. @param verb e.g. `Attach` for `AttachRolePolicy` */
function permissionsOnTargets(
  directory: Directory,
  { accountId }: ResourceChange,
  verb: string,
  targets: readonly Target[],
  context?: ResourcePermission['context'],
): readonly ResourcePermission[] {
  return targets.map(({ kind, name }) => ({
    action: `iam:${verb}${{ role: 'Role', user: 'User', group: 'Group' }[kind]}Policy`,
    ...permissionOn(directory, kind, accountId, name, context),
  }));
}

function without(some: readonly Target[], others: readonly Target[]): readonly Target[] {
  return some.filter(({ kind, name }) => !others.some((one) => one.kind === kind && one.name === name));
}
