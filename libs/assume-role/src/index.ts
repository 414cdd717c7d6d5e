export {
  AssumeRoleDenied,
  AssumeRoleOptionError,
  CredentialsUnavailable,
} from './errors.ts';
export {
  type AssumeRoleOptions,
  assumeRole,
  type ContextWithRole,
  type LambdaContext,
  type RoleMiddleware,
} from './middleware.ts';
export {
  type AssumedRole,
  type AssumedRoleOptions,
  type AssumedRoleProvider,
  createAssumedRole,
  type RoleInvocation,
} from './provider.ts';
export type { RefreshLogger } from './session.ts';
export type { RoleCredentials, StsClient } from './sts.ts';
