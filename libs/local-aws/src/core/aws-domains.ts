import { likelyPartitionOf, partitions } from '@cross-account-api/iam';

const suffixes = partitions
  .flatMap(({ dnsSuffix, dualStackDnsSuffix }) => [`.${dnsSuffix}`, `.${dualStackDnsSuffix}`])
  .filter((suffix, index, all) => all.indexOf(suffix) === index);

/**
 * What stands before a partition's domain in the host of an endpoint, in lower case, without port.
 * @returns `undefined` for any other host
 * @example endpointName('STS.eu-west-1.amazonaws.com:443') // 'sts.eu-west-1'
 */
export function endpointName(host: string): string | undefined {
  const hostname = host.toLowerCase().replace(/:\d{1,5}$/, '');
  const suffix = suffixes.find((each) => hostname.endsWith(each));
  return suffix && hostname.slice(0, -suffix.length);
}

/** The domain of a region's endpoints, e.g. `amazonaws.com`. */
export function domainOf(region: string): string {
  return likelyPartitionOf(region).dnsSuffix;
}
