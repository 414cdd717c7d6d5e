import { createHash } from 'node:crypto';
import * as v from 'valibot';
import type { ResourceType } from '../../resource-type.ts';
import type { ApiStore } from '../store.ts';

const schema = v.strictObject({ CloudWatchRoleArn: v.optional(v.string()) });

/** `AWS::ApiGateway::Account`: the role with which API Gateway writes an account's logs. Deleting it changes nothing, as on AWS. */
export function accountType(store: ApiStore): ResourceType<typeof schema> {
  return {
    typeName: 'AWS::ApiGateway::Account',
    properties: schema,
    replacedBy: [],
    async create(properties, context) {
      await store.setCloudWatchRoleArn(context, properties.CloudWatchRoleArn);
      const id = createHash('sha256')
        .update(`${context.stackId}/${context.logicalId}`)
        .digest('hex')
        .slice(0, 10);
      return { physicalId: id, attributes: { Id: id } };
    },
    async update(current, properties, _previous, context) {
      await store.setCloudWatchRoleArn(context, properties.CloudWatchRoleArn);
      return current;
    },
    delete: async () => {},
  };
}
