import { type PolicyDocument, validatePolicy } from '@cross-account-api/iam';
import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { AwsError } from '../../../core/errors.ts';
import { isObject } from '../../../core/is-object.ts';
import { parseJson } from '../../../core/parse-json.ts';
import type { PolicyPrincipals } from '../../../core/policy-principals.ts';
import type { ServiceOperation } from '../../../protocols/operation.ts';
import { flag } from '../../../protocols/shapes.ts';
import { withoutEffect } from '../../../protocols/without-effect.ts';
import { isPublic, publicAccessBlock } from '../public-access.ts';
import { type Bucket, type BucketPolicy, type BucketStore, canonicalId, s3Error } from '../store.ts';
import { verifyChecksums } from './checksums.ts';
import { bucketInput, onBucket, only, operation, text } from './operation.ts';

const setting = v.optional(flag);

const NO_LISTS = 'objects have no access control lists';

/** The operations on buckets, their configuration and their policies. */
export function bucketOperations(
  store: BucketStore,
  principals: PolicyPrincipals,
): readonly ServiceOperation[] {
  const bucketOperation = onBucket(store);
  return [
    operation('ListBuckets', {
      http: 'GET /',
      input: v.object({ prefix: v.optional(v.string(), ''), 'bucket-region': text }),
      requires: (_input, { accountId }) => ({
        resource: '*',
        action: 's3:ListAllMyBuckets',
        context: { 's3:ResourceAccount': accountId },
      }),
      handle({ prefix, 'bucket-region': wanted }, { accountId }) {
        const buckets = store
          .list(accountId)
          .filter(({ name, region }) => name.startsWith(prefix) && (wanted ?? region) === region)
          .sort((a, b) => (a.name < b.name ? -1 : 1))
          .map(({ name, createdAt, region }) => ({
            Name: name,
            CreationDate: createdAt.toISOString(),
            BucketRegion: region,
          }));
        return {
          document: {
            ListAllMyBucketsResult: {
              Owner: { ID: canonicalId(accountId) },
              Buckets: { Bucket: buckets },
              Prefix: prefix === '' ? undefined : prefix,
            },
          },
        };
      },
    }),
    operation('CreateBucket', {
      http: 'PUT /{Bucket}',
      input: v.object({
        Bucket: v.string(),
        CreateBucketConfiguration: v.optional(
          v.union([v.literal(''), v.object({ LocationConstraint: text })]),
        ),
        'x-amz-acl': only('x-amz-acl', 'private'),
      }),
      requires: ({ Bucket, CreateBucketConfiguration: configuration, 'x-amz-acl': acl }, { accountId }) => ({
        resource: arnOf(Bucket),
        context: defined({
          's3:ResourceAccount': accountId,
          's3:locationconstraint': (configuration || undefined)?.LocationConstraint,
          's3:x-amz-acl': acl,
        }),
      }),
      handle({ Bucket, CreateBucketConfiguration: configuration }, call) {
        const region = bucketRegion((configuration || undefined)?.LocationConstraint, call.region);
        // In us-east-1, the owner may create the bucket again.
        const isAgain = store.find(Bucket)?.accountId === call.accountId && call.region === 'us-east-1';
        if (!isAgain) store.create({ accountId: call.accountId, region }, Bucket);
        return { headers: { location: `/${Bucket}`, 'x-amz-bucket-arn': arnOf(Bucket) } };
      },
    }),
    bucketOperation('HeadBucket', {
      http: 'HEAD /{Bucket}',
      input: v.object(bucketInput),
      action: 's3:ListBucket',
      // As LocalStack's tests recorded it on AWS: `test_create_bucket_head_bucket`, https://github.com/localstack/localstack
      handle: ({ name, region }) => ({
        headers: {
          'content-type': 'application/xml',
          'x-amz-access-point-alias': 'false',
          'x-amz-bucket-arn': arnOf(name),
          'x-amz-bucket-region': region,
        },
      }),
    }),
    bucketOperation('DeleteBucket', {
      http: 'DELETE /{Bucket}',
      status: 204,
      input: v.object(bucketInput),
      handle({ name }) {
        store.delete(name);
      },
    }),
    bucketOperation('GetBucketEncryption', {
      http: 'GET /{Bucket}?encryption',
      input: v.object(bucketInput),
      action: 's3:GetEncryptionConfiguration',
      // The responses about objects say the same. KMS keys have no effect.
      handle: () => ({
        document: {
          ServerSideEncryptionConfiguration: {
            Rule: {
              ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' },
              BucketKeyEnabled: 'false',
            },
          },
        },
      }),
    }),
    bucketOperation('GetBucketLocation', {
      http: 'GET /{Bucket}?location',
      input: v.object(bucketInput),
      // The constraint of us-east-1 is an empty element.
      handle: ({ region }) => ({ document: { LocationConstraint: region === 'us-east-1' ? '' : region } }),
    }),
    bucketOperation('GetBucketPolicy', {
      http: 'GET /{Bucket}?policy',
      input: v.object(bucketInput),
      handle({ name, policy }) {
        if (policy === undefined) throw s3Error('NoSuchBucketPolicy', { BucketName: name });
        const document = JSON.stringify(principals.showPrincipals(policy.document));
        return { headers: { 'content-type': 'application/json' }, body: Buffer.from(document) };
      },
    }),
    bucketOperation('PutBucketPolicy', {
      http: 'PUT /{Bucket}?policy',
      rawBody: true,
      input: v.object({
        ...bucketInput,
        'x-amz-confirm-remove-self-bucket-access': withoutEffect(
          text,
          'a policy may lock out its author without it',
        ),
      }),
      handle(bucket, _input, { request, payload, principal }) {
        verifyChecksums(request, payload);
        setPolicy(bucket, parseDocument(payload.toString('utf8')), principals, `User: ${principal.arn}`);
        // AWS's model says 200, its answers say 204: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
        return { status: 204 };
      },
    }),
    bucketOperation('DeleteBucketPolicy', {
      http: 'DELETE /{Bucket}?policy',
      status: 204,
      input: v.object(bucketInput),
      handle(bucket) {
        delete bucket.policy;
      },
    }),
    bucketOperation('GetPublicAccessBlock', {
      http: 'GET /{Bucket}?publicAccessBlock',
      input: v.object(bucketInput),
      action: 's3:GetBucketPublicAccessBlock',
      handle({ name, publicAccessBlock: block }) {
        if (block === undefined) {
          throw s3Error('NoSuchPublicAccessBlockConfiguration', { BucketName: name });
        }
        return { document: { PublicAccessBlockConfiguration: block } };
      },
    }),
    bucketOperation('PutPublicAccessBlock', {
      http: 'PUT /{Bucket}?publicAccessBlock',
      input: v.object({
        ...bucketInput,
        PublicAccessBlockConfiguration: v.object({
          BlockPublicAcls: withoutEffect(setting, NO_LISTS, true),
          IgnorePublicAcls: withoutEffect(setting, NO_LISTS, true),
          BlockPublicPolicy: setting,
          RestrictPublicBuckets: setting,
        }),
      }),
      action: 's3:PutBucketPublicAccessBlock',
      handle(bucket, { PublicAccessBlockConfiguration: given }, { request, payload }) {
        verifyChecksums(request, payload);
        bucket.publicAccessBlock = publicAccessBlock(given);
      },
    }),
    bucketOperation('DeletePublicAccessBlock', {
      http: 'DELETE /{Bucket}?publicAccessBlock',
      status: 204,
      input: v.object(bucketInput),
      action: 's3:PutBucketPublicAccessBlock',
      handle(bucket) {
        bucket.publicAccessBlock = undefined;
      },
    }),
  ];
}

