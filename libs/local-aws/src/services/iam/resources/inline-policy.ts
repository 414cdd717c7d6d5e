import * as v from 'valibot';
import type { Directory } from '../../../identity/directory.ts';
import type { ResourceType } from '../../resource-type.ts';
import * as shapes from '../operations/input.ts';
import { holderNames, holdersNamed, namedHolderPermissions, without } from './named-holders.ts';
import { policyDocument } from './properties.ts';

const properties = v.pipe(
  v.strictObject({
    PolicyDocument: policyDocument,
    PolicyName: shapes.policyName,
    ...holderNames,
  }),
  v.check(
    ({ Roles = [], Users = [] }) => Roles.length + Users.length > 0,
    'At least one of [Groups,Roles,Users] must be non-empty.',
  ),
);

type Properties = v.InferOutput<typeof properties>;

/** `AWS::IAM::Policy`, an inline policy of roles and users: `Ref` is a generated ID. */
export function inlinePolicyType(directory: Directory): ResourceType<typeof properties> {
  const put = (accountId: string, input: Properties) => {
    for (const { store, name } of holdersNamed(directory, input)) {
      store.putPolicy(accountId, name, input.PolicyName, input.PolicyDocument);
    }
  };
  const remove = (accountId: string, from: Properties, next?: Properties) => {
    const kept = next?.PolicyName === from.PolicyName ? holdersNamed(directory, next) : [];
    for (const { store, name } of without(holdersNamed(directory, from), kept)) {
      const isThere = store.find(accountId, name)?.inlinePolicies.has(from.PolicyName) ?? false;
      if (isThere) store.deletePolicy(accountId, name, from.PolicyName);
    }
  };

  return {
    typeName: 'AWS::IAM::Policy',
    properties,
    replacedBy: [],
    requires(change) {
      const { handler, properties: wanted, previous } = change;
      const before = handler === 'create' ? [] : holdersNamed(directory, previous ?? wanted);
      const after = handler === 'delete' ? [] : holdersNamed(directory, wanted);
      const kept = previous?.PolicyName === wanted.PolicyName ? after : [];
      return [
        ...namedHolderPermissions(directory, change, 'Put', after),
        ...namedHolderPermissions(directory, change, 'Delete', without(before, kept)),
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
