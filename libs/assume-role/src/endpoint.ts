/** What follows the region in host names, and with IPv6 ("dual stack"). The first that matches. */
const SUFFIXES: readonly [region: RegExp, suffix: string, dualStack: string][] = [
  [/^cn-/, 'amazonaws.com.cn', 'api.amazonwebservices.com.cn'],
  [/^eusc-/, 'amazonaws.eu', 'api.amazonwebservices.eu'],
  [/^us-iso-/, 'c2s.ic.gov', 'api.aws.ic.gov'],
  [/^us-isob-/, 'sc2s.sgov.gov', 'api.aws.scloud'],
  [/^eu-isoe-/, 'cloud.adc-e.uk', 'api.cloud-aws.adc-e.uk'],
  [/^us-isof-/, 'csp.hci.ic.gov', 'api.aws.hci.ic.gov'],
  [/^/, 'amazonaws.com', 'api.aws'],
];

/**
 * The STS endpoint of a region, by the environment variables that AWS SDKs read.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export function stsEndpoint(
  region: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const isSet = (name: string) => environment[name]?.toLowerCase() === 'true';
  const configured = environment.AWS_ENDPOINT_URL_STS || environment.AWS_ENDPOINT_URL;
  if (configured && !isSet('AWS_IGNORE_CONFIGURED_ENDPOINT_URLS')) return configured;
  const [, suffix, dualStackSuffix] = SUFFIXES.find(([pattern]) => pattern.test(region)) ?? [];
  const dualStack = isSet('AWS_USE_DUALSTACK_ENDPOINT');
  // In GovCloud, the usual endpoint is the one with FIPS.
  const fips = isSet('AWS_USE_FIPS_ENDPOINT') && (dualStack || !region.startsWith('us-gov-'));
  return `https://sts${fips ? '-fips' : ''}.${region}.${dualStack ? dualStackSuffix : suffix}`;
}
