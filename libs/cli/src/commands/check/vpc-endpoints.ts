import * as v from 'valibot';
import { openEc2 } from '../../aws/ec2.ts';
import type { SdkSettings } from '../../aws/sdk-settings.ts';
import type { VpcEndpoint } from './facts.ts';

/** A list. An empty list is an empty element, which the parser reads as text. */
const items = <Item extends v.GenericSchema>(item: Item) =>
  v.union([
    v.object({ item: v.array(item) }),
    v.pipe(
      v.literal(''),
      v.transform(() => ({ item: [] })),
    ),
  ]);

const subnets = v.object({ subnetSet: items(v.object({ vpcId: v.string() })) });

const endpoints = v.object({
  vpcEndpointSet: items(
    v.object({ vpcEndpointId: v.string(), vpcId: v.string(), privateDnsEnabled: v.optional(v.string()) }),
  ),
});

/**
 * Reads the `execute-api` endpoints of the VPCs that subnets belong to.
 * @throws Error with EC2's message, if it refuses
 */
export async function readVpcEndpoints(
  settings: SdkSettings,
  subnetIds: readonly string[],
): Promise<VpcEndpoint[]> {
  const ask = await openEc2(settings);
  const found = v.parse(subnets, await ask('DescribeSubnets', list('SubnetId', subnetIds)));
  const vpcIds = new Set(found.subnetSet.item.map(({ vpcId }) => vpcId));
  const { vpcEndpointSet } = v.parse(
    endpoints,
    await ask('DescribeVpcEndpoints', {
      'Filter.1.Name': 'vpc-id',
      ...list('Filter.1.Value', [...vpcIds]),
      'Filter.2.Name': 'service-name',
      'Filter.2.Value.1': '*.execute-api',
    }),
  );
  return vpcEndpointSet.item.map(({ vpcEndpointId, vpcId, privateDnsEnabled }) => ({
    id: vpcEndpointId,
    vpcId,
    privateDns: privateDnsEnabled === 'true',
  }));
}

function list(name: string, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(values.map((value, index) => [`${name}.${index + 1}`, value]));
}
