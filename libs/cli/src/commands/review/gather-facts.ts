import {
  type Decision,
  type NamedPolicy,
  type OrganizationMembership,
  parseArn,
  splitFunctionArn,
} from '@cross-account-api/iam';
import { type ApiFacts, type HolderFacts, routeName } from '@cross-account-api/iam/explanation';
import { type Found, find, type Unread } from '../../aws/find.ts';
import { readFunctionUrl } from '../../aws/read-function.ts';
import type { WalkableCall } from '../../call/call.ts';
import { findCall } from '../../call/find-call.ts';
import { findRoute, type MethodAndPath } from '../../call/find-route.ts';
import type { OpenCall } from '../../call/open-call.ts';
import { nameOf, ownArnOf } from '../../call/pair.ts';
import { UsageError } from '../../command-line.ts';
import type { FunctionUrl, ReviewFacts } from './facts.ts';

/** The facts of a review, and what could not be read. */
export interface GatheredFacts {
  readonly facts: ReviewFacts;
  readonly unread: readonly Unread[];
  /** The accounts whose organization was not read, or not its policies: they can only deny more. */
  readonly notApplied: readonly string[];
}

/**
 * Reads everything that a review looks at. It changes nothing.
 * @param traceFile recorded calls of local AWS
 * @param callerArns roles and users that are meant to make the call, beside the caller
 * @throws UsageError if an option is missing, or names something that does not exist; ReadError if AWS cannot be reached
 */
export async function gatherReviewFacts(
  call: WalkableCall,
  open: OpenCall,
  traceFile: string | undefined,
  callerArns: readonly string[] = [],
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
  if (pair?.reading.unread !== undefined) unread.push(pair.reading.unread);

  const api = pair?.reading.known === 'ID' ? undefined : pair?.api;
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
  const functionUrls = new Map<string, FunctionUrl>();
  for (const arn of functionsBehind(api)) {
    const policy = await find(parseArn(arn).accountId, () => reader.functionPolicy(arn));
    if (policy.unread !== undefined) unread.push(policy.unread);
    if (policy.facts === undefined) continue;
    functionPolicies.set(arn, policy.facts);
    functionUrls.set(arn, await urlOf(arn, open));
  }
  const organizations = new Map<string, string | undefined>();
  const serviceControl = new Map<string, OrganizationMembership['serviceControl']>();
  let resourceControl: readonly NamedPolicy[] = [];
  const reviewed = [holderArn, call.roleArn].flatMap((arn) =>
    arn === undefined ? [] : parseArn(arn).accountId,
  );
  const inOrganizations = new Set([
    ...accounts.keys(),
    ...reviewed,
    ...(api === undefined ? [] : [api.accountId]),
  ]);
  const notApplied: string[] = [];
  for (const accountId of inOrganizations) {
    const { membership, unread: unreadPart } = await open.organization(accountId);
    if (unreadPart !== undefined) notApplied.push(accountId);
    if (unreadPart !== 'everything') organizations.set(accountId, membership?.organizationId);
    if (membership === undefined) continue;
    serviceControl.set(accountId, membership.serviceControl);
    if (accountId === (invokeRole ? parseArn(invokeRole.arn).accountId : api?.accountId)) {
      resourceControl = membership.resourceControl;
    }
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
      served: pair?.reading.served,
      functionPolicies,
      functionUrls,
      organizations,
      limits: { serviceControl, resourceControl },
      callerArns,
      asked: call.routes,
      declaredOpen: pair?.project?.declaredOpen,
      recorded: traceFile === undefined ? [] : await recordedIn(traceFile),
    },
    unread: withoutRepeats(unread),
    notApplied,
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

/**
 * The functions behind the routes. Where API Gateway invokes one with other credentials, its policy decides as well: about everybody else.
 * The policy of a function without a version or alias is another one, and it has the same code.
 */
function functionsBehind(api: ApiFacts | undefined): readonly string[] {
  const arns = (api?.routes ?? []).flatMap(({ functionArn }) =>
    functionArn === undefined || functionArn.includes('${')
      ? []
      : [functionArn, splitFunctionArn(functionArn).functionArn],
  );
  return [...new Set(arns)];
}

async function urlOf(arn: string, { accounts }: OpenCall): Promise<FunctionUrl> {
  const account = accounts.get(parseArn(arn).accountId);
  if (account === undefined) return 'unread';
  const { facts, unread } = await find(account.accountId, () => readFunctionUrl(account, arn));
  return unread === undefined ? (facts ?? 'missing') : 'unread';
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
