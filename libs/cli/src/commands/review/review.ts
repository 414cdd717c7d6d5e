import { reviewDenyTraps } from './deny-traps.ts';
import { type Judged, together } from './endings.ts';
import type { ReviewFacts } from './facts.ts';
import { bySeverity } from './finding.ts';
import { reviewFunctionPolicies } from './function-policy.ts';
import { reviewPermissions } from './permissions.ts';
import { readable } from './readable.ts';
import { reviewSession } from './session.ts';
import { reviewStageSettings } from './stage.ts';
import { reviewTrust } from './trust.ts';

/**
 * Reviews a call that works: what is weak about it, the worst first, and how the judgement of each statement that allows ended. It reads
 * nothing, and finds nothing that does not follow from the facts.
 */
export function review(given: ReviewFacts): Judged {
  const { facts, unread } = readable(given);
  const { findings, statements } = together([
    ...[reviewPermissions, reviewTrust, reviewFunctionPolicies].map((each) => each(facts)),
    ...[reviewSession, reviewStageSettings, reviewDenyTraps].map((each) => ({
      findings: each(facts),
      statements: [],
    })),
    { findings: [], statements: unread },
  ]);
  return {
    findings: findings.toSorted(bySeverity),
    statements,
  };
}
