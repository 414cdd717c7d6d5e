import { parseArn } from '@cross-account-api/iam';
import type { WalkableCall } from './call.ts';
import { type FoundCall, findCall, requireRoutes } from './find-call.ts';
import { type Chain, chainOf } from './link.ts';
import { keysOfRequest } from './link-of-decision.ts';
import { notesOnUnread, unreadOrganizations } from './notes.ts';
import type { OpenCall } from './open-call.ts';
import { walkCaller, walkChain } from './walk.ts';
import { withEarlierStatements } from './whole-documents.ts';

/** The chain of a call, as far as it was read. */
export interface WalkedCall {
  readonly chain: Chain;
  readonly notes: readonly string[];
  /** The accounts whose service control and resource control policies were not read. */
  readonly unreadControl: readonly string[];
}

/**
 * Walks the chain of a call as far as it can be read.
 * @param found the call, if it was looked for already
 * @throws UsageError if an option is missing, ReadError if AWS cannot be reached
 */
export async function walkCall(call: WalkableCall, open: OpenCall, found?: FoundCall): Promise<WalkedCall> {
  const { side, links, target, pair } = found ?? (await findCall(call, open));
  requireRoutes(call, pair);
  const unknown = await unknownOrganizations(call, open);
  const circumstances = { context: call.context, sessionPolicies: call.sessionPolicies, now: new Date() };
  const region = parseArn(call.callerArn).region || [...open.accounts.values()][0]?.sdk.region || 'us-east-1';
  const walked =
    pair === undefined
      ? await walkCaller(side, region, open.reader, circumstances, unknown)
      : await walkChain(pair, open.reader, circumstances, unknown);
  const chain = chainOf(
    withEarlierStatements([
      ...(call.project?.links ?? []),
      ...links,
      ...walked.links,
      ...(target !== undefined && 'link' in target ? [target.link] : []),
    ]),
  );
  const unread = await unreadOrganizations(open);
  const keys = chain.links.flatMap(({ decision }) => (decision === undefined ? [] : keysOfRequest(decision)));
  const deployed = pair?.reading.served?.deployedAt;
  return {
    chain,
    unreadControl: unread.map(({ account }) => account.accountId),
    notes: [
      ...(chain.state === 'breaks' ? [] : notesOnUnread(unread, [...new Set(keys)])),
      ...(pair?.api.policy === undefined
        ? []
        : [
            `API Gateway shows the resource policy that the API has now. The stage has the one of its deployment${deployed === undefined ? '' : ` of ${deployed.toISOString()}`}.`,
          ]),
    ],
  };
}

/** The accounts of a call whose organization is not known. */
async function unknownOrganizations(
  { callerArn, roleArn = '' }: WalkableCall,
  { accounts, organization }: OpenCall,
): Promise<ReadonlySet<string>> {
  const named = [callerArn, roleArn].map((arn) => parseArn(arn).accountId).filter(Boolean);
  const ids = [...new Set([...accounts.keys(), ...named])];
  const facts = await Promise.all(ids.map(async (id) => ({ id, ...(await organization(id)) })));
  return new Set(
    facts.flatMap(({ id, unread, membership }) =>
      unread === 'everything' && membership === undefined ? [id] : [],
    ),
  );
}
