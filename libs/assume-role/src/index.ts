export type { AssumeRoleInput, SessionParameters, StsClient } from './client.ts';
export * from './errors.ts';
export * from './middleware.ts';
export {
  type AssumedRole,
  type AssumedRoleOptions,
  type AssumedRoleProvider,
  createAssumedRole,
  type RoleInvocation,
} from './provider.ts';
export type { RefreshLogger } from './session.ts';
export type { RoleCredentials } from './sts.ts';
