export { type AssumeRoleDenial, AssumeRoleDenied } from './errors/assume-role-denied.ts';
export { CredentialsUnavailable, type Unavailability } from './errors/credentials-unavailable.ts';
export { InvalidOption } from './errors/invalid-option.ts';
export { assumeRole, type ContextWithRole } from './middleware.ts';
export type { AssumedRoleOptions, AssumeRoleOptions } from './options.ts';
export { type AssumedRoleProvider, createAssumedRole, type RoleInvocation } from './provider.ts';
export type { Runtime } from './runtime.ts';
export type { AssumedRole, RefreshLogger, RoleCredentials } from './types.ts';
