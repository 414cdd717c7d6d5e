import { contextOf, parseArn } from '@cross-account-api/iam';
import { type Caller, lambda, short, type Walk } from '../call.ts';
import { callerNotRead, decided, findRole, roleMissing, unreadRole } from '../holders.ts';
import type { Link } from '../link.ts';

export async function runAsRole(walk: Walk, { name, roleArn, arn }: Caller): Promise<Link> {
  if (roleArn === undefined) {
    return callerNotRead({ kind: 'function role', title: `Lambda runs ${name}` }, { name, arn });
  }
  const about = { kind: 'function role', title: `Lambda runs ${name} as ${short(roleArn)}` } as const;
  const { circumstances } = walk;
  const { facts: role, unread, otherPath } = await findRole(walk, roleArn);
  if (role === undefined && unread === undefined) {
    return roleMissing(about, roleArn, `function ${name}`, otherPath);
  }
  const { arn: resource, trust } = role ?? unreadRole(roleArn);
  return decided(
    walk,
    about,
    {
      principal: lambda,
      action: 'sts:AssumeRole',
      resource,
      resourceAccountId: parseArn(resource).accountId,
      context: contextOf(lambda, undefined, circumstances),
      resourcePolicy: trust,
    },
    { resource: unread },
  );
}
