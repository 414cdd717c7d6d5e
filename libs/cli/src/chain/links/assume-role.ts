import { contextOf, parseArn, resourceTagKeys } from '@cross-account-api/iam';
import { isFunction, short, type Walk } from '../call.ts';
import {
  callerNotRead,
  decided,
  findRole,
  fromFunction,
  ownSession,
  roleMissing,
  unreadRole,
} from '../holders.ts';
import type { Link } from '../link.ts';

export async function assumeInvokeRole(walk: Walk, invokeRoleArn: string): Promise<Link> {
  const { pair, circumstances } = walk;
  const { caller, externalId, sessionName } = pair;
  const about = { kind: 'assume role', title: `${caller.name} assumes ${short(invokeRoleArn)}` } as const;
  if (caller.roleArn === undefined) return callerNotRead(about, caller);
  const invoked = await findRole(walk, invokeRoleArn);
  if (invoked.facts === undefined && invoked.unread === undefined) {
    return roleMissing(about, invokeRoleArn, 'the caller', invoked.otherPath);
  }
  const own = await findRole(walk, caller.roleArn);
  if (own.facts === undefined && own.unread === undefined) {
    const user = isFunction(caller) ? `function ${caller.name}` : undefined;
    return roleMissing(about, caller.roleArn, user, own.otherPath);
  }
  const role = own.facts ?? unreadRole(caller.roleArn);
  const invokeRole = invoked.facts ?? unreadRole(invokeRoleArn);
  const principal = ownSession(walk, role);
  const region = isFunction(caller) ? parseArn(caller.arn).region : walk.region;
  const context = contextOf(principal, region, circumstances, {
    'sts:RoleSessionName': sessionName,
    ...(externalId !== undefined && { 'sts:ExternalId': externalId }),
    ...fromFunction(caller),
    ...resourceTagKeys(Object.entries(invokeRole.tags), 'iam'),
  });
  const resourceAccountId = parseArn(invokeRole.arn).accountId;
  const asked = { principal, action: 'sts:AssumeRole', resource: invokeRole.arn, resourceAccountId, context };
  const question = { ...asked, resourcePolicy: invokeRole.trust };
  return decided(walk, about, question, { principal: own.unread, resource: invoked.unread }, role);
}
