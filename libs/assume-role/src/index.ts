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
export type { AssumeRoleInput, RoleCredentials, SessionParameters, StsClient } from './sts.ts';
