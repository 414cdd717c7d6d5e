import { STSClient } from '@aws-sdk/client-sts';
import { likelyPartitionOf } from '@cross-account-api/iam';
import { AwsV4Signer } from 'aws4fetch';
import { XMLParser } from 'fast-xml-parser';
import * as v from 'valibot';
import type { VpcEndpoint } from './facts.ts';
import type { SdkSettings } from './sdk-settings.ts';

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

const parser = new XMLParser({ parseTagValue: false, isArray: (name) => name === 'item' });

/**
 * Reads the `execute-api` endpoints of the VPCs that subnets belong to. The SDK's client of EC2 has 28 MB, for two requests that
 * few stages need: they are signed here.
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

/**
 * Returns a function that sends a request to EC2 and returns the document of its answer. A refusal of EC2 is an error whose name is
 * EC2's code, like the errors of the SDK.
 */
export async function openEc2(settings: SdkSettings) {
  const { region } = settings;
  // Any client finds the credentials of a profile.
  const sts = new STSClient(settings);
  const { accessKeyId, secretAccessKey, sessionToken } = await sts.config.credentials();
  sts.destroy();
  const url = new URL(settings.endpoint ?? `https://ec2.${region}.${likelyPartitionOf(region).dnsSuffix}`);
  return async (action: string, parameters: Readonly<Record<string, string>>): Promise<unknown> => {
    const body = new URLSearchParams({ Action: action, Version: '2016-11-15', ...parameters }).toString();
    const signer = new AwsV4Signer({
      method: 'POST',
      url: url.href,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body,
      service: 'ec2',
      region,
      accessKeyId,
      secretAccessKey,
      ...(sessionToken !== undefined && { sessionToken }),
    });
    const response = await fetch(url, { method: 'POST', headers: (await signer.sign()).headers, body });
    const document = parser.parse(await response.text());
    if (!response.ok) throw errorOf(document, response.status);
    return document[`${action}Response`];
  };
}

const error = v.object({ Code: v.string(), Message: v.string() });
/** The error of EC2, and of other services with its protocol. Local AWS sends the latter for a service that it does not have. */
const refusal = v.union([
  v.pipe(
    v.object({ Response: v.object({ Errors: v.object({ Error: error }) }) }),
    v.transform(({ Response }) => Response.Errors.Error),
  ),
  v.pipe(
    v.object({ ErrorResponse: v.object({ Error: error }) }),
    v.transform(({ ErrorResponse }) => ErrorResponse.Error),
  ),
]);

function errorOf(document: unknown, httpStatusCode: number): Error {
  const { success, output } = v.safeParse(refusal, document);
  const { Code, Message } = success ? output : { Code: 'Error', Message: `EC2 answered ${httpStatusCode}.` };
  return Object.assign(new Error(Message), { name: Code, $metadata: { httpStatusCode } });
}
