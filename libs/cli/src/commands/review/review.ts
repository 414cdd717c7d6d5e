import type { ReviewFacts } from './facts.ts';
import { type Finding, severities } from './finding.ts';
import { reviewFunctionPolicies } from './function-policy.ts';
import { reviewPermissions } from './permissions.ts';
import { reviewSession } from './session.ts';
import { reviewStage } from './stage.ts';
import { reviewTrust } from './trust.ts';

/** Reviews a call that works: what is weak about it, the worst first. It reads nothing, and finds nothing that does not follow from the facts. */
export function review(facts: ReviewFacts): readonly Finding[] {
  const findings = [
    reviewPermissions,
    reviewTrust,
    reviewFunctionPolicies,
    reviewSession,
    reviewStage,
  ].flatMap((each) => each(facts));
  return findings.sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}
