import * as v from 'valibot';
import type { Directory } from '../../../identity/directory.ts';
import type { ResourceType } from '../../resource-type.ts';
import * as shapes from '../operations/input.ts';
import { permissionsOnRoles, policyDocument, roleNames, without } from './policy-roles.ts';

const properties = v.pipe(
  v.strictObject({ PolicyDocument: policyDocument, PolicyName: shapes.policyName, Roles: roleNames }),
  v.check(({ Roles }) => Roles.length > 0, 'At least one of [Groups,Roles,Users] must be non-empty.'),
);

type Properties = v.InferOutput<typeof properties>;

/** `AWS::IAM::Policy`, an inline policy of roles: `Ref` is a generated ID. */
export function inlinePolicyType(directory: Directory): ResourceType<typeof properties> {
  const { roles } = directory;
  const put = (accountId: string, { Roles, PolicyName, PolicyDocument }: Properties) => {
    for (const role of Roles) roles.putPolicy(accountId, role, PolicyName, PolicyDocument);
  };
  /** The roles that do not keep the policy. */
  const leaving = (from: Properties, next?: Properties) =>
    without(from.Roles, next?.PolicyName === from.PolicyName ? next.Roles : []);
  const remove = (accountId: string, from: Properties, next?: Properties) => {
    for (const role of leaving(from, next)) {
      const isThere = roles.find(accountId, role)?.inlinePolicies.has(from.PolicyName) ?? false;
      if (isThere) roles.deletePolicy(accountId, role, from.PolicyName);
    }
  };

  return {
    typeName: 'AWS::IAM::Policy',
    properties,
    replacedBy: [],
    requires(change) {
      const { handler, properties: wanted, previous = wanted } = change;
      const put = handler === 'delete' ? [] : wanted.Roles;
      const removed = { create: [], update: leaving(previous, wanted), delete: wanted.Roles }[handler];
      return [
        ...permissionsOnRoles(directory, change, 'PutRolePolicy', put),
        ...permissionsOnRoles(directory, change, 'DeleteRolePolicy', removed),
      ];
    },
    async create(input, context) {
      try {
        put(context.accountId, input);
      } catch (error) {
        // The stack does not know the policy yet, so nothing else could delete what was put before the failure.
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
