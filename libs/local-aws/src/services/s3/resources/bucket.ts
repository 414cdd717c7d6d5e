import * as v from 'valibot';
import { domainOf } from '../../../core/aws-domains.ts';
import type { PolicyPrincipals } from '../../../core/policy-principals.ts';
import { templateTags } from '../../../protocols/shapes.ts';
import { withoutEffect } from '../../../protocols/without-effect.ts';
import { deploymentPermissions } from '../../deployment-permissions.ts';
import type { ResourceContext, ResourceState, ResourceType } from '../../resource-type.ts';
import { setPolicy } from '../operations/buckets.ts';
import { publicAccessBlock } from '../public-access.ts';
import type { Bucket, BucketStore } from '../store.ts';

const settings = v.record(v.string(), v.unknown());

const NO_KEY = 'objects are not encrypted with a KMS key';
const NO_LISTS = 'objects have no access control lists';

const publicAcls = withoutEffect(v.optional(v.boolean()), NO_LISTS, true);

/** A number of days. S3's words: https://github.com/hashicorp/terraform-provider-aws/issues/25939 */
const days = v.optional(v.pipe(v.number(), v.minValue(1, 'must be a positive integer'), v.integer()));

/** The rules of a lifecycle. Only the numbers that S3 refuses are checked. */
const lifecycle = v.looseObject({
  Rules: v.array(
    v.looseObject({
      Status: v.picklist(['Enabled', 'Disabled']),
      ExpirationInDays: days,
      NoncurrentVersionExpirationInDays: days,
      NoncurrentVersionExpiration: v.optional(v.looseObject({ NoncurrentDays: days })),
      AbortIncompleteMultipartUpload: v.optional(v.looseObject({ DaysAfterInitiation: days })),
    }),
  ),
});

const properties = v.strictObject({
  BucketName: v.optional(v.string()),
  BucketEncryption: v.optional(
    v.strictObject({
      ServerSideEncryptionConfiguration: v.array(
        v.strictObject({
          ServerSideEncryptionByDefault: v.strictObject({
            SSEAlgorithm: withoutEffect(v.picklist(['AES256', 'aws:kms']), NO_KEY, 'AES256'),
            KMSMasterKeyID: withoutEffect(v.optional(v.string()), NO_KEY),
          }),
          BucketKeyEnabled: withoutEffect(v.optional(v.boolean()), NO_KEY),
        }),
      ),
    }),
  ),
  AccessControl: v.optional(
    v.literal('Private', 'local AWS only has the access control list Private. Use a bucket policy instead.'),
  ),
  CorsConfiguration: withoutEffect(v.optional(settings), 'answers have no headers of CORS'),
  LifecycleConfiguration: withoutEffect(v.optional(lifecycle), 'objects do not expire'),
  NotificationConfiguration: withoutEffect(
    v.optional(settings),
    'nothing is notified: invoke the function with the event that it would get',
  ),
  OwnershipControls: withoutEffect(v.optional(settings), NO_LISTS),
  VersioningConfiguration: v.optional(
    v.strictObject({
      Status: withoutEffect(v.picklist(['Enabled', 'Suspended']), 'an object has one version', 'Suspended'),
    }),
  ),
  PublicAccessBlockConfiguration: v.optional(
    v.strictObject({
      BlockPublicAcls: publicAcls,
      BlockPublicPolicy: v.optional(v.boolean()),
      IgnorePublicAcls: publicAcls,
      RestrictPublicBuckets: v.optional(v.boolean()),
    }),
  ),
  Tags: withoutEffect(v.optional(templateTags), 'tags of buckets cannot be read'),
});

/** `AWS::S3::Bucket`. */
export function bucketType(store: BucketStore): ResourceType<typeof properties> {
  return {
    typeName: 'AWS::S3::Bucket',
    properties,
    instead: {
      WebsiteConfiguration: 'Serve the files by another program',
    },
    replacedBy: ['BucketName'],
    requires(change) {
      const name = change.current?.physicalId ?? nameOf(change.properties, change);
      return deploymentPermissions('AWS::S3::Bucket', change, (action) =>
        /Object(?:Acl)?$/.test(action) ? `arn:aws:s3:::${name}/*` : `arn:aws:s3:::${name}`,
      );
    },
    create: async (given, context) => configured(store.create(context, nameOf(given, context)), given),
    update: async ({ physicalId }, given) => configured(store.bucket(physicalId), given),
    delete: async ({ physicalId }) => {
      if (store.find(physicalId) !== undefined) store.delete(physicalId);
    },
  };
}

/** Without settings in the template, the bucket keeps its own: a new one blocks all public access. */
function configured(
  bucket: Bucket,
  { PublicAccessBlockConfiguration: given }: v.InferOutput<typeof properties>,
): ResourceState {
  if (given !== undefined) bucket.publicAccessBlock = publicAccessBlock(given);
  return stateOf(bucket);
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
    setPolicy(store.bucket(Bucket), PolicyDocument, principals, 'CloudFormation');
    return { physicalId: Bucket, attributes: {} };
  };
  return {
    typeName: 'AWS::S3::BucketPolicy',
    properties: policyProperties,
    replacedBy: ['Bucket'],
    requires: (change) =>
      deploymentPermissions(
        'AWS::S3::BucketPolicy',
        change,
        () => `arn:aws:s3:::${change.properties.Bucket}`,
      ),
    create: async (desired) => put(desired),
    update: async (_current, desired) => put(desired),
    delete: async ({ physicalId }) => {
      delete store.find(physicalId)?.policy;
    },
  };
}
