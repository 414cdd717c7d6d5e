export { deletionOf } from './commands/left-tables.ts';
export {
  type AccountFacts,
  accountMistake,
  accountOfApi,
  accountOfCaller,
  accountOfFurther,
  accountOfOther,
  accountRemedy,
  type ServiceAccount,
  shellNotice,
  withoutCapital,
} from './credentials/account.ts';
export type { CredentialsSource } from './credentials/find.ts';
export { findCredentialsHere } from './credentials/use.ts';
export type { DeploymentFacts } from './deployment.ts';
export { EVENTS_PAGE, eventsOf } from './events/event-kinds.ts';
export type { FunctionDefinition, Resource, Template } from './framework.ts';
export { Mistake } from './mistake.ts';
export { type QuotaFinding, quotaFindings } from './quotas/findings.ts';
export { STACK_RESOURCES } from './quotas/quotas.ts';
export { CONTRACT_FOLDER, staleDocument } from './routes/contract-document.ts';
export { contractMistakes } from './routes/contract-routes.ts';
export { isPublic, openDoors } from './routes/open-doors.ts';
export { eventMistakes, otherRoutesOf, type RouteEvent, routeEventsOf } from './routes/route-events.ts';
export { routesWithoutIam, unadmittedRoutes } from './routes/unadmitted-routes.ts';
export { OWN_API } from './settings/api-entries.ts';
export type { CallerDeployment, FurtherCaller } from './settings/callers.ts';
export { SettingsError } from './settings/error.ts';
export { functionLogicalName, invokeRoleId, nameOf } from './settings/names.ts';
export {
  boundaryOf,
  type GrantedApi,
  type Project,
  projectIn,
  readStageSettings,
  type StageSettings,
  settingsOfService,
} from './settings/read.ts';
export { ACCESS_MODES } from './settings/rules.ts';
export { type ProjectService, type ProjectServices, readServices } from './settings/services.ts';
export { addInvokeRoles } from './template/callers.ts';
export { variablesOf } from './template/calls.ts';
export { type CallProblem, callProblems } from './template/check-calls.ts';
export { addCustomDomain } from './template/custom-domain.ts';
export { isGeneratedName } from './template/generated-names.ts';
export { makePrivate } from './template/private-api.ts';
export { applyAccessMode } from './template/resource-policy.ts';
export { grantRoutes } from './template/routes.ts';
