import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';
import { judgeAccounts, judgeCredentials, judgePermissions, judgeRegion } from './judge-access.ts';
import { judgeCallers } from './judge-callers.ts';
import {
  judgeAccessLogRole,
  judgeBoundary,
  judgeNames,
  judgeNetwork,
  judgeOrganization,
  judgeStacks,
} from './judge-contents.ts';
import {
  judgePayloads,
  judgeResourcePolicy,
  judgeRoutes,
  judgeSettings,
  judgeTimeouts,
  judgeTools,
  judgeTrustPolicies,
} from './judge-project.ts';

/**
 * All checks, in the order in which they are shown. Each judges the gathered facts and sends no request. A check that depends
 * on facts that are missing because an earlier check failed has no findings.
 */
const checks: readonly ((facts: Facts) => readonly Finding[])[] = [
  judgeTools,
  judgeSettings,
  judgeTimeouts,
  judgePayloads,
  judgeRoutes,
  judgeResourcePolicy,
  judgeTrustPolicies,
  judgeCredentials,
  judgeRegion,
  judgeAccounts,
  judgeAccessLogRole,
  judgeBoundary,
  judgeOrganization,
  judgePermissions,
  judgeStacks,
  judgeNames,
  judgeNetwork,
  judgeCallers,
];

/** Judges the facts. */
export function runChecks(facts: Facts): readonly Finding[] {
  return checks.flatMap((judge) => judge(facts));
}
