import type { ReviewFacts } from './facts.ts';
import type { Finding, Severity } from './finding.ts';
import { reviewPermissions } from './permissions.ts';
import { reviewSession } from './session.ts';
import { reviewStage } from './stage.ts';
import { reviewTrust } from './trust.ts';

const order: readonly Severity[] = ['high', 'medium', 'low'];

/** Reviews a call that works: what is weak about it, the worst first. It reads nothing, and finds nothing that does not follow from the facts. */
export function review(facts: ReviewFacts): readonly Finding[] {
  const findings = [reviewPermissions, reviewTrust, reviewSession, reviewStage].flatMap((each) =>
    each(facts),
  );
  return findings.sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
}
