import { partitions } from '@cross-account-api/iam';

/** The domains of AWS's own hosts of APIs. */
const domains = partitions.flatMap(({ dnsSuffix, dualStackDnsSuffix }) => [dnsSuffix, dualStackDnsSuffix]);

/**
 * The region in the URL of an API (also private: `<api>-<vpce>`) or of a VPC endpoint.
 * @returns `undefined` if the URL has none, such as that of a custom domain
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html
 */
export function regionInUrl(url: unknown): string | undefined {
  const { hostname = '' } = (typeof url === 'string' ? URL.parse(url) : null) ?? {};
  const [, region, domain = ''] = /\.execute-api\.([a-z\d-]+)\.(?:vpce\.)?(.+)$/.exec(hostname) ?? [];
  return domains.includes(domain) ? region : undefined;
}
