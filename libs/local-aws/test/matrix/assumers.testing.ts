import { A, B } from '../running.testing.ts';
import type { Bed, Caller, Statement } from './bed.testing.ts';

/** Who assumes a role of account 111111111111; `with`: has a policy `Own` that allows everything of STS. */
export const assumers = {
  'user of A with': 'A',
  'user of A without': 'A',
  'user of B with': 'B',
  'user of B without': 'B',
  'session of A with': 'A',
  'session of B with': 'B',
} as const;
/** One of them. */
export type Assumer = keyof typeof assumers;
/** Of AssumeRole, as the query protocol spells them. */
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
/** What a role's assumers may do beside assuming it. */
export const tagging = { Action: ['sts:AssumeRole', 'sts:TagSession'] };
/** What a role's assumers may do beside assuming it. */
export const naming = { Action: ['sts:AssumeRole', 'sts:SetSourceIdentity'] };

/** The session tag team=red. */
export const teamTag = { 'Tags.member.1.Key': 'team', 'Tags.member.1.Value': 'red' };

/** Makes the users and sessions that assume roles. */
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
