import type { NamedPolicy } from '../principal.ts';
import type { GuardedPolicy } from './guarded-policy.ts';
import { judgeStatement, type StatementJudgement } from './judge-statement.ts';

/* What the tests of the judgement guard: a role, an API and a function of account A, which account B calls. */

export const A = '111111111111';
export const B = '222222222222';
export const C = '333333333333';
export const CALLER = `arn:aws:iam::${B}:role/caller-role`;
const ROLE = `arn:aws:iam::${A}:role/invoke`;
export const GITHUB = `arn:aws:iam::${A}:oidc-provider/token.actions.githubusercontent.com`;

/** A statement, or a part of it. */
export type Json = Readonly<Record<string, unknown>>;
const policyOf = (...Statement: readonly Json[]): NamedPolicy => ({
  name: 'policy',
  document: { Version: '2012-10-17', Statement },
});
const base = {
  knownAccounts: {
    ...{ accountId: A, partition: 'aws', callerAccounts: [B], organizations: new Map([[A, undefined]]) },
    ...{ now: new Date('2026-12-01T00:00:00Z'), resourceTags: { team: 'orders' } },
  },
  ...{ inVpc: false, resourceControl: [], serviceControl: new Map() },
};
/** What the trust policy of a role guards. */
export const guardedRole = (...statements: readonly Json[]): GuardedPolicy => ({
  ...base,
  policy: policyOf(...statements),
  askedActions: [{ action: 'sts:AssumeRole', resource: ROLE }],
  tokenActions: [{ action: 'sts:AssumeRoleWithWebIdentity', resource: ROLE }],
  isForOwnAccount: true,
});
export const API = `arn:aws:execute-api:eu-central-1:${A}:abcdefghij`;
/** What the policy of an API guards: two routes, one of them with a parameter. */
export const guardedApi = (...statements: readonly Json[]): GuardedPolicy => ({
  ...base,
  policy: policyOf(...statements),
  askedActions: ['GET/orders/*', 'POST/orders'].map((route) => ({
    action: 'execute-api:Invoke',
    resource: `${API}/dev/${route}`,
  })),
  isForOwnAccount: false,
});
export const FUNCTION = `arn:aws:lambda:eu-central-1:${A}:function:orders`;
const invoke = [
  { action: 'lambda:InvokeFunction', resource: `${FUNCTION}:*` },
  {
    action: 'lambda:InvokeFunction',
    resource: FUNCTION,
    context: { 'lambda:InvokedViaFunctionUrl': 'false' },
  },
  { action: 'lambda:InvokeFunction', resource: FUNCTION },
];
/** What the policy of a function guards. */
export const guardedFunction = (...statements: readonly Json[]): GuardedPolicy => ({
  ...base,
  policy: policyOf(...statements),
  askedActions: invoke,
  serviceActions: invoke,
  isForOwnAccount: false,
});

export const trust = (Principal: unknown, Condition?: object, Action = 'sts:AssumeRole'): Json => ({
  ...{ Effect: 'Allow', Principal, Action },
  ...(Condition && { Condition }),
});
export const permission = (Principal: unknown, Condition?: object): Json => ({
  ...{ Effect: 'Allow', Principal, Action: 'lambda:InvokeFunction', Resource: FUNCTION },
  ...(Condition && { Condition }),
});
export const access = (Principal: unknown, Condition?: object): Json => ({
  ...{ Effect: 'Allow', Principal, Action: 'execute-api:Invoke', Resource: `${API}/*` },
  ...(Condition && { Condition }),
});
export const service = (name: string) => ({ Service: `${name}.amazonaws.com` });
export const source = (arn: string) => ({ ArnLike: { 'aws:SourceArn': arn } });

/** The ending in a few words: who gets in. */
export function brief(judgement: StatementJudgement): string {
  if (judgement.kind !== 'open') return judgement.kind;
  return judgement.witnesses
    .map(({ outsider }) => {
      const { kind } = outsider;
      const which =
        'accountId' in outsider
          ? outsider.accountId
          : 'organizationId' in outsider
            ? outsider.organizationId
            : '';
      const how =
        'service' in outsider ? ` through ${outsider.service}` : 'isAnonymous' in outsider ? ' unsigned' : '';
      const token = 'provider' in outsider ? ' with a token' : '';
      return `${kind} ${which}`.trim() + how + token;
    })
    .join(', ');
}
/** Judges the first statement of a policy. */
export const judged = (
  guarded: (...statements: readonly Json[]) => GuardedPolicy,
  statement: Json,
  ...others: readonly Json[]
) => brief(judgeStatement(guarded(statement, ...others), statement));
