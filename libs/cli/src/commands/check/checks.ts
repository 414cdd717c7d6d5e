import { checkAccounts, checkCredentials, checkPermissions, checkRegion } from './check-access.ts';
import { checkCallers } from './check-callers.ts';
import { checkCalls } from './check-calls.ts';
import {
  checkAccessLogRole,
  checkBoundary,
  checkEvents,
  checkLeftTables,
  checkNames,
  checkNetwork,
  checkOrganization,
  checkStacks,
  checkUnboundedRoles,
} from './check-contents.ts';
import { checkLifetimes, checkVendor } from './check-lifetimes.ts';
import {
  checkPayloads,
  checkProjectQuotas,
  checkProjectRoutes,
  checkSettings,
  checkTimeouts,
  checkTls,
  checkTools,
} from './check-project.ts';
import type { CheckResult } from './check-result.ts';
import { checkTrusted } from './check-trusted.ts';
import type { Facts } from './facts.ts';

/**
 * All checks, in the order in which they are shown. Each judges the gathered facts and sends no request. A check that depends
 * on facts that are missing because an earlier check failed has no findings.
 */
const checks: readonly ((facts: Facts) => readonly CheckResult[])[] = [
  checkTools,
  checkLifetimes,
  checkVendor,
  checkSettings,
  checkTimeouts,
  checkPayloads,
  checkProjectRoutes,
  checkEvents,
  checkProjectQuotas,
  checkTls,
  checkCredentials,
  checkRegion,
  checkAccounts,
  checkTrusted,
  checkAccessLogRole,
  checkBoundary,
  checkUnboundedRoles,
  checkOrganization,
  checkPermissions,
  checkStacks,
  checkNames,
  checkLeftTables,
  checkNetwork,
  checkCallers,
  checkCalls,
];

/** Judges the facts. */
export function runChecks(facts: Facts): readonly CheckResult[] {
  return checks.flatMap((check) => check(facts));
}
