import { likelyPartitionOf, partitions } from '@cross-account-api/iam';

// The URLs of functions are below `on.aws`.
const suffixes = [...partitions.flatMap((each) => [each.dnsSuffix, each.dualStackDnsSuffix]), 'on.aws']
  .map((domain) => `.${domain}`)
  .filter((suffix, index, all) => all.indexOf(suffix) === index);

/** The name of an endpoint: `sts.eu-west-1` for `STS.eu-west-1.amazonaws.com:443`; `undefined` for a host outside AWS's domains. */
export function endpointName(host: string): string | undefined {
  const hostname = host.toLowerCase().replace(/:\d{1,5}$/, '');
  const suffix = suffixes.find((each) => hostname.endsWith(each));
  return suffix && hostname.slice(0, -suffix.length);
}

/** The domain of a region's endpoints, e.g. `amazonaws.com`. */
export function domainOf(region: string): string {
  return likelyPartitionOf(region).dnsSuffix;
}
