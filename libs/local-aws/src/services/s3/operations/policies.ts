import { type NamedPolicy, type PolicyDocument, validatePolicy } from '@cross-account-api/iam';
import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import { isObject } from '../../../core/is-object.ts';
import { parseJson } from '../../../core/parse-json.ts';
import type { PolicyPrincipals } from '../../../core/policy-principals.ts';
import type { Operation } from '../../../protocols/operation.ts';
import { type BucketStore, s3Error } from '../store.ts';
import { verifyChecksums } from './checksums.ts';
import { bucketInput, onBucket, text } from './operation.ts';

/** The operations on the policies of buckets. */
export function policyOperations(store: BucketStore, principals: PolicyPrincipals): readonly Operation[] {
  const operation = onBucket(store);
  return [
    operation('GetBucketPolicy', {
      http: 'GET /{Bucket}?policy',
      input: v.object(bucketInput),
      handle({ name, policy }) {
        if (policy === undefined) throw s3Error('NoSuchBucketPolicy', { BucketName: name });
        const document = JSON.stringify(principals.showPrincipals(policy.document));
        return { headers: { 'content-type': 'application/json' }, body: Buffer.from(document) };
      },
    }),
    operation('PutBucketPolicy', {
      http: 'PUT /{Bucket}?policy',
      rawBody: true,
      // Whether a policy may lock out its author makes no difference here.
      input: v.object({ ...bucketInput, 'x-amz-confirm-remove-self-bucket-access': text }),
      handle(bucket, _input, { request, payload }) {
        verifyChecksums(request, payload);
        bucket.policy = readPolicy(bucket.name, parseDocument(payload.toString('utf8')), principals);
        // AWS's model says 200, its answers say 204: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
        return { status: 204 };
      },
    }),
    operation('DeleteBucketPolicy', {
      http: 'DELETE /{Bucket}?policy',
      status: 204,
      input: v.object(bucketInput),
      handle(bucket) {
        delete bucket.policy;
      },
    }),
  ];
}

function parseDocument(json: string): PolicyDocument {
  const document = json.startsWith('{') ? parseJson(json) : undefined;
  if (isObject(document)) return document;
  throw malformedPolicy("Policies must be valid JSON and the first byte must be '{'");
}

/** Checks a bucket policy. @returns the policy as it is stored: {@link PolicyPrincipals.bindPrincipals} */
export function readPolicy(
  bucketName: string,
  document: PolicyDocument,
  principals: PolicyPrincipals,
): NamedPolicy {
  const problems = validatePolicy(document, 'resource');
  if (problems.length > 0) throw malformedPolicy(problems.join(' '));
  // The policy of a bucket is about the bucket and its objects, and S3's actions on them.
  if (!valuesOf(document, 'Action').every((action) => /^(s3:|\*$)/i.test(action))) {
    throw malformedPolicy('Policy has invalid action');
  }
  const own = `arn:aws:s3:::${bucketName}`;
  if (!valuesOf(document, 'Resource').every((resource) => resource.startsWith(own))) {
    throw malformedPolicy('Policy has invalid resource');
  }
  return { name: `bucket policy of ${bucketName}`, document: bindPrincipals(document, principals) };
}

function bindPrincipals(document: PolicyDocument, principals: PolicyPrincipals): PolicyDocument {
  try {
    return principals.bindPrincipals(document);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const Detail = error.message.replace(/^Invalid principal in policy: /, '');
    throw malformedPolicy('Invalid principal in policy', { Detail });
  }
}

function malformedPolicy(message: string, details: Readonly<Record<string, unknown>> = {}): AwsError {
  return new AwsError('MalformedPolicy', message, 400, details);
}

function valuesOf({ Statement: statements }: PolicyDocument, element: 'Action' | 'Resource'): string[] {
  return [statements]
    .flat()
    .filter(isObject)
    .flatMap((statement) => [statement[element], statement[`Not${element}`]].flat())
    .filter((value) => typeof value === 'string');
}
