import { A, B } from '../running.testing.ts';
import type { Bed, Caller, Statement } from './bed.testing.ts';

/** The callers of AssumeRole, with their accounts. `with`: has a policy `Own` that allows all actions of STS. */
export const assumers = {
  'user of A with': 'A',
  'user of A without': 'A',
  'user of B with': 'B',
  'user of B without': 'B',
  'session of A with': 'A',
  'session of B with': 'B',
} as const;
/** A caller of AssumeRole. */
export type Assumer = keyof typeof assumers;
/** Parameters of AssumeRole in the query protocol. */
export type Parameters = Readonly<Record<string, string>>;

/** A whole account as principal. */
export const root = (accountId: string) => ({ AWS: `arn:aws:iam::${accountId}:root` });
/** A user or role as principal. */
export const named = (accountId: string, kind: string, name: string) => ({
  AWS: `arn:aws:iam::${accountId}:${kind}/${name}`,
});
/** The statement `Trust` of a trust policy. */
export const trust = (Principal: unknown, more: Statement = {}): Statement => ({
  Sid: 'Trust',
  Effect: 'Allow',
  Principal,
  Action: 'sts:AssumeRole',
  ...more,
});
/** A statement's condition. */
export const when = (Condition: object): Statement => ({ Condition });
/** The statement `Ban` of a trust policy. */
export const distrust = (Principal: unknown, more: Statement = {}): Statement => ({
  ...trust(Principal, more),
  Sid: 'Ban',
  Effect: 'Deny',
});
/** Lets callers assume a role and set session tags. */
export const tagging = { Action: ['sts:AssumeRole', 'sts:TagSession'] };
/** Lets callers assume a role and set a source identity. */
export const naming = { Action: ['sts:AssumeRole', 'sts:SetSourceIdentity'] };

/** The session tag team=red. */
export const teamTag = { 'Tags.member.1.Key': 'team', 'Tags.member.1.Value': 'red' };

/** Creates the users and sessions that assume roles. */
export async function createAssumers(bed: Bed): Promise<Record<Assumer, Caller>> {
  const Own: Statement = { Sid: 'Own', Effect: 'Allow', Action: 'sts:*', Resource: '*' };
  const of = async (accountId: string) => {
    const holder = await bed.user(accountId, {
      name: 'trust-with',
      statements: [Own],
      tags: { team: 'red' },
    });
    const other = await bed.user(accountId, { name: 'trust-without' });
    const role = await bed.role(accountId, { name: 'trusted', statements: [Own] });
    return [holder, other, await bed.session(role, holder.keys)] as const;
  };
  const [ofA, ofB] = [await of(A), await of(B)];
  return {
    'user of A with': ofA[0],
    'user of A without': ofA[1],
    'session of A with': ofA[2],
    'user of B with': ofB[0],
    'user of B without': ofB[1],
    'session of B with': ofB[2],
  };
}
