import type { AwsRequest } from '../../core/request.ts';
import type { Call, RouteQuestion } from '../../pipeline/endpoint.ts';
import type { Bucket } from './store.ts';

/** What an operation works on. */
export interface S3Call extends Call {
  readonly bucketName: string;
  readonly key: string;
  readonly query: URLSearchParams;
}

/** What is known of a request before it is authenticated: enough to ask who may do what. */
export type S3Request = Pick<S3Call, 'bucketName' | 'key' | 'query'> & { readonly request: AwsRequest };

/** The response's parts: an XML document, or bytes, with headers. */
export interface S3Output {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Root element and its content. */
  readonly xml?: object;
  readonly bytes?: Buffer;
}

/** An operation of S3. */
export interface S3Operation {
  readonly name: string;
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Whether the path names an object, a bucket, or neither. */
  readonly on: 'service' | 'bucket' | 'object';
  /**
   * What distinguishes the operation from others of the same method: a query parameter (`uploads`, `list-type=2`), or
   * `copy` for the header `x-amz-copy-source`. More than one must all be there.
   */
  readonly markers?: readonly string[];
  /** The IAM action. */
  readonly action: string;
  /** Questions in place of the one for `action` on the bucket or object. Only asked where the bucket exists. */
  questions?(bucket: Bucket, request: S3Request): readonly RouteQuestion[];
  handle(call: S3Call): S3Output;
}

/**
 * Whether a bucket's owner and policy let the caller do `action`.
 * @param key the object's, or none where it is about the bucket
 */
export function questionFor(
  bucket: Bucket,
  action: string,
  key?: string,
  context?: RouteQuestion['context'],
): RouteQuestion {
  return {
    action,
    resource: `arn:aws:s3:::${bucket.name}${key === undefined ? '' : `/${key}`}`,
    resourceAccountId: bucket.accountId,
    ...(bucket.policy === undefined ? {} : { resourcePolicy: bucket.policy }),
    ...(context === undefined ? {} : { context }),
  };
}
