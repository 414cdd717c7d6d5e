import { parseArn } from '@cross-account-api/iam';
import * as v from 'valibot';
import { domainOf } from '../../../core/aws-domains.ts';
import { defined } from '../../../core/defined.ts';
import { AwsError } from '../../../core/errors.ts';
import type { ServiceRequest } from '../../../pipeline/endpoint.ts';
import {
  type OperationSpec,
  operationsOf,
  type Permission,
  type ServiceOperation,
} from '../../../protocols/operation.ts';
import { malformedXml, type RestXmlOutput } from '../../../protocols/rest-xml.ts';
import { withoutEffect } from '../../../protocols/without-effect.ts';
import { type Bucket, type BucketStore, s3Error } from '../store.ts';

/** Declares an operation of S3 that does not need an existing bucket. */
export const operation = operationsOf('s3', ({ path, input, message }) => {
  const name = String(path?.[0]?.key);
  // The root elements of documents begin with a capital letter, parameters and headers do not.
  return /^[A-Z]/.test(name) ? malformedXml() : invalidArgument(message, name, String(input));
});

/** An optional parameter, header or element. */
export const text = v.optional(v.string());

/** The input members of every operation on a bucket. */
export const bucketInput = { Bucket: v.string(), 'x-amz-expected-bucket-owner': text };

/** The input member of operations that a requester may pay for. */
export const payer = { 'x-amz-request-payer': withoutEffect(text, 'nobody pays') };

const longestKey = 1024;

/** The input members of every operation on an object. */
export const objectInput = {
  ...bucketInput,
  ...payer,
  Key: v.pipe(
    v.string(),
    v.check((key) => {
      const Size = Buffer.byteLength(key);
      if (Size > longestKey) throw s3Error('KeyTooLongError', { Size, MaxSizeAllowed: longestKey });
      return true;
    }),
  ),
};

/** Buckets have no versions: the version of every object is called `null`. */
export const versionId = v.optional(
  v.pipe(
    v.string(),
    v.check((version) => {
      if (/^[A-Za-z0-9._-]{32}$/.test(version)) throw s3Error('NoSuchVersion', { VersionId: version });
      return version === 'null';
    }, 'Invalid version id specified'),
  ),
);

interface Target {
  readonly Bucket: string;
  readonly Key?: string;
  readonly 'x-amz-expected-bucket-owner'?: string | undefined;
}

interface BucketOperationSpec<Schema extends v.GenericSchema<unknown, Target>>
  extends Pick<OperationSpec<Schema>, 'http' | 'status' | 'rawBody' | 'input'> {
  /** The permission that the caller needs on the bucket or object. Default: `s3:` and the operation's name. */
  readonly action?: string;
  /** The permissions that the caller needs instead of `action`. */
  requires?(bucket: Bucket, input: v.InferOutput<Schema>): readonly Permission[];
  // biome-ignore lint/suspicious/noConfusingVoidType: an operation without output ends in a call that returns nothing
  handle(bucket: Bucket, input: v.InferOutput<Schema>, call: ServiceRequest): RestXmlOutput | void;
}

/** Declares operations on existing buckets. The bucket must be in the request's region, and belong to the expected owner. */
export function onBucket(store: BucketStore) {
  return <Schema extends v.GenericSchema<unknown, Target>>(
    name: string,
    { action = `s3:${name}`, requires, handle, ...spec }: BucketOperationSpec<Schema>,
  ): ServiceOperation =>
    operation(name, {
      ...spec,
      requires(input, { accountId }) {
        const bucket = store.find(input.Bucket);
        // A bucket that does not exist has no owner, so every caller may learn that it does not exist.
        if (bucket === undefined) return [];
        const permissions = requires?.(bucket, input) ?? [permission(bucket, action, input.Key)];
        return permissions.map((one) => withRestriction(one, accountId, store));
      },
      handle(input, call) {
        const bucket = store.bucket(input.Bucket);
        const { accountId, region } = bucket;
        if ((input['x-amz-expected-bucket-owner'] ?? accountId) !== accountId) throw s3Error('AccessDenied');
        if (call.region !== region && name !== 'GetBucketLocation') {
          const Endpoint = `${bucket.name}.s3.${region}.${domainOf(region)}`;
          throw s3Error('PermanentRedirect', { Endpoint, Bucket: bucket.name, Region: region });
        }
        return handle(bucket, input, call);
      },
    });
}

/** A permission on a bucket or, with a key, on an object. */
export function permission(bucket: Bucket, action: string, key?: string, context?: Permission['context']) {
  return {
    action,
    resource: `arn:aws:s3:::${bucket.name}${key === undefined ? '' : `/${key}`}`,
    resourceAccountId: bucket.accountId,
    ...defined({ resourcePolicy: bucket.policy }),
    context: { 's3:ResourceAccount': bucket.accountId, ...context },
  };
}

/** RestrictPublicBuckets: while the policy is public, it gives other accounts nothing. */
function withRestriction(one: Permission, callerAccountId: string, store: BucketStore): Permission {
  if (one.resourceAccountId === callerAccountId) return one;
  const bucket = store.find(bucketIn(one.resource));
  const isRestricted = bucket?.policy?.isPublic && bucket.publicAccessBlock?.RestrictPublicBuckets;
  if (!isRestricted) return one;
  const { resourcePolicy: _, ...others } = one;
  return others;
}

/** A header that requests a feature. Other values than `values` are refused: to ignore them would look like success. */
export function only(header: string, ...values: readonly string[]) {
  return v.optional(
    v.pipe(
      v.string(),
      v.check((value) => {
        if (values.includes(value)) return true;
        const what = `the header ${header}: ${value.slice(0, 100)}`;
        throw new AwsError('NotImplemented', `local AWS does not implement ${what} of S3.`, 501);
      }),
    ),
  );
}

/** The error for a parameter or header with an invalid value. */
export function invalidArgument(message: string, name: string, value: string): AwsError {
  return new AwsError('InvalidArgument', message, 400, {
    ArgumentName: name,
    ArgumentValue: value.slice(0, 1024),
  });
}

/** The name of the bucket in the ARN of a bucket or of an object. */
export function bucketIn(arn: string): string {
  return parseArn(arn).resource.replace(/\/.*$/s, '');
}
