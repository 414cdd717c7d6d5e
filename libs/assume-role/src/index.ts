export * from './errors.ts';
export * from './middleware.ts';
export type { AssumedRole, AssumedRoleOptions, AssumedRoleProvider, RoleInvocation } from './provider.ts';
export { createAssumedRole, defaultSessionName } from './provider.ts';
export type { RefreshLogger } from './session.ts';
export type { AssumeRoleInput, RoleCredentials, SessionParameters, StsClient } from './sts.ts';
