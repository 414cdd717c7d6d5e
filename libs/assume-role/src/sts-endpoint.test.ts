import { STS } from '@aws-sdk/client-sts';
import { stsEndpoint } from './sts.ts';

const variables = { ...process.env };
afterEach(() => {
  process.env = { ...variables };
});

const regions = [
  ...['us-east-1', 'eu-west-1', 'ap-southeast-7', 'mx-central-1', 'cn-north-1', 'us-gov-west-1'],
  'eusc-de-east-1',
];
test.each(regions)('the endpoint of %s is that of the SDK, also with FIPS and IPv6', async (region) => {
  for (const fips of [true, false]) {
    for (const dualStack of [true, false]) {
      const hosts: string[] = [];
      const client = new STS({
        region,
        useFipsEndpoint: fips,
        useDualstackEndpoint: dualStack,
        credentials: { accessKeyId: 'AKIAEXAMPLE123456789', secretAccessKey: 'secret' },
        maxAttempts: 1,
        requestHandler: {
          handle: async (request: { hostname: string }) => {
            hosts.push(request.hostname);
            throw new Error('not sent');
          },
        },
      });
      await client.getCallerIdentity().catch(() => undefined);
      process.env.AWS_USE_FIPS_ENDPOINT = String(fips);
      process.env.AWS_USE_DUALSTACK_ENDPOINT = String(dualStack);
      expect([new URL(stsEndpoint(region)).hostname]).toEqual(hosts);
    }
  }
});

test('the endpoint is the one that the environment names', () => {
  const AWS_ENDPOINT_URL = 'http://127.0.0.1:4566';
  const AWS_ENDPOINT_URL_STS = 'https://vpce-1.sts.eu-west-1.vpce.amazonaws.com';
  const endpointWith = (environment: object) => {
    process.env = { ...environment };
    return stsEndpoint('eu-west-1');
  };
  expect(endpointWith({ AWS_ENDPOINT_URL })).toBe(AWS_ENDPOINT_URL);
  expect(endpointWith({ AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_STS })).toBe(AWS_ENDPOINT_URL_STS);
  expect(endpointWith({ AWS_ENDPOINT_URL, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' })).toBe(
    'https://sts.eu-west-1.amazonaws.com',
  );
});
