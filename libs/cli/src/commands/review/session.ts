import { parseArn } from '@cross-account-api/iam';
import type { ReviewFacts } from './facts.ts';
import { type Finding, settingFinding } from './finding.ts';

/** The longest session of a role that another role assumed, in seconds. */
const CHAINED_SECONDS = 3600;

/** Reviews the length of sessions, and, from recorded calls, how often one begins. */
export function reviewSession(facts: ReviewFacts): readonly Finding[] {
  const { invokeRole, assumesRole, caller } = facts;
  const isUser = caller?.arn.includes(':user/') === true;
  const keys = isUser ? reviewKeys(caller.arn) : [];
  if (!assumesRole || invokeRole === undefined) return keys;
  return [
    ...keys,
    // The sessions of a user can be longer.
    ...(isUser ? [] : reviewLength(invokeRole.arn, invokeRole.maxSessionSeconds)),
    ...reviewFrequency(facts, invokeRole.arn),
  ];
}

function reviewKeys(userArn: string): readonly Finding[] {
  const { accountId, name } = parseArn(userArn);
  return [
    settingFinding({
      code: 'long-term-keys',
      severity: 'medium',
      accountId,
      message:
        'The access keys of a user do not expire: whoever finds one makes the call until it is deleted.',
      where: `user ${name}`,
      change: { text: 'Let a role make the call: that of the function, the container or the machine.' },
      documentation:
        'https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#bp-workloads-use-roles',
    }),
  ];
}

function reviewLength(roleArn: string, maxSessionSeconds: number | undefined): readonly Finding[] {
  if (maxSessionSeconds === undefined || maxSessionSeconds <= CHAINED_SECONDS) return [];
  const { accountId, name } = parseArn(roleArn);
  return [
    settingFinding({
      code: 'long-session',
      severity: 'low',
      accountId,
      message: `A caller that is itself a role gets one hour at most. The longer limit of ${maxSessionSeconds} seconds serves only whoever assumes the role in another way.`,
      where: `MaxSessionDuration of role ${name}`,
      change: {
        text: 'Set it to one hour.',
        command: `aws iam update-role --role-name ${name} --max-session-duration ${CHAINED_SECONDS}`,
      },
      documentation: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining',
    }),
  ];
}

function reviewFrequency({ recorded, caller, callerName }: ReviewFacts, roleArn: string): readonly Finding[] {
  if (caller === undefined) return [];
  const count = (action: string, principalArn: string, resource?: string) =>
    recorded.filter(
      (each) =>
        each.action === action &&
        each.context['aws:PrincipalArn'] === principalArn &&
        (resource === undefined || each.resource === resource),
    ).length;
  const assumed = count('sts:AssumeRole', caller.arn, roleArn);
  const called = count('execute-api:Invoke', roleArn);
  if (assumed < 2 || assumed < called) return [];
  return [
    settingFinding({
      code: 'assume-role-each-call',
      severity: 'low',
      accountId: parseArn(caller.arn).accountId,
      message: `${called} recorded calls took ${assumed} AssumeRole. Each costs a request to STS, and counts for the limit of the account.`,
      where: `${callerName}, as recorded`,
      change: { text: 'Keep the credentials in the execution environment until shortly before they expire.' },
      documentation: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html',
    }),
  ];
}
