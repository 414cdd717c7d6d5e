import type { AwsRequest } from '../../core/request.ts';
import { featureNotImplemented } from './errors.ts';

/** Headers that ask for a feature, and the values that ask for nothing but what there is. */
const featureHeaders: ReadonlyMap<string, readonly string[]> = new Map([
  ['x-amz-acl', ['private', 'bucket-owner-full-control']],
  ['x-amz-storage-class', ['STANDARD']],
  ['x-amz-server-side-encryption', ['AES256']],
  ['x-amz-bucket-object-lock-enabled', ['false']],
]);

/** What S3's operations read of their `x-amz-` headers, and what authentication does. */
const handled = new Set(
  [
    ...['content-sha256', 'date', 'security-token', 'decoded-content-length', 'trailer', 'user-agent'],
    ...['expected-bucket-owner', 'source-expected-bucket-owner', 'object-ownership'],
    ...['copy-source', 'copy-source-range', 'metadata-directive', 'tagging', 'tagging-directive'],
    ...['sdk-checksum-algorithm', 'mp-object-size'],
    // Who pays, and whether a policy may lock its author out, makes no difference here.
    ...['request-payer', 'confirm-remove-self-bucket-access'],
  ].map((name) => `x-amz-${name}`),
);
const handledPrefixes = ['x-amz-meta-', 'x-amz-checksum-', 'x-amz-copy-source-if-'];

/**
 * Refuses what local AWS could only ignore.
 * @throws AwsError `NotImplemented` for a header that asks for a feature that is not there: an ACL, KMS, a lock, …
 */
export function refuseUnknownHeaders(request: AwsRequest): void {
  for (const [name, value] of request.headers) {
    if (!name.startsWith('x-amz-') || handled.has(name)) continue;
    if (featureHeaders.get(name)?.includes(value)) continue;
    if (handledPrefixes.some((prefix) => name.startsWith(prefix))) continue;
    throw featureNotImplemented(`the header ${name}: ${value.slice(0, 100)}`);
  }
}
