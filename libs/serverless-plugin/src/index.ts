export { type AccountFacts, accountMistake } from './commands/preflight.ts';
export type { Deployment } from './deployment.ts';
export type { Resource, Template } from './framework.ts';
export { Mistake } from './mistake.ts';
export { SettingsError } from './settings/error.ts';
export { invokeRoleId, nameOf } from './settings/names.ts';
export {
  boundaryOf,
  type CallerDeployment,
  type FurtherCaller,
  type Project,
  projectIn,
  readStageSettings,
  type StageSettings,
} from './settings/read.ts';
export { ACCESS_MODES } from './settings/schema.ts';
export { type ProjectService, type ProjectServices, readServices } from './settings/services.ts';
export { addInvokeRoles } from './template/callers.ts';
export { addCustomDomain } from './template/custom-domain.ts';
export {
  MAX_POLICY_LENGTH,
  policyExcess,
  policyLength,
  trustPolicyExcess,
} from './template/policy-length.ts';
export { makePrivate } from './template/private-api.ts';
export { applyAccessMode } from './template/resource-policy.ts';
export { grantRoutes } from './template/routes.ts';
