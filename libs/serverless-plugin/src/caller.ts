import { checkHandlers } from './commands/handlers.ts';
import { checkApiIsKnown, checkCallerRole, checkContract, checkFolders } from './commands/preflight.ts';
import { accountOfCaller } from './credentials/account.ts';
import { createPlugin } from './plugin.ts';
import { isPublic } from './routes/open-doors.ts';
import { checkApiRegion, setApiRegion } from './template/api-region.ts';
import { checkGrants, chooseAccessMode, keepPreviousRole, nameRoutes } from './template/caller-roles.ts';
import { checkDescriptions } from './template/descriptions.ts';
import { denyLogGroupCreation, removeDefaultRole } from './template/function-roles.ts';
import { encryptLogs, guardRoles, retainLogs } from './template/guardrails.ts';
import { connectToVpc, removeManagedVpcPolicy } from './template/private-api.ts';

/** The plugin of a service that calls the API. It runs after serverless-iam-roles-per-function, whose roles it changes. */
export default createPlugin({
  account: accountOfCaller,
  // For people and tools: whether the function takes the events { operation, input?, idempotencyKey? }. Nothing is deployed from it.
  functionProperties: { takesOperations: { type: 'boolean' } },
  packageChecks: [checkFolders, checkHandlers, checkContract, checkGrants, checkApiIsKnown, checkApiRegion],
  deploymentChecks: [checkCallerRole],
  functions: [chooseAccessMode, nameRoutes, connectToVpc, setApiRegion],
  // It can have an API for people, too, with other authorizers.
  isOpenDoor: isPublic,
  template: [
    removeDefaultRole,
    denyLogGroupCreation,
    removeManagedVpcPolicy,
    keepPreviousRole,
    retainLogs,
    encryptLogs('callerLogKeyId'),
    // After the previous role exists.
    guardRoles,
    checkDescriptions,
  ],
  warnings: [],
  beforeDeployment: [],
  afterDeployment: [],
  hints: [],
});
