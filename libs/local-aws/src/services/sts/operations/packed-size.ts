import { deflateRawSync } from 'node:zlib';

const ALLOTTED_BYTES = 470;
const BYTES_PER_TAG = 9;

/**
 * How much of the space for session policies and tags is used, in percent; `undefined` if there are none. AWS does not
 * publish its packing. This estimate fits what users reported of it: tags are stored about as they are (nine tags of 252
 * characters: 498 %; the six tags of EKS Pod Identity: 74 %), policies compressed (1,690 characters with three tags: 157 %).
 * Sources: https://github.com/aws-actions/configure-aws-credentials/issues/1898,
 * https://github.com/aws/containers-roadmap/issues/2413
 */
export function packedPolicySize(
  policy: string | undefined,
  policyArns: readonly string[],
  tags: Readonly<Record<string, string>>,
): number | undefined {
  const entries = Object.entries(tags);
  if (policy === undefined && policyArns.length === 0 && entries.length === 0) return undefined;
  const policies = [...(policy === undefined ? [] : [policy]), ...policyArns].join('\n');
  const policyBytes = policies === '' ? 0 : deflateRawSync(policies).length;
  const tagBytes = entries.reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value) + BYTES_PER_TAG,
    0,
  );
  return Math.max(1, Math.round(((policyBytes + tagBytes) / ALLOTTED_BYTES) * 100));
}
