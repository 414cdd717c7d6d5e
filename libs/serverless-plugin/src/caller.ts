import { checkHandlers } from './commands/handlers.ts';
import { checkApiIsKnown, checkCallerAccount, checkFolders } from './commands/preflight.ts';
import { createPlugin } from './plugin.ts';
import { chooseAccessMode, keepPreviousRole, nameRoutes } from './template/caller-roles.ts';
import { denyLogGroupCreation, removeDefaultRole } from './template/function-roles.ts';
import { encryptLogs, guardRoles } from './template/guardrails.ts';
import { connectToVpc, removeManagedVpcPolicy } from './template/private-api.ts';

/** The plugin of a service that calls the API. It runs after serverless-iam-roles-per-function, whose roles it changes. */
export default createPlugin({
  packageChecks: [checkFolders, checkHandlers, checkApiIsKnown],
  deploymentChecks: [checkCallerAccount],
  functions: [chooseAccessMode, nameRoutes, connectToVpc],
  template: [
    removeDefaultRole,
    denyLogGroupCreation,
    removeManagedVpcPolicy,
    keepPreviousRole,
    encryptLogs('callerLogKeyId'),
    // After the previous role exists.
    guardRoles,
  ],
  warnings: [],
  afterDeployment: [],
  hints: [],
});
