import * as v from 'valibot';
import { domainOf } from '../../../core/aws-domains.ts';
import {
  isChanged,
  permissionsOn,
  type ResourceState,
  type ResourceType,
  tagsChange,
} from '../../resource-type.ts';
import type { Bucket, BucketStore } from '../store.ts';

const properties = v.strictObject({
  BucketName: v.optional(v.string()),
  BucketEncryption: v.optional(
    v.strictObject({
      ServerSideEncryptionConfiguration: v.array(
        v.strictObject({
          ServerSideEncryptionByDefault: v.strictObject({ SSEAlgorithm: v.literal('AES256') }),
          BucketKeyEnabled: v.optional(v.boolean()),
        }),
      ),
    }),
  ),
  PublicAccessBlockConfiguration: v.optional(
    v.strictObject({
      BlockPublicAcls: v.optional(v.boolean()),
      BlockPublicPolicy: v.optional(v.boolean()),
      IgnorePublicAcls: v.optional(v.boolean()),
      RestrictPublicBuckets: v.optional(v.boolean()),
    }),
  ),
  Tags: v.optional(v.array(v.strictObject({ Key: v.string(), Value: v.string() }))),
});

/** `AWS::S3::Bucket`. */
export function bucketType(store: BucketStore): ResourceType<typeof properties> {
  return {
    typeName: 'AWS::S3::Bucket',
    properties,
    replacedBy: ['BucketName'],
    requires(change) {
      const { handler, current, properties } = change;
      const name =
        current?.physicalId ??
        properties.BucketName ??
        change.generateName({ maxLength: 63, lowerCase: true });
      const settings = [
        isChanged(change, 'BucketEncryption') && 's3:PutEncryptionConfiguration',
        isChanged(change, 'PublicAccessBlockConfiguration') && 's3:PutBucketPublicAccessBlock',
        tagsChange(change) && 's3:PutBucketTagging',
      ];
      return permissionsOn(
        `arn:aws:s3:::${name}`,
        ...{ create: ['s3:CreateBucket', ...settings], update: settings, delete: ['s3:DeleteBucket'] }[
          handler
        ],
      );
    },
    create: async ({ BucketName }, context) =>
      stateOf(store.create(context, BucketName ?? context.generateName({ maxLength: 63, lowerCase: true }))),
    update: async ({ physicalId }) => stateOf(store.bucket(physicalId)),
    delete: async ({ physicalId }) => {
      if (store.find(physicalId) !== undefined) store.delete(physicalId);
    },
  };
}

function stateOf({ name, region }: Bucket): ResourceState {
  return {
    physicalId: name,
    attributes: {
      Arn: `arn:aws:s3:::${name}`,
      DomainName: `${name}.s3.${domainOf(region)}`,
      RegionalDomainName: `${name}.s3.${region}.${domainOf(region)}`,
    },
  };
}
