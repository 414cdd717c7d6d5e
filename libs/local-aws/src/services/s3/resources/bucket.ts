import * as v from 'valibot';
import { domainOf } from '../../../core/aws-domains.ts';
import type { PolicyPrincipals } from '../../../core/policy-principals.ts';
import { templateTags } from '../../../protocols/shapes.ts';
import {
  isChanged,
  permissionsOn,
  type ResourceContext,
  type ResourceState,
  type ResourceType,
  tagsChange,
} from '../../resource-type.ts';
import { readPolicy } from '../operations/buckets.ts';
import type { Bucket, BucketStore } from '../store.ts';

/** Settings that have no effect. */
const settings = v.optional(v.record(v.string(), v.unknown()));

const properties = v.strictObject({
  BucketName: v.optional(v.string()),
  BucketEncryption: v.optional(
    v.strictObject({
      ServerSideEncryptionConfiguration: v.array(
        v.strictObject({
          // Without effect: a caller that may read an object needs no permission on its KMS key.
          ServerSideEncryptionByDefault: v.strictObject({
            SSEAlgorithm: v.picklist(['AES256', 'aws:kms']),
            KMSMasterKeyID: v.optional(v.string()),
          }),
          BucketKeyEnabled: v.optional(v.boolean()),
        }),
      ),
    }),
  ),
  AccessControl: v.optional(
    v.literal('Private', 'local AWS only has the access control list Private. Use a bucket policy instead.'),
  ),
  CorsConfiguration: settings,
  LifecycleConfiguration: settings,
  OwnershipControls: settings,
  VersioningConfiguration: settings,
  PublicAccessBlockConfiguration: v.optional(
    v.strictObject({
      BlockPublicAcls: v.optional(v.boolean()),
      BlockPublicPolicy: v.optional(v.boolean()),
      IgnorePublicAcls: v.optional(v.boolean()),
      RestrictPublicBuckets: v.optional(v.boolean()),
    }),
  ),
  Tags: v.optional(templateTags),
});

/** `AWS::S3::Bucket`. */
export function bucketType(store: BucketStore): ResourceType<typeof properties> {
  return {
    typeName: 'AWS::S3::Bucket',
    properties,
    instead: {
      NotificationConfiguration: 'Invoke the function with the event that it would get',
      WebsiteConfiguration: 'Serve the files by another program',
    },
    inertProperties: [
      'CorsConfiguration',
      'LifecycleConfiguration',
      'OwnershipControls',
      'VersioningConfiguration',
    ],
    replacedBy: ['BucketName'],
    requires(change) {
      const { handler, current, properties } = change;
      const name = current?.physicalId ?? nameOf(properties, change);
      const settings = [
        isChanged(change, 'BucketEncryption') && 's3:PutEncryptionConfiguration',
        isChanged(change, 'PublicAccessBlockConfiguration') && 's3:PutBucketPublicAccessBlock',
        isChanged(change, 'AccessControl') && 's3:PutBucketAcl',
        isChanged(change, 'CorsConfiguration') && 's3:PutBucketCORS',
        isChanged(change, 'LifecycleConfiguration') && 's3:PutLifecycleConfiguration',
        isChanged(change, 'OwnershipControls') && 's3:PutBucketOwnershipControls',
        isChanged(change, 'VersioningConfiguration') && 's3:PutBucketVersioning',
        tagsChange(change) && 's3:PutBucketTagging',
      ];
      const actions = {
        create: ['s3:CreateBucket', ...settings],
        update: settings,
        delete: ['s3:DeleteBucket'],
      };
      return permissionsOn(`arn:aws:s3:::${name}`, ...actions[handler]);
    },
    create: async (given, context) => stateOf(store.create(context, nameOf(given, context))),
    update: async ({ physicalId }) => stateOf(store.bucket(physicalId)),
    delete: async ({ physicalId }) => {
      if (store.find(physicalId) !== undefined) store.delete(physicalId);
    },
  };
}

function nameOf({ BucketName }: v.InferOutput<typeof properties>, context: ResourceContext): string {
  return BucketName ?? context.generateName({ maxLength: 63 }).toLowerCase();
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

const policyProperties = v.strictObject({
  Bucket: v.string(),
  PolicyDocument: v.record(v.string(), v.unknown()),
});

/** `AWS::S3::BucketPolicy`. */
export function bucketPolicyType(
  store: BucketStore,
  principals: PolicyPrincipals,
): ResourceType<typeof policyProperties> {
  const put = ({ Bucket, PolicyDocument }: v.InferOutput<typeof policyProperties>) => {
    store.bucket(Bucket).policy = readPolicy(Bucket, PolicyDocument, principals);
    return { physicalId: Bucket, attributes: {} };
  };
  return {
    typeName: 'AWS::S3::BucketPolicy',
    properties: policyProperties,
    replacedBy: ['Bucket'],
    requires: ({ handler, properties: { Bucket } }) =>
      permissionsOn(
        `arn:aws:s3:::${Bucket}`,
        's3:GetBucketPolicy',
        handler === 'delete' ? 's3:DeleteBucketPolicy' : 's3:PutBucketPolicy',
      ),
    create: async (desired) => put(desired),
    update: async (_current, desired) => put(desired),
    delete: async ({ physicalId }) => {
      delete store.find(physicalId)?.policy;
    },
  };
}
