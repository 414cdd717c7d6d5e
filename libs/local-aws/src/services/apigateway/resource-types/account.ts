import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import type { ResourceContext, ResourceType } from '../../resource-type.ts';
import type { ApiStore } from '../store.ts';

const schema = v.strictObject({ CloudWatchRoleArn: v.optional(v.string()) });

/** `AWS::ApiGateway::Account`: the role with which API Gateway writes an account's logs. Deleting it changes nothing, as on AWS. */
export function accountType(store: ApiStore): ResourceType<typeof schema> {
  const put = ({ CloudWatchRoleArn: arn }: v.InferOutput<typeof schema>, context: ResourceContext) => {
    if (arn !== undefined && !/^arn:[\w-]+:iam::\d{12}:role\/.{1,600}$/.test(arn)) {
      throw new AwsError('BadRequestException', `Invalid ARN specified in the request: ${arn}`);
    }
    store.setCloudWatchRoleArn(context, arn);
  };
  return {
    typeName: 'AWS::ApiGateway::Account',
    properties: schema,
    replacedBy: [],
    async create(properties, context) {
      put(properties, context);
      const id = createHash('sha256')
        .update(`${context.stackId}/${context.logicalId}`)
        .digest('hex')
        .slice(0, 10);
      return { physicalId: id, attributes: { Id: id } };
    },
    async update(current, properties, _previous, context) {
      put(properties, context);
      return current;
    },
    delete: async () => {},
  };
}
