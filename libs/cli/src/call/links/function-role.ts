import { contextOf, parseArn, type RoleFacts } from '@cross-account-api/iam';
import type { Unread } from '../../aws/find.ts';
import { callerNotRead, decided, findRole, roleMissing, unreadHolder } from '../holders.ts';
import type { About, Link } from '../link.ts';
import { type Caller, lambda, short, type Walk } from '../pair.ts';

/** Lambda runs a function as its role. The trust policy of the role decides. */
export async function runAsRole(walk: Walk, { name, roleArn, arn }: Caller): Promise<Link> {
  if (roleArn === undefined) {
    return callerNotRead({ kind: 'function role', title: `Lambda runs ${name}` }, { name, arn });
  }
  const about = { kind: 'function role', title: `Lambda runs ${name} as ${short(roleArn)}` } as const;
  const { facts, unread, otherPath } = await findRole(walk, roleArn);
  if (facts === undefined && unread === undefined) {
    return roleMissing(about, roleArn, `function ${name}`, otherPath);
  }
  return decide(walk, about, facts ?? unreadHolder(roleArn), unread);
}

function decide(walk: Walk, about: About, role: RoleFacts, unread: Unread | undefined): Promise<Link> {
  const question = {
    principal: lambda,
    action: 'sts:AssumeRole',
    resource: role.arn,
    resourceAccountId: parseArn(role.arn).accountId,
    context: contextOf(lambda, undefined, walk.circumstances),
    resourcePolicy: role.trust,
  };
  return decided(walk, about, question, { resource: unread });
}
