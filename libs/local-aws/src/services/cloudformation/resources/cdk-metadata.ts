import * as v from 'valibot';
import type { ResourceType } from '../../resource-type.ts';

const properties = v.strictObject({ Analytics: v.optional(v.string()) });

/** Lists the constructs that made a template. It has no effect on AWS either (https://docs.aws.amazon.com/cdk/v2/guide/usage-data.html). */
export const cdkMetadataType: ResourceType<typeof properties> = {
  typeName: 'AWS::CDK::Metadata',
  properties,
  replacedBy: [],
  requires: () => [],
  create: async (_properties, context) => ({ physicalId: context.generateName(), attributes: {} }),
  update: async (current) => current,
  delete: async () => {},
};