/**
 * The region of a new bucket. us-east-1 takes the name of any other region, and no constraint for itself
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucketConfiguration.html). Other regions take only their own name.
 */
function bucketRegion(constraint: string | undefined, region: string): string {
  const asked = constraint === 'EU' ? 'eu-west-1' : constraint || 'us-east-1';
  if (region === 'us-east-1' && constraint) {
    if (asked !== region && /^[a-z]{2}(-[a-z]+)+-\d$/.test(asked)) return asked;
    throw s3Error('InvalidLocationConstraint', { LocationConstraint: constraint });
  }
  if (asked === region) return region;
  const named = constraint ? `${constraint} location` : 'unspecified location';
  throw new AwsError(
    'IllegalLocationConstraintException',
    `The ${named} constraint is incompatible for the region specific endpoint this request was sent to.`,
  );
}

function parseDocument(json: string): PolicyDocument {
  const document = json.startsWith('{') ? parseJson(json) : undefined;
  if (isObject(document)) return document;
  throw malformedPolicy("Policies must be valid JSON and the first byte must be '{'");
}

/**
 * Gives a bucket a policy, with bound principals ({@link PolicyPrincipals.bindPrincipals}).
 * @param author who sets it, for the error if the bucket refuses public policies
 */
export function setPolicy(
  bucket: Bucket,
  document: PolicyDocument,
  principals: PolicyPrincipals,
  author: string,
): void {
  const policy = readPolicy(bucket.name, document, principals);
  if (policy.isPublic && bucket.publicAccessBlock?.BlockPublicPolicy) {
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
    throw new AwsError(
      'AccessDenied',
      `${author} is not authorized to perform: s3:PutBucketPolicy on resource: "${arnOf(bucket.name)}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
      403,
    );
  }
  bucket.policy = policy;
}

function readPolicy(
  bucketName: string,
  document: PolicyDocument,
  principals: PolicyPrincipals,
): BucketPolicy {
  const problems = validatePolicy(document, 'resource');
  if (problems.length > 0) throw malformedPolicy(problems.join(' '));
  // A bucket policy may name only the bucket, its objects and S3's actions.
  if (!valuesOf(document, 'Action').every((action) => /^(s3:|\*$)/i.test(action))) {
    throw malformedPolicy('Policy has invalid action');
  }
  const own = arnOf(bucketName);
  if (!valuesOf(document, 'Resource').every((resource) => resource.startsWith(own))) {
    throw malformedPolicy('Policy has invalid resource');
  }
  try {
    const bound = principals.bindPrincipals(document);
    return { name: `bucket policy of ${bucketName}`, document: bound, isPublic: isPublic(document) };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const Detail = error.message.replace(/^Invalid principal in policy: /, '');
    throw malformedPolicy('Invalid principal in policy', { Detail });
  }
}

function malformedPolicy(message: string, details: AwsError['details'] = {}): AwsError {
  return new AwsError('MalformedPolicy', message, 400, details);
}

function valuesOf({ Statement: statements }: PolicyDocument, element: 'Action' | 'Resource'): string[] {
  return [statements]
    .flat()
    .filter(isObject)
    .flatMap((statement) => [statement[element], statement[`Not${element}`]].flat())
    .filter((value) => typeof value === 'string');
}

function arnOf(bucketName: string): string {
  return `arn:aws:s3:::${bucketName}`;
}
