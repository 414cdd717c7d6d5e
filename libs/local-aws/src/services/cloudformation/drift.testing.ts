import * as v from 'valibot';
import type { ResourceType } from '../resource-type.ts';
import type { Cloud } from './cloudformation.testing.ts';

/** Changes a thing as somebody does who does not use CloudFormation. */
export function changeByHand(cloud: Cloud, physicalId: string, properties: object): void {
  const present = cloud.things.get(physicalId);
  if (present === undefined) throw new Error(`no thing ${physicalId}`);
  cloud.things.set(physicalId, { ...present, properties: { ...present.properties, ...properties } });
}

/** A type without effect, of whose handlers AWS lists the actions. */
export function createQueueType(): ResourceType {
  const type: ResourceType<v.StrictObjectSchema<Record<string, never>, undefined>> = {
    typeName: 'AWS::SQS::Queue',
    properties: v.strictObject({}),
    replacedBy: [],
    requires: ({ handler }) =>
      ['sqs:SetQueueAttributes', 'sqs:GetQueueAttributes', 'sqs:ListQueueTags'].map((action) => ({
        action: handler === 'update' ? action : 'sqs:CreateQueue',
        resource: 'arn:aws:sqs:eu-central-1:111111111111:queue',
      })),
    create: async () => ({ physicalId: 'queue', attributes: {} }),
    update: async (current) => current,
    delete: async () => {},
  };
  return type as unknown as ResourceType;
}
