export type {
  AssumedRole,
  Credential,
  CredentialStore,
  IamUser,
  NamedPolicy,
  PolicyDocument,
  Principal,
  RootUser,
  ServicePrincipal,
} from '../core/principal.ts';
export { createDirectory, type Directory, type DirectoryOptions } from './directory.ts';
export type { AccessKey, ManagedPolicy, PolicyVersion, Role, User } from './entities.ts';
export {
  type Organization,
  OrganizationError,
  type OrganizationInput,
  readOrganization,
} from './organization.ts';
export { InvalidPrincipalError } from './policy-principals.ts';
export { createServiceRoles, type ServiceRoleRequest, type ServiceRoles } from './service-role.ts';
export { type IdPrefix, type IdSource, randomIds } from './unique-ids.ts';
