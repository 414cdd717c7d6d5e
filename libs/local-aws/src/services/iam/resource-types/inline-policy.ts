import * as v from 'valibot';
import type { Directory } from '../../../identity/directory.ts';
import type { ResourceType } from '../../resource-type.ts';
import * as shapes from '../shapes.ts';
import { policyDocument } from './properties.ts';

const properties = v.pipe(
  v.strictObject({
    PolicyDocument: policyDocument,
    PolicyName: shapes.policyName,
    Roles: v.optional(v.array(shapes.roleName)),
    Users: v.optional(v.array(shapes.userName)),
  }),
  v.check(
    ({ Roles = [], Users = [] }) => Roles.length + Users.length > 0,
    'At least one of [Groups,Roles,Users] must be non-empty.',
  ),
);

type Properties = v.InferOutput<typeof properties>;

/** `AWS::IAM::Policy`, an inline policy of roles and users: `Ref` is a generated ID. */
export function inlinePolicyType(directory: Directory): ResourceType<typeof properties> {
  const { roles, users } = directory;

  const put = (accountId: string, { PolicyName, PolicyDocument, Roles = [], Users = [] }: Properties) => {
    for (const name of Roles) roles.putPolicy(accountId, name, PolicyName, PolicyDocument);
    for (const name of Users) users.putPolicy(accountId, name, PolicyName, PolicyDocument);
  };
  const remove = (accountId: string, from: Properties, except?: Properties) => {
    const isSame = from.PolicyName === except?.PolicyName;
    for (const name of from.Roles ?? []) {
      const isThere = roles.find(accountId, name)?.inlinePolicies.has(from.PolicyName) ?? false;
      const isKept = isSame && except.Roles?.includes(name);
      if (isThere && !isKept) roles.deletePolicy(accountId, name, from.PolicyName);
    }
    for (const name of from.Users ?? []) {
      const isThere = users.find(accountId, name)?.inlinePolicies.has(from.PolicyName) ?? false;
      const isKept = isSame && except.Users?.includes(name);
      if (isThere && !isKept) users.deletePolicy(accountId, name, from.PolicyName);
    }
  };

  return {
    typeName: 'AWS::IAM::Policy',
    properties,
    replacedBy: [],
    async create(input, context) {
      try {
        put(context.accountId, input);
      } catch (error) {
        // The stack does not know of the policy yet: nobody but this could clean up what was put before the failure.
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
