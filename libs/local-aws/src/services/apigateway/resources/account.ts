import * as v from 'valibot';
import { permissionsOn, type ResourceType } from '../../resource-type.ts';
import { randomId } from '../definition/api-collection.ts';
import { pathPermissions } from '../operations/operation.ts';
import type { ApiStore } from '../store.ts';

const properties = v.strictObject({ CloudWatchRoleArn: v.optional(v.string()) });

/** `AWS::ApiGateway::Account`: the role with which API Gateway writes an account's logs. Deleting it changes nothing, as on AWS. */
export function accountType(store: ApiStore): ResourceType<typeof properties> {
  return {
    typeName: 'AWS::ApiGateway::Account',
    properties,
    replacedBy: [],
    requires(change) {
      const { handler, properties: given } = change;
      const setsRole = handler !== 'delete' && given.CloudWatchRoleArn !== undefined;
      return [
        ...pathPermissions(store, change, '/account', 'PATCH'),
        ...permissionsOn(
          given.CloudWatchRoleArn ?? '',
          setsRole && 'iam:GetRole',
          setsRole && 'iam:PassRole',
        ),
      ];
    },
    async create({ CloudWatchRoleArn }, context) {
      await store.setCloudWatchRoleArn(context, CloudWatchRoleArn);
      const id = randomId(10);
      return { physicalId: id, attributes: { Id: id } };
    },
    async update(current, { CloudWatchRoleArn }, _previous, context) {
      await store.setCloudWatchRoleArn(context, CloudWatchRoleArn);
      return current;
    },
    delete: async () => {},
  };
}
