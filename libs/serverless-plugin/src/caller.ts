import { adoptRetained } from './commands/adopt-retained.ts';
import { checkHandlers } from './commands/handlers.ts';
import { hintAtImageDigest } from './commands/hints.ts';
import { checkApiIsKnown, checkCallerRole, checkContract, checkFolders } from './commands/preflight.ts';
import { accountOfCaller } from './credentials/account.ts';
import { grantEvents } from './events/grant-events.ts';
import { announceCallerRollback, announceOtherApi } from './interruptions/announce.ts';
import { createPlugin } from './plugin.ts';
import { isPublic } from './routes/open-doors.ts';
import { keepPreviousRole } from './template/caller-roles.ts';
import { grantCalls } from './template/calls.ts';
import { checkCalls } from './template/check-calls.ts';
import { checkReferences } from './template/check-references.ts';
import { checkTexts, checkTextsOfFunctions } from './template/cut-texts.ts';
import { checkDescriptions } from './template/descriptions.ts';
import { denyLogGroupCreation, followRoles, removeDefaultRole } from './template/function-roles.ts';
import { encryptLogs, guardRoles, retainLogs } from './template/guardrails.ts';
import { keepData } from './template/keep-data.ts';
import {
  checkVpcRoles,
  connectToVpc,
  removeManagedVpcPolicy,
  warnOfVpcRoles,
} from './template/private-api.ts';
import { fitRoleNames } from './template/role-names.ts';
import { warnOfUnwrittenMetrics } from './template/unwritten-metrics.ts';

/** The plugin of a service that calls the API. It runs after serverless-iam-roles-per-function, whose roles it changes. */
export default createPlugin({
  account: accountOfCaller,
  functionProperties: {
    // The APIs that the function calls: `api` is that of this project, the others are entries of the setting `apis`.
    calls: { type: 'array', items: { type: 'string' }, minItems: 1, uniqueItems: true },
    // For people and tools: whether the function takes the events { operation, input?, idempotencyKey? }. Nothing is deployed from it.
    takesOperations: { type: 'boolean' },
  },
  packageChecks: [
    checkFolders,
    checkTextsOfFunctions,
    checkHandlers,
    checkContract,
    checkCalls,
    checkVpcRoles,
    checkApiIsKnown,
  ],
  deploymentChecks: [checkCallerRole],
  functions: [grantCalls, connectToVpc, grantEvents],
  // It can have an API for people, too, with other authorizers.
  isOpenDoor: isPublic,
  template: [
    checkTexts,
    followRoles,
    removeDefaultRole,
    fitRoleNames,
    denyLogGroupCreation,
    removeManagedVpcPolicy,
    keepPreviousRole,
    retainLogs,
    keepData,
    encryptLogs('callerLogKeyId'),
    // After the previous role exists.
    guardRoles,
    checkDescriptions,
  ],
  finalChecks: [checkReferences],
  warnings: [warnOfVpcRoles, warnOfUnwrittenMetrics],
  beforeDeployment: [announceOtherApi, adoptRetained],
  beforeRollback: [announceCallerRollback],
  afterDeployment: [],
  hints: [hintAtImageDigest],
});
