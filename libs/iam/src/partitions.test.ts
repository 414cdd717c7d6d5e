import { STSClient } from '@aws-sdk/client-sts';
import { partition as sdkPartition } from '@aws-sdk/core/client';
import { likelyPartitionOf, partitionOf, partitions } from './partitions.ts';

const { config } = new STSClient({ region: 'us-east-1' });

/** The host for which the SDK resolves the endpoint of STS. */
function sdkHost(Region: string, UseDualStack: boolean): string {
  return config.endpointProvider({ Region, UseDualStack, UseFIPS: false, UseGlobalEndpoint: false }).url.host;
}

const known = partitions.flatMap(({ name, regions }) => regions.map((region) => [region, name] as const));
// Each is in no list, but matches a pattern.
const later = [
  'eu-south-9',
  'cn-east-2',
  'us-gov-central-1',
  'us-iso-north-3',
  'eusc-de-west-2',
  'us-isob-x-1',
];

test('the table has regions of every partition', () => {
  expect(new Set(known.map(([, name]) => name)).size).toBe(partitions.length);
  expect(known.length).toBeGreaterThan(40);
});

test.each([...known.map(([region]) => region), ...later])('%s is as the SDK has it', (region) => {
  const { name, dnsSuffix, dualStackDnsSuffix } = partitionOf(region)!;
  expect(sdkPartition(region)).toMatchObject({ name, dnsSuffix, dualStackDnsSuffix });
  expect(sdkHost(region, false)).toBe(`sts.${region}.${dnsSuffix}`);
  expect(sdkHost(region, true)).toBe(`sts.${region}.${dualStackDnsSuffix}`);
});

test.each([
  ['eu-central-1', 'us-east-1'],
  ['us-gov-east-1', 'us-gov-west-1'],
  ['cn-northwest-1', 'cn-north-1'],
  ['us-isof-east-1', 'us-isof-south-1'],
  ['eusc-de-east-1', 'eusc-de-east-1'],
])('the IAM of %s is in %s', (region, iamRegion) => {
  expect(partitionOf(region)).toMatchObject({ iamRegion });
});

test.each(['moon', 'aws-global', 'xx-north-1', 'us-iso2-east-1', 'eusc-fr-west-1', 'eu-central-1\n', ''])(
  'no partition has the region %j; as in the SDK, it is likely one of "aws"',
  (region) => {
    expect(partitionOf(region)).toBeUndefined();
    expect(likelyPartitionOf(region).name).toBe('aws');
    expect(sdkPartition(region).name).toBe('aws');
  },
);
