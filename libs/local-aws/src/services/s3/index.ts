import { accountOf, type Decision } from '@cross-account-api/iam';
import type { Clock } from '../../core/clock.ts';
import { AwsError } from '../../core/errors.ts';
import type { PolicyPrincipals } from '../../core/policy-principals.ts';
import type { Scope } from '../../core/scope.ts';
import { denialMessage } from '../../protocols/refusal.ts';
import { restXmlEndpoint } from '../../protocols/rest-xml.ts';
import { bucketOperations } from './operations/buckets.ts';
import { copyOperations } from './operations/copy.ts';
import { listingOperations } from './operations/listing.ts';
import { multipartOperations } from './operations/multipart.ts';
import { objectOperations } from './operations/objects.ts';
import { bucketIn } from './operations/operation.ts';
import { signatureConditionKeys } from './operations/request-context.ts';
import { bucketPolicyType, bucketType } from './resources/bucket.ts';
import { BucketStore } from './store.ts';

/** See {@link createS3Service}. */
export type S3Service = ReturnType<typeof createS3Service>;

/** Makes S3: buckets and objects in memory, without versions. */
export function createS3Service(options: { readonly clock: Clock; readonly principals: PolicyPrincipals }) {
  const { clock, principals } = options;
  const store = new BucketStore(clock);
  return {
    endpoint: restXmlEndpoint({
      signingName: 's3',
      namespace: 'http://s3.amazonaws.com/doc/2006-03-01/',
      operations: [
        ...bucketOperations(store, principals),
        ...listingOperations(store),
        ...objectOperations(store),
        ...copyOperations(store),
        ...multipartOperations(store),
      ],
      requestContext: signatureConditionKeys,
      denialMessage: (decision) => wordDenial(decision, store),
    }),
    resourceTypes: [bucketType(store), bucketPolicyType(store, principals)],
    /** Reads an object, for services that use artifacts and templates. */
    read(scope: Scope, bucketName: string, key: string): Buffer {
      const { accountId } = store.bucket(bucketName);
      if (accountId === scope.accountId) return store.object(bucketName, key).body;
      throw new AwsError(
        'AccessDenied',
        `The bucket ${bucketName} belongs to account ${accountId}: account ${scope.accountId} may not read it.`,
        403,
      );
    },
  };
}

/** S3 tells the reason only if bucket and caller are in the same account. It quotes the resource. */
function wordDenial(decision: Exclude<Decision, { allowed: true }>, store: BucketStore): string {
  const { resource, principalArn } = decision;
  const bucket = store.find(bucketIn(resource));
  if (bucket !== undefined && bucket.accountId !== accountOf(principalArn)) return 'Access Denied';
  return denialMessage(decision).replace(resource, () => `"${resource}"`);
}
