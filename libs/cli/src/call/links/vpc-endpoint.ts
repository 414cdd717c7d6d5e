import { decide, type NamedPolicy } from '@cross-account-api/iam';
import { contextOf, routeName } from '@cross-account-api/iam/explanation';
import type { MethodAndPath } from '../find-route.ts';
import { callerNotRead, findInvoker, throughEndpoint } from '../holders.ts';
import { type About, broken, type Link, notRead, sound } from '../link.ts';
import { linkOfDecision } from '../link-of-decision.ts';
import { type ApiWalk, anonymousCaller, type CallerFunction } from '../pair.ts';
import { questionOn } from './invoke-route.ts';

/** A VPC endpoint can be reached from its VPC, and from networks that are connected to it. */
export function outsideVpc({ name }: CallerFunction): Link {
  const about: About = { kind: 'VPC endpoint', title: `${name} reaches a VPC endpoint` };
  return broken(
    about,
    'The API is private, and the function is not connected to a VPC: it cannot reach any VPC endpoint. Give it subnets and security groups of a VPC from which the endpoint is reached (VpcConfig).',
  );
}

const everything = { Effect: 'Allow', Action: '*', Resource: '*' };

const allowed = (statement: object): NamedPolicy => ({
  name: 'everything',
  document: { Version: '2012-10-17', Statement: statement },
});

/** Whether the policy of the VPC endpoint lets a call to a private API pass. Other policies are not decided here. */
export async function passVpcEndpoint(walk: ApiWalk, asked: MethodAndPath): Promise<Link[]> {
  const { vpcEndpoint, caller } = walk.pair;
  if (vpcEndpoint?.policy === undefined) return [];
  const { id, policy } = vpcEndpoint;
  const about = {
    kind: 'VPC endpoint',
    title: `VPC endpoint ${id} lets ${routeName(asked)} pass`,
  } as const;
  if (policy.unread !== undefined) return [notRead(about, policy.unread)];
  // Local AWS has no VPC endpoints. On AWS, an endpoint without a custom policy allows everything.
  if (policy.facts === undefined) return [sound(about, 'It has no policy.')];
  const invoker = await readInvoker(walk);
  if (invoker?.principal === undefined) return [callerNotRead(about, caller)];
  const { principal, context } = invoker;
  const resourcePolicy = allowed({ ...everything, Principal: '*' });
  const question = { ...questionOn(walk, asked), principal, context, resourcePolicy };
  const decision = decide(question, { identity: [allowed(everything)], vpcEndpoint: policy.facts });
  if (decision.allowed) return [sound(about, 'Its policy allows it.')];
  const { accountId: endpointAccountId } = policy.facts;
  return [linkOfDecision(about, decision, { organizations: walk.organizations, endpointAccountId })];
}

/** The principal of the request that comes through the endpoint. */
async function readInvoker(walk: ApiWalk) {
  const { caller, api } = walk.pair;
  if (caller.kind !== 'unsigned') return findInvoker(walk);
  const context = contextOf(anonymousCaller, api.region, walk.circumstances, throughEndpoint(walk));
  return { principal: anonymousCaller, context };
}
