import { likelyPartitionOf, partitions } from '@cross-account-api/iam';

const suffixes = partitions
  .flatMap(({ dnsSuffix, dualStackDnsSuffix }) => [`.${dnsSuffix}`, `.${dualStackDnsSuffix}`])
  .filter((suffix, index, all) => all.indexOf(suffix) === index);

/** The host of an endpoint without the partition's domain and port, in lower case: `sts.eu-west-1`. `undefined` for any other host. */
export function endpointName(host: string): string | undefined {
  const hostname = host.toLowerCase().replace(/:\d{1,5}$/, '');
  const suffix = suffixes.find((each) => hostname.endsWith(each));
  return suffix && hostname.slice(0, -suffix.length);
}

/** The domain of a region's endpoints, e.g. `amazonaws.com`. */
export function domainOf(region: string): string {
  return likelyPartitionOf(region).dnsSuffix;
}
