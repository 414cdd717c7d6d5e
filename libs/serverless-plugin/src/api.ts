import { checkHandlers } from './commands/handlers.ts';
import { hintAtAccessLogRole } from './commands/hints.ts';
import { checkApiAccounts, checkCallersRoutes, checkFolders } from './commands/preflight.ts';
import { serveRoutes } from './commands/serve-routes.ts';
import { createPlugin } from './plugin.ts';
import { addInvokeRoles } from './template/callers.ts';
import { addCustomDomain } from './template/custom-domain.ts';
import { denyLogGroupCreation, removeDefaultRole } from './template/function-roles.ts';
import { encryptLogs, guardRoles } from './template/guardrails.ts';
import { warnOfLongPolicy } from './template/policy-length.ts';
import { makePrivate } from './template/private-api.ts';
import { applyAccessMode } from './template/resource-policy.ts';
import { grantRoutes, warnOfWidePatterns } from './template/routes.ts';
import { allowTableKey, encryptTables } from './template/table-key.ts';
import { deployTwice } from './template/two-deployments.ts';

/** The plugin of the service that has the API. It runs after serverless-iam-roles-per-function, whose roles it changes. */
export default createPlugin({
  packageChecks: [checkFolders, checkHandlers, checkCallersRoutes],
  deploymentChecks: [checkApiAccounts],
  functions: [allowTableKey],
  template: [
    removeDefaultRole,
    denyLogGroupCreation,
    grantRoutes,
    addInvokeRoles,
    addCustomDomain,
    // After all invoke roles exist.
    applyAccessMode,
    // Adds to the resource policy.
    makePrivate,
    encryptTables,
    encryptLogs('apiLogKeyId'),
    guardRoles,
    // Last, because it needs the finished template.
    deployTwice,
  ],
  warnings: [warnOfLongPolicy, warnOfWidePatterns],
  afterDeployment: [serveRoutes],
  hints: [hintAtAccessLogRole],
});
