import { type Decision, type PolicyReader, parseArn, type RoleFacts } from '@cross-account-api/iam';
import { type Found, find, type Unread } from '../aws/find.ts';
import { organizationReader } from '../aws/read-organization.ts';
import { UsageError } from '../command-line.ts';
import { findTarget, nameOf, type OpenCall, type WalkableCall } from '../explain/open-call.ts';
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
  const target = await findTarget(call, { accounts, reader, ...(account && { api: account }) });
  if ('link' in target) {
    const { problem, unread: unreadApi = [] } = target.link;
    if (problem !== undefined) throw new UsageError(problem);
    unread.push(...unreadApi);
  }
  const found = 'link' in target ? undefined : target;
  unread.push(...[found?.apiUnread, found?.servedUnread].filter((each) => each !== undefined));

  const callerRoleArn = await roleOfCaller(call, reader, known);
  const role = async (arn: string | undefined): Promise<RoleFacts | undefined> => {
    if (arn === undefined) return undefined;
    const { accountId } = parseArn(arn);
    return known(await find(accountId, () => reader.role(arn)), `There is no role ${arn}.`);
  };
  const organization = organizationReader(undefined);
  const memberships = await Promise.all(
    [...accounts.values()].map(
      async (each) => [each.accountId, (await organization(each)).membership] as const,
    ),
  );
  return {
    facts: {
      callerName: nameOf(call.callerArn),
      callerRole: await role(callerRoleArn),
      assumesRole: call.roleArn !== undefined,
      invokeRole: await role(call.roleArn),
      externalId: call.externalId,
      api: found?.apiUnread === undefined ? found?.api : undefined,
      stage: found?.stage ?? '',
      served: found?.served,
      organizations: new Map(
        memberships.flatMap(([id, membership]) => (membership ? [[id, membership.organizationId]] : [])),
      ),
      asked: call.routes,
      recorded: traceFile === undefined ? [] : await recordedIn(traceFile),
    },
    unread,
  };
}

async function roleOfCaller(
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
