import type { NamedPolicy } from '@cross-account-api/iam';
import * as v from 'valibot';
import type { Account } from './account.ts';
import { openEc2 } from './ec2.ts';
import { readPolicyDocument } from './policy-document.ts';

const answer = v.object({
  vpcEndpointSet: v.union([
    v.object({ item: v.array(v.object({ policyDocument: v.optional(v.string()) })) }),
    v.literal(''),
  ]),
});

/**
 * Reads the policy of a VPC endpoint.
 * @returns `'missing'` if the account has no such endpoint; `undefined` if the endpoint has no policy
 * @throws ReadError
 */
export async function readVpcEndpointPolicy(
  account: Account,
  region: string,
  id: string,
): Promise<NamedPolicy | 'missing' | undefined> {
  const endpoint = process.env.AWS_ENDPOINT_URL_EC2 ?? account.customEndpoint;
  const found = await account.read(async () => {
    const ask = await openEc2({ ...account.sdk, region, ...(endpoint !== undefined && { endpoint }) });
    try {
      return await ask('DescribeVpcEndpoints', { 'VpcEndpointId.1': id });
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (/^InvalidVpcEndpointId/.test(error.name)) return undefined;
      // Local AWS has no VPC endpoints, so it has no policies for them.
      if (error.name === 'NotImplemented') return { vpcEndpointSet: { item: [{}] } };
      throw error;
    }
  });
  const set = found === undefined ? '' : v.parse(answer, found).vpcEndpointSet;
  const [first] = set === '' ? [] : set.item;
  if (first === undefined) return 'missing';
  const name = `policy of VPC endpoint ${id}`;
  return first.policyDocument === undefined
    ? undefined
    : { name, document: readPolicyDocument(first.policyDocument, name) };
}
