import * as v from 'valibot';
import type { PolicyPrincipals } from '../../../core/policy-principals.ts';
import { permissionsOn, type ResourceType } from '../../resource-type.ts';
import { readPolicy } from '../operations/policies.ts';
import type { BucketStore } from '../store.ts';

const properties = v.strictObject({ Bucket: v.string(), PolicyDocument: v.record(v.string(), v.unknown()) });

/** `AWS::S3::BucketPolicy`. */
export function bucketPolicyType(
  store: BucketStore,
  principals: PolicyPrincipals,
): ResourceType<typeof properties> {
  const put = ({ Bucket, PolicyDocument }: v.InferOutput<typeof properties>) => {
    store.bucket(Bucket).policy = readPolicy(Bucket, PolicyDocument, principals);
    return { physicalId: Bucket, attributes: {} };
  };
  return {
    typeName: 'AWS::S3::BucketPolicy',
    properties,
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
