import {
  type ApiFacts,
  type Decision,
  type HolderFacts,
  type NamedPolicy,
  type PolicyReader,
  parseArn,
  routeName,
} from '@cross-account-api/iam';
import { type Found, find, type Unread } from '../../aws/find.ts';
import { organizationReader } from '../../aws/read-organization.ts';
import { findRoute, type MethodAndPath } from '../../call/find-route.ts';
import { findTarget, nameOf, type OpenCall, type WalkableCall } from '../../call/open-call.ts';
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
 * @throws UsageError if an option is missing, or names something that does not exist; ExplainError if AWS cannot be reached
 */
export async function gatherFacts(
  call: WalkableCall,
  { accounts, reader, api: account }: OpenCall,
  traceFile: string | undefined,
): Promise<GatheredFacts> {
  const unread: Unread[] = [];
  const known = <Facts>(found: Found<Facts>, missing: string): Facts | undefined => {
    if (found.unread !== undefined) unread.push(found.unread);
    else if (found.facts === undefined) throw new UsageError(missing);
    return found.facts;
  };
  // Routes that cannot be read are named with everything else that is missing.
  const target = await findTarget(
    { ...call, routes: call.routes ?? [] },
    { accounts, reader, ...(account && { api: account }) },
  );
  if ('link' in target) {
    const { problem, unread: unreadApi = [] } = target.link;
    if (problem !== undefined) throw new UsageError(problem);
    unread.push(...unreadApi);
  }
  const found = 'link' in target ? undefined : target;
  unread.push(...[found?.apiUnread, found?.servedUnread].filter((each) => each !== undefined));

  const api = found?.apiUnread === undefined ? found?.api : undefined;
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
  const holderArn = await holderOfCaller(call, reader, known);
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
  const organization = organizationReader(undefined);
  const organizations = new Map<string, string | undefined>();
  for (const each of accounts.values()) {
    const { membership, unread: unreadPart } = await organization(each);
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
      stage: found?.stage ?? '',
      served: found?.served,
      functionPolicies,
      organizations,
      asked: call.routes,
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

async function holderOfCaller(
  { callerArn }: WalkableCall,
  reader: PolicyReader,
  known: <Facts>(found: Found<Facts>, missing: string) => Facts | undefined,
): Promise<string | undefined> {
  const { service, accountId } = parseArn(callerArn);
  if (service === 'iam') return callerArn;
  const found = await find(accountId, () => reader.function(callerArn));
  return known(found, `There is no function ${callerArn}.`)?.roleArn;
}

async function recordedIn(file: string): Promise<readonly Decision[]> {
  const { readTraceFile } = await import('@cross-account-api/local-aws/explain');
  const decisions: Decision[] = [];
  for await (const record of readTraceFile(file)) {
    decisions.push(...record.decisions.filter(({ allowed }) => allowed));
  }
  return decisions;
}
