export type { Palette } from '@cross-account-api/command-line/text';
export type { Decision } from '@cross-account-api/iam';
export { type LocalAccount, localAccounts, localProfile } from './core/local-account.ts';
export { OrganizationError, type OrganizationInput } from './identity/organization.ts';
export { type LocalAws, type LocalAwsOptions, startLocalAws } from './local-aws.ts';
export type { TraceEvent } from './trace/event.ts';
export { recordOf } from './trace/record.ts';
export { type TraceTree, traceTree } from './trace/steps.ts';
export { renderTraceTree } from './trace/tree.ts';
