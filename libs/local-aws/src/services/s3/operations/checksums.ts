import * as v from 'valibot';
import { algorithmOf, checksumAlgorithms, checksumOf } from '../../../authentication/checksums.ts';
import { AwsError } from '../../../core/errors.ts';
import { type AwsRequest, header } from '../../../core/request.ts';
import { md5, type ObjectChecksum, type StoredObject, s3Error } from '../store.ts';

const prefix = 'x-amz-checksum-';

/** Verifies a request's checksums. @returns the checksum to store with the body; `undefined` if the client sent none */
export function verifyChecksums(request: AwsRequest, payload: Buffer): ObjectChecksum | undefined {
  const contentMd5 = header(request, 'content-md5');
  if (contentMd5 !== undefined) {
    if (!/^[A-Za-z0-9+/]{22}==$/.test(contentMd5)) throw s3Error('InvalidDigest');
    if (contentMd5 !== md5(payload).toString('base64')) {
      throw new AwsError('BadDigest', 'The Content-MD5 you specified did not match what we received.');
    }
  }
  const sent = checksumAlgorithms.filter((algorithm) => header(request, prefix + algorithm) !== undefined);
  if (sent.length > 1) {
    throw new AwsError(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  }
  // A checksum in the trailer has been verified with the chunks that it follows.
  const trailers = (header(request, 'x-amz-trailer') ?? '').toLowerCase().split(',');
  const [algorithm = trailers.map((name) => algorithmOf(name.trim())).find(Boolean)] = sent;
  if (algorithm === undefined) return undefined;
  const checksum = { algorithm, value: checksumOf(algorithm, payload) };
  compareChecksum(request, checksum);
  return checksum;
}

/** Compares a checksum with the request's checksum header, if it has one. */
export function compareChecksum(request: AwsRequest, { algorithm, value }: ObjectChecksum): void {
  if ((header(request, prefix + algorithm) ?? value) === value) return;
  throw new AwsError(
    'BadDigest',
    `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`,
  );
}

/** Whether a request has a checksum of its body, of any kind. */
export function hasChecksum(request: AwsRequest): boolean {
  return request.headers.some(([name]) => name === 'content-md5' || algorithmOf(name) !== undefined);
}

/** The header that announces the algorithm of the checksums of an upload's parts. */
export const announcedAlgorithm = v.optional(
  v.pipe(
    v.string(),
    v.toLowerCase(),
    v.check(
      (algorithm) => checksumAlgorithms.includes(algorithm),
      `Checksum algorithm provided is unsupported. Please try again with any of the valid types: [${checksumAlgorithms.map((name) => name.toUpperCase()).join(', ')}]`,
    ),
  ),
);

/** A checksum as response headers. */
export function checksumHeaders({ algorithm, value }: ObjectChecksum): Record<string, string> {
  return { [prefix + algorithm]: value, 'x-amz-checksum-type': 'FULL_OBJECT' };
}

/** The checksum of an object's bytes. S3 calculates it if the client did not send one. */
export function checksumOfObject({ checksum, body }: StoredObject): ObjectChecksum {
  return checksum ?? { algorithm: 'crc64nvme', value: checksumOf('crc64nvme', body) };
}
