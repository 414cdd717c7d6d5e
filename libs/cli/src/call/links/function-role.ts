import { parseArn } from '@cross-account-api/iam';
import { contextOf, type RoleFacts } from '@cross-account-api/iam/explanation';
import type { Unread } from '../../aws/find.ts';
import { callerNotRead, decided, findRole, roleMissing, unreadHolder } from '../holders.ts';
import type { About, Link } from '../link.ts';
import { type CallerFunction, kindAndName, lambdaService, type UnreadFunction, type Walk } from '../pair.ts';

/** Lambda runs a function as its role. The trust policy of the role decides. */
export async function runAsRole(walk: Walk, called: CallerFunction | UnreadFunction): Promise<Link> {
  const { name } = called;
  if (called.kind === 'unread function') {
    return callerNotRead({ kind: 'function role', title: `Lambda runs ${name}` }, called);
  }
  const { roleArn, keyArn } = called;
  const about = { kind: 'function role', title: `Lambda runs ${name} as ${kindAndName(roleArn)}` } as const;
  const { facts, unread, otherPath } = await findRole(walk, roleArn);
  if (facts === undefined && unread === undefined) {
    return roleMissing(about, roleArn, `function ${name}`, otherPath);
  }
  const link = await decide(walk, about, facts ?? unreadHolder(roleArn), unread);
  return keyArn === undefined ? link : { ...link, note: noteOnKey(keyArn, roleArn) };
}

/** Lambda decrypts the environment as the role of the function: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html */
function noteOnKey(keyArn: string, roleArn: string): string {
  return `The environment is encrypted with ${keyArn}. Whether ${kindAndName(roleArn)} may decrypt with this key was not judged (kms:Decrypt, in its policies and in that of the key): if it may not, the function does not start.`;
}

function decide(walk: Walk, about: About, role: RoleFacts, unread: Unread | undefined): Promise<Link> {
  const question = {
    principal: lambdaService,
    action: 'sts:AssumeRole',
    resource: role.arn,
    resourceAccountId: parseArn(role.arn).accountId,
    context: contextOf(lambdaService, undefined, walk.circumstances),
    resourcePolicy: role.trust,
  };
  return decided(walk, about, question, { resource: unread });
}
