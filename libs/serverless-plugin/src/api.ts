import { adoptRetained } from './commands/adopt-retained.ts';
import { checkHandlers } from './commands/handlers.ts';
import { hintAtAccessLogRole, hintAtImageDigest } from './commands/hints.ts';
import {
  checkCallersRoutes,
  checkContract,
  checkFolders,
  checkRoutes,
  checkTrustedAccounts,
} from './commands/preflight.ts';
import { serveRoutes } from './commands/serve-routes.ts';
import { accountOfApi } from './credentials/account.ts';
import { grantEvents } from './events/grant-events.ts';
import { announceInterruptions, announceRollback } from './interruptions/announce.ts';
import { createPlugin } from './plugin.ts';
import { mayBePublic } from './routes/open-doors.ts';
import { warnOfUnadmittedRoutes } from './routes/unadmitted-routes.ts';
import { addInvokeRoles } from './template/callers.ts';
import { checkReferences } from './template/check-references.ts';
import { checkResponses } from './template/check-responses.ts';
import { countPolls } from './template/count-polls.ts';
import { addCustomDomain } from './template/custom-domain.ts';
import { checkTexts, checkTextsOfFunctions } from './template/cut-texts.ts';
import { checkDescriptions } from './template/descriptions.ts';
import { denyLogGroupCreation, followRoles, removeDefaultRole } from './template/function-roles.ts';
import { encryptLogs, guardRoles, retainLogs } from './template/guardrails.ts';
import { keepData } from './template/keep-data.ts';
import { checkKeysTable, grantKeysTable } from './template/keys-table.ts';
import { makePrivate } from './template/private-api.ts';
import { applyAccessMode } from './template/resource-policy.ts';
import { fitRoleNames } from './template/role-names.ts';
import { grantRoutes, warnOfWidePatterns } from './template/routes.ts';
import { setSecurityPolicy } from './template/security-policy.ts';
import { allowTableKey, checkKeyRoles, encryptTables } from './template/table-key.ts';
import { deployTwice } from './template/two-deployments.ts';
import { warnOfUnwrittenMetrics } from './template/unwritten-metrics.ts';

/** The plugin of the service that has the API. It runs after serverless-iam-roles-per-function, whose roles it changes. */
export default createPlugin({
  account: accountOfApi,
  functionProperties: {},
  packageChecks: [
    checkFolders,
    checkTextsOfFunctions,
    checkHandlers,
    checkContract,
    checkRoutes,
    checkKeysTable,
    checkKeyRoles,
    checkCallersRoutes,
  ],
  deploymentChecks: [checkTrustedAccounts],
  // The statement for the table of keys is one that needs its KMS key.
  functions: [checkResponses, grantKeysTable, allowTableKey, grantEvents],
  // People can have routes of their own, with other authorizers.
  isOpenDoor: mayBePublic,
  template: [
    checkTexts,
    followRoles,
    removeDefaultRole,
    fitRoleNames,
    denyLogGroupCreation,
    grantRoutes,
    addInvokeRoles,
    addCustomDomain,
    // After all invoke roles exist.
    applyAccessMode,
    setSecurityPolicy,
    // Adds to the resource policy.
    makePrivate,
    encryptTables,
    countPolls,
    retainLogs,
    keepData,
    encryptLogs('apiLogKeyId'),
    guardRoles,
    checkDescriptions,
    // Last, because it needs the finished template.
    deployTwice,
  ],
  finalChecks: [checkReferences],
  warnings: [warnOfWidePatterns, warnOfUnadmittedRoutes, warnOfUnwrittenMetrics],
  beforeDeployment: [announceInterruptions, adoptRetained],
  beforeRollback: [announceRollback],
  afterDeployment: [serveRoutes],
  hints: [hintAtAccessLogRole, hintAtImageDigest],
});
