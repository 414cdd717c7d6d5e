import { partitionData } from './aws/partition-data.ts';

/** A part of AWS with separate regions, accounts and domains. Accounts of one partition have no access to another. */
export interface Partition {
  /** The name in ARNs: `aws-cn`. */
  readonly name: string;
  /** The suffix of the host names of endpoints, without a leading dot: `amazonaws.com.cn`. */
  readonly dnsSuffix: string;
  /** The same for endpoints that IPv6 reaches, too: `api.amazonwebservices.com.cn`. */
  readonly dualStackDnsSuffix: string;
  /** The region in which IAM is. It is enabled in every account. */
  readonly iamRegion: string;
  /** Matches the names of its regions, even of those that AWS announces later. */
  readonly regionPattern: RegExp;
  /** The regions that the SDK knows. */
  readonly regions: readonly string[];
}

/** All partitions, from the AWS SDK's own data. */
export const partitions: readonly Partition[] = partitionData.map((row) => ({
  ...row,
  regionPattern: new RegExp(row.regionPattern),
}));

/** The domains under which AWS has hosts, without a leading dot. `aws` is a top-level domain of AWS: `api.aws`, `on.aws`. */
export const awsDomains: readonly string[] = [
  ...new Set(partitions.flatMap(({ dnsSuffix, dualStackDnsSuffix }) => [dnsSuffix, dualStackDnsSuffix])),
  'aws',
].filter((domain) => domain === 'aws' || !domain.endsWith('.aws'));

/**
 * The partition of a region: the one that lists it, or else the one whose pattern it matches, as the AWS SDK finds it.
 * @returns `undefined` if no partition can have such a region
 * @example partitionOf('us-gov-west-1')?.name // 'aws-us-gov'
 */
export function partitionOf(region: string): Partition | undefined {
  return (
    partitions.find(({ regions }) => regions.includes(region)) ??
    partitions.find(({ regionPattern }) => regionPattern.test(region))
  );
}

/** The partition of a region. Like the AWS SDK, returns the partition `aws` for a region that matches no partition. */
export function likelyPartitionOf(region: string): Partition {
  const found = partitionOf(region) ?? partitions.find(({ name }) => name === 'aws');
  if (found === undefined) throw new Error('The table of partitions is empty. Generate it again.');
  return found;
}
