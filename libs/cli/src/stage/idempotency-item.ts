import { createHash } from 'node:crypto';

/** A request that the API remembers. */
export interface RememberedRequest {
  /** The function that executed it. */
  readonly functionName: string;
  readonly idempotencyKey: string;
  /** The caller, as the API saw it. */
  readonly callerArn: string;
}

/**
 * The partition key under which libs/api-handler keeps a request in the table: the function's name, and a hash of the caller and
 * its key. A session counts as its role.
 * @see https://docs.aws.amazon.com/powertools/typescript/latest/features/idempotency/ "<function name>#<hashed key>"
 */
export function idempotencyItemId({ functionName, idempotencyKey, callerArn }: RememberedRequest): string {
  const caller = callerArn.replace(/^(arn:[^:]+:sts::\d{12}:assumed-role\/[^/]+)\/[^/]+$/, '$1');
  const hash = createHash('md5').update(JSON.stringify([caller, idempotencyKey]));
  return `${functionName}#${hash.digest('base64')}`;
}
