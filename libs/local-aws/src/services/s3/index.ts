import type { Clock } from '../../pipeline/clock.ts';
import type { Endpoint, Refusal, Scope } from '../../pipeline/endpoint.ts';
import { AwsError, notImplemented } from '../../pipeline/errors.ts';
import { type AwsRequest, type AwsResponse, header } from '../../pipeline/request.ts';
import { toXml } from '../../protocols/query.ts';
import { type RefusalCodes, refusalError } from '../../protocols/refusal.ts';
import type { ResourceType } from '../resource-type.ts';
import { type Address, readAddress } from './address.ts';
import type { PolicyCheck } from './bucket-policy.ts';
import { questionFor, type S3Operation, s3Operations, writeOutput } from './operations.ts';
import { bucketPolicyType, bucketType } from './resource-types.ts';
import { createBucketStore } from './store.ts';

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

const refusalCodes: RefusalCodes = {
  missing: 'AccessDenied',
  incomplete: 'AuthorizationHeaderMalformed',
  invalidToken: 'InvalidAccessKeyId',
  expiredToken: 'ExpiredToken',
  invalidSignature: 'SignatureDoesNotMatch',
  accessDenied: 'AccessDenied',
  status: 403,
};

/**
 * S3: buckets and objects in memory, without versions
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html).
 */
export function createS3Service(options: {
  readonly clock: Clock;
  readonly checkPolicy: PolicyCheck;
}): S3Service {
  const store = createBucketStore(options.clock);
  const operations = s3Operations(store, options.checkPolicy);

  const fail = (error: AwsError, request: AwsRequest): AwsResponse => ({
    status: error.status,
    headers: { 'content-type': 'application/xml', 'x-amz-request-id': request.requestId },
    body: toXml({
      Error: {
        Code: error.code,
        Message: error.message,
        ...error.details,
        RequestId: request.requestId,
      },
    }),
  });

  const endpoint: Endpoint = {
    signingName: 's3',
    signatureRules: () => ({
      signingName: 's3',
      maxSkewSeconds: 900,
      path: 'as-sent',
      unsignedPayload: true,
    }),
    route(request) {
      const address = readAddress(request);
      const operation = selectOperation(operations, request, address);
      if (operation === undefined) {
        throw notImplemented(
          's3',
          `${request.method} ${request.rawPath}?${[...address.query.keys()].join('&')}`,
        );
      }
      const { bucket: bucketName = '', key = '', query } = address;
      return {
        operation: operation.name,
        questions: ({ accountId }) => {
          const bucket = store.find(bucketName);
          // Nobody owns a bucket that is yet to be created, nor one that does not exist: the caller's account stands in.
          const target =
            bucket === undefined
              ? {
                  action: operation.action,
                  resource:
                    bucketName === '' ? '*' : `arn:aws:s3:::${bucketName}${key === '' ? '' : `/${key}`}`,
                  resourceAccountId: accountId,
                }
              : questionFor(bucket, operation.action, objectOf(operation, key));
          return [target, ...(operation.furtherQuestions?.({ request }) ?? [])];
        },
        dispatch: async (call) =>
          writeOutput(operation.handle({ ...call, bucketName, key, query }), request.requestId, toXml),
      };
    },
    refuse: (refusal, request) => fail(refusalOf(refusal), request),
    fail,
  };

  return {
    endpoint,
    resourceTypes: [bucketType(store), bucketPolicyType(store, options.checkPolicy)],
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

/** S3 has an error of its own for most failures of authentication. */
function refusalOf(refusal: Refusal): AwsError {
  const failure = refusal.step === 'authentication' ? refusal.failure : undefined;
  return failure !== undefined && 's3' in failure && failure.s3 !== undefined
    ? new AwsError(failure.s3.code, failure.message, failure.s3.status, failure.s3.details)
    : refusalError(refusal, refusalCodes);
}

/** The object part of an action's resource; `DeleteObjects` is about all objects of the bucket. */
function objectOf(operation: S3Operation, key: string): string | undefined {
  if (operation.name === 'DeleteObjects') return '*';
  return operation.on === 'object' ? key : undefined;
}

function selectOperation(
  operations: readonly S3Operation[],
  request: AwsRequest,
  address: Address,
): S3Operation | undefined {
  const on = address.bucket === undefined ? 'service' : address.key === undefined ? 'bucket' : 'object';
  const markers = new Set<string>(address.query.keys());
  if (header(request, 'x-amz-copy-source') !== undefined) markers.add('copy');
  const candidates = operations.filter((one) => one.method === request.method && one.on === on);
  const marked = candidates.find((one) => one.marker !== undefined && markers.has(one.marker));
  if (marked !== undefined) return marked;
  // A subresource that no operation has (`?acl`) must not be taken for the plain operation.
  const unknown = [...markers].some((name) => !plainParameters.has(name) && !/^x-amz-/i.test(name));
  return unknown ? undefined : candidates.find((one) => one.marker === undefined);
}

/** Query parameters that do not select another operation. */
const plainParameters = new Set([
  'list-type',
  'prefix',
  'delimiter',
  'max-keys',
  'encoding-type',
  'continuation-token',
  'start-after',
  'fetch-owner',
  'x-id',
  'response-content-type',
  'response-content-disposition',
  'marker',
  'max-buckets',
  'bucket-region',
]);
