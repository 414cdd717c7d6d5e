import type { Clock } from '../../core/clock.ts';
import { AwsError } from '../../core/errors.ts';
import { type PolicyPrincipals, unboundPrincipals } from '../../core/policy-principals.ts';
import { type AwsRequest, header } from '../../core/request.ts';
import type { Scope } from '../../core/scope.ts';
import type { Endpoint, Refusal, RouteQuestion } from '../../pipeline/endpoint.ts';
import { denialMessage, type RefusalCodes, refusalError } from '../../protocols/refusal.ts';
import type { ResourceType } from '../resource-type.ts';
import { readAddress } from './address.ts';
import type { PolicyCheck, PolicyRules } from './bucket-policy.ts';
import { bucketOperations } from './buckets.ts';
import { listingOperations } from './listing.ts';
import { multipartOperations } from './multipart.ts';
import { objectOperations } from './objects.ts';
import { questionFor, type S3Operation, type S3Request } from './operation.ts';
import { refuseUnknownHeaders } from './request-headers.ts';
import { bucketPolicyType, bucketType } from './resource-types.ts';
import { writeError, writeOutput } from './response.ts';
import { selectOperation } from './select-operation.ts';
import { type BucketStore, createBucketStore } from './store.ts';

/** S3 as the rest of local AWS uses it. */
export interface S3Service {
  readonly endpoint: Endpoint;
  readonly resourceTypes: readonly ResourceType[];
  /**
   * An object's bytes, for services that read artifacts and templates.
   * @throws AwsError `NoSuchBucket`, `NoSuchKey`; `AccessDenied` where the bucket is another account's
   */
  read(scope: Scope, bucket: string, key: string): Buffer;
}

function s3Operations(store: BucketStore, rules: PolicyRules): readonly S3Operation[] {
  return [
    ...bucketOperations(store, rules),
    ...listingOperations(store),
    ...objectOperations(store),
    ...multipartOperations(store),
  ];
}

/**
 * S3: buckets and objects in memory, without versions
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html).
 */
export function createS3Service(options: {
  readonly clock: Clock;
  readonly checkPolicy: PolicyCheck;
  /** Default: principals are taken as they are written. */
  readonly principals?: PolicyPrincipals;
}): S3Service {
  const store = createBucketStore(options.clock);
  const principals = options.principals ?? unboundPrincipals;
  const rules: PolicyRules = {
    check: options.checkPolicy,
    bindPrincipals: (document) => principals.bindPrincipals(document),
    showPrincipals: (document) => principals.showPrincipals(document),
  };
  const operations = s3Operations(store, rules);

  const endpoint: Endpoint = {
    signingName: 's3',
    operations,
    signatureRules: () => ({
      signingName: 's3',
      maxSkewSeconds: 900,
      path: 'as-sent',
      unsignedPayload: true,
    }),
    route(request) {
      const address = readAddress(request);
      const operation = selectOperation(operations, request, address);
      const { bucket: bucketName = '', key = '', query } = address;
      const target: S3Request = { bucketName, key, query, request };
      return {
        operation: operation.name,
        questions: ({ accountId }) => questionsOf(operation, store, target, accountId),
        dispatch: async (call) => {
          refuseUnknownHeaders(request);
          checkBucket(operation, store, target, call);
          return writeOutput(operation.handle({ ...call, ...target }), request);
        },
      };
    },
    refuse: (refusal, request) => writeError(refusalOf(refusal, request, store), request),
    fail: writeError,
  };

  return {
    endpoint,
    resourceTypes: [bucketType(store), bucketPolicyType(store, rules)],
    read(scope, bucketName, key) {
      const bucket = store.bucket(bucketName);
      if (bucket.accountId !== scope.accountId) {
        throw new AwsError(
          'AccessDenied',
          `The bucket ${bucketName} belongs to account ${bucket.accountId}: account ${scope.accountId} may not read it.`,
          403,
        );
      }
      return store.object(bucketName, key).body;
    },
  };
}

