import * as v from 'valibot';
import type { ResourceType } from '../resource-type.ts';
import { type PolicyRules, parsePolicy } from './bucket-policy.ts';
import type { Bucket, BucketStore } from './store.ts';

const tags = v.array(v.strictObject({ Key: v.string(), Value: v.string() }));

const bucketProperties = v.strictObject({
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
  Tags: v.optional(tags),
});

const policyProperties = v.strictObject({
  Bucket: v.string(),
  PolicyDocument: v.record(v.string(), v.unknown()),
});

/** `AWS::S3::Bucket`. */
export function bucketType(store: BucketStore): ResourceType<typeof bucketProperties> {
  const configure = (bucket: Bucket, properties: v.InferOutput<typeof bucketProperties>) => {
    const set = (marker: string, document: object | undefined) =>
      document === undefined
        ? bucket.configuration.delete(marker)
        : bucket.configuration.set(marker, document);
    set(
      'encryption',
      properties.BucketEncryption && {
        ServerSideEncryptionConfiguration: {
          Rule: properties.BucketEncryption.ServerSideEncryptionConfiguration.map((rule) => ({
            ApplyServerSideEncryptionByDefault: rule.ServerSideEncryptionByDefault,
            BucketKeyEnabled: rule.BucketKeyEnabled ?? false,
          })),
        },
      },
    );
    set(
      'publicAccessBlock',
      properties.PublicAccessBlockConfiguration && {
        PublicAccessBlockConfiguration: properties.PublicAccessBlockConfiguration,
      },
    );
    set('tagging', properties.Tags && { Tagging: { TagSet: { Tag: properties.Tags } } });
    return {
      physicalId: bucket.name,
      attributes: {
        Arn: `arn:aws:s3:::${bucket.name}`,
        DomainName: `${bucket.name}.s3.amazonaws.com`,
        RegionalDomainName: `${bucket.name}.s3.${bucket.region}.amazonaws.com`,
      },
    };
  };
  return {
    typeName: 'AWS::S3::Bucket',
    properties: bucketProperties,
    replacedBy: ['BucketName'],
    create: async (properties, context) =>
      configure(
        store.create(
          context,
          properties.BucketName ?? context.generateName({ maxLength: 63, lowerCase: true }),
        ),
        properties,
      ),
    update: async (current, properties) => configure(store.bucket(current.physicalId), properties),
    delete: async ({ physicalId }) => {
      if (store.find(physicalId) !== undefined) store.delete(physicalId);
    },
  };
}

/** `AWS::S3::BucketPolicy`. */
export function bucketPolicyType(
  store: BucketStore,
  rules: PolicyRules,
): ResourceType<typeof policyProperties> {
  const put = ({ Bucket, PolicyDocument }: v.InferOutput<typeof policyProperties>) => {
    store.bucket(Bucket).policy = parsePolicy(Bucket, JSON.stringify(PolicyDocument), rules);
    return { physicalId: Bucket, attributes: {} };
  };
  return {
    typeName: 'AWS::S3::BucketPolicy',
    properties: policyProperties,
    replacedBy: ['Bucket'],
    create: async (properties) => put(properties),
    update: async (_current, properties) => put(properties),
    delete: async ({ physicalId }) => {
      const bucket = store.find(physicalId);
      if (bucket !== undefined) delete bucket.policy;
    },
  };
}
