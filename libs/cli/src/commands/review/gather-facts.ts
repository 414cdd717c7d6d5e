import {
  type ApiFacts,
  type Decision,
  type HolderFacts,
  type NamedPolicy,
  parseArn,
  routeName,
} from '@cross-account-api/iam';
import { type Found, find, type Unread } from '../../aws/find.ts';
import type { WalkableCall } from '../../call/call.ts';
import { findCall } from '../../call/find-call.ts';
import { findRoute, type MethodAndPath } from '../../call/find-route.ts';
import type { OpenCall } from '../../call/open-call.ts';
import { nameOf, ownArnOf } from '../../call/pair.ts';
import { UsageError } from '../../command-line.ts';
import type { ReviewFacts } from './facts.ts';

/** The facts of a review, and what could not be read. */
export interface GatheredFacts {
  readonly facts: ReviewFacts;
  readonly unread: readonly Unread[];
}

/**
 * Reads everything that a review looks at. It changes nothing.
 * @param traceFile recorded calls of local AWS
 * @throws UsageError if an option is missing, or names something that does not exist; ReadError if AWS cannot be reached
 */
export async function gatherFacts(
  call: WalkableCall,
  open: OpenCall,
  traceFile: string | undefined,
): Promise<GatheredFacts> {
  const { accounts, reader } = open;
  const unread: Unread[] = [];
  const known = <Facts>(found: Found<Facts>, missing: string): Facts | undefined => {
    if (found.unread !== undefined) unread.push(found.unread);
    else if (found.facts === undefined) throw new UsageError(missing);
    return found.facts;
  };
  const { side, target, pair, callerUnread, links } = await findCall(call, open);
  const missing = [...links, ...(target !== undefined && 'link' in target ? [target.link] : [])];
  for (const { problem, unread: unreadPart = [] } of missing) {
    if (problem !== undefined) throw new UsageError(problem);
    unread.push(...unreadPart);
  }
  unread.push(...[pair?.apiUnread, pair?.servedUnread].filter((each) => each !== undefined));

  const api = pair?.apiUnread === undefined ? pair?.api : undefined;
  requireRoutes(call.routes, api);

  const read = async <Facts extends HolderFacts>(
    kind: 'role' | 'user',
    arn: string | undefined,
    readOne: (arn: string) => Promise<Facts | undefined>,
  ): Promise<Facts | undefined> => {
    if (arn === undefined) return undefined;
    const missing = `There is no ${kind} ${arn}.`;
    const facts = known(await find(parseArn(arn).accountId, () => readOne(arn)), missing);
    if (facts !== undefined && facts.arn !== arn) {
      throw new UsageError(`${missing} The ${kind} of this name is ${facts.arn}.`);
    }
    return facts;
  };
  if (callerUnread !== undefined) unread.push(callerUnread);
  const holderArn = ownArnOf(side.caller);
  const caller = holderArn?.includes(':user/')
    ? await read('user', holderArn, reader.user)
    : await read('role', holderArn, reader.role);
  const invokeRole = await read('role', call.roleArn, reader.role);

  const functionPolicies = new Map<string, NamedPolicy>();
  for (const arn of invokedAsItself(api)) {
    const policy = await find(parseArn(arn).accountId, () => reader.functionPolicy(arn));
    if (policy.unread !== undefined) unread.push(policy.unread);
    else if (policy.facts !== undefined) functionPolicies.set(arn, policy.facts);
  }
  const organizations = new Map<string, string | undefined>();
  for (const each of accounts.values()) {
    const { membership, unread: unreadPart } = await open.organization(each.accountId);
    if (unreadPart !== 'everything') organizations.set(each.accountId, membership?.organizationId);
  }
  return {
    facts: {
      callerName: nameOf(call.callerArn),
      caller,
      assumesRole: call.roleArn !== undefined,
      invokeRole,
      externalId: call.externalId,
      api,
      stage: pair?.stage ?? '',
      served: pair?.served,
      functionPolicies,
      organizations,
      asked: call.routes,
      declaredOpen: pair?.declaredOpen,
      recorded: traceFile === undefined ? [] : await recordedIn(traceFile),
    },
    unread: withoutRepeats(unread),
  };
}

/** @throws UsageError if the API does not have one of the routes that the user names */
function requireRoutes(asked: readonly MethodAndPath[] = [], api: ApiFacts | undefined): void {
  const missing = api && asked.find((each) => findRoute(each, api.routes) === undefined);
  if (api === undefined || missing === undefined) return;
  throw new UsageError(
    `--route "${missing.method} ${missing.path}": the API has no such route. It has ${api.routes.map(routeName).join(', ') || 'none'}.`,
  );
}

/** The functions that API Gateway invokes as itself, so that their policies decide. */
function invokedAsItself(api: ApiFacts | undefined): readonly string[] {
  const arns = (api?.routes ?? []).flatMap(({ functionArn, credentials }) =>
    functionArn === undefined || credentials !== undefined || functionArn.includes('${') ? [] : [functionArn],
  );
  return [...new Set(arns)];
}

function withoutRepeats(unread: readonly Unread[]): readonly Unread[] {
  return [...new Map(unread.map((each) => [each.permission ?? each.failure, each])).values()];
}

async function recordedIn(file: string): Promise<readonly Decision[]> {
  const { readTraceFile } = await import('@cross-account-api/local-aws/explain');
  const decisions: Decision[] = [];
  for await (const record of readTraceFile(file)) {
    decisions.push(...record.decisions.filter(({ allowed }) => allowed));
  }
  return decisions;
}