function questionsOf(
  operation: S3Operation,
  store: BucketStore,
  target: S3Request,
  accountId: string,
): readonly RouteQuestion[] {
  const bucket = store.find(target.bucketName);
  if (bucket !== undefined && operation.name !== 'CreateBucket') {
    return (
      operation.questions?.(bucket, target) ?? [
        questionFor(bucket, operation.action, operation.on === 'object' ? target.key : undefined),
      ]
    );
  }
  // Nobody owns a bucket that does not exist; whose the name is, the attempt to create one tells.
  const resource = operation.on === 'service' ? '*' : `arn:aws:s3:::${target.bucketName}`;
  return operation.on === 'service' || operation.name === 'CreateBucket'
    ? [{ action: operation.action, resource, resourceAccountId: accountId }]
    : [];
}

/** What holds for every operation on a bucket and its objects. */
function checkBucket(
  operation: S3Operation,
  store: BucketStore,
  { bucketName, key, request }: S3Request,
  { region }: Scope,
): void {
  if (operation.on === 'service' || operation.name === 'CreateBucket') return;
  const bucket = store.bucket(bucketName);
  const expectedOwner = header(request, 'x-amz-expected-bucket-owner');
  if (expectedOwner !== undefined && expectedOwner !== bucket.accountId) {
    throw new AwsError('AccessDenied', 'Access Denied', 403);
  }
  if (Buffer.byteLength(key) > 1024) {
    throw new AwsError('KeyTooLongError', 'Your key is too long', 400, {
      Size: Buffer.byteLength(key),
      MaxSizeAllowed: 1024,
    });
  }
  if (region !== bucket.region && operation.name !== 'GetBucketLocation') {
    throw new AwsError(
      'PermanentRedirect',
      'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.',
      301,
      {
        Endpoint: `${bucketName}.s3.${bucket.region}.amazonaws.com`,
        Bucket: bucketName,
        Region: bucket.region,
      },
    );
  }
}

const refusalCodes: RefusalCodes = {
  missing: 'AccessDenied',
  incomplete: 'AuthorizationHeaderMalformed',
  invalidToken: 'InvalidAccessKeyId',
  expiredToken: 'ExpiredToken',
  invalidSignature: 'SignatureDoesNotMatch',
  accessDenied: 'AccessDenied',
  status: 403,
};

function refusalOf(refusal: Refusal, request: AwsRequest, store: BucketStore): AwsError {
  if (refusal.step === 'authorization') {
    const { decision } = refusal;
    const owner = store.find(readAddress(request).bucket ?? '')?.accountId;
    const caller = decision.principalArn.split(':')[4];
    // S3 tells why only where bucket and caller are of one account, and quotes the resource.
    const message =
      owner !== undefined && owner !== caller
        ? 'Access Denied'
        : denialMessage(decision).replace(decision.resource, () => `"${decision.resource}"`);
    return new AwsError('AccessDenied', message, 403);
  }
  const { failure } = refusal;
  if (isSignedByVersion2(request)) {
    return new AwsError(
      'InvalidRequest',
      'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
    );
  }
  if (failure.kind === 'missing') return new AwsError('AccessDenied', 'Access Denied', 403);
  if (failure.kind === 'unknown-key') {
    return new AwsError(
      'InvalidAccessKeyId',
      'The AWS Access Key Id you provided does not exist in our records.',
      403,
      { AWSAccessKeyId: failure.accessKeyId },
    );
  }
  // S3 has an error of its own for most failures of authentication.
  return 's3' in failure && failure.s3 !== undefined
    ? new AwsError(failure.s3.code, failure.message, failure.s3.status, failure.s3.details)
    : refusalError(refusal, refusalCodes);
}

function isSignedByVersion2(request: AwsRequest): boolean {
  return (
    new URLSearchParams(request.rawQuery).has('AWSAccessKeyId') ||
    /^AWS /.test(header(request, 'authorization') ?? '')
  );
}
