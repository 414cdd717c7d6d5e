export type { GuardedPolicy, Outsider, Witness } from './guarded-policy.ts';
export { admitsCaller, judgeStatement, type StatementJudgement } from './judge-statement.ts';
export type { AskedAction, KnownAccounts } from './kinds.ts';
export { type WorkBudget, workBudget } from './sample.ts';
export type { OrganizationPolicies } from './search.ts';
