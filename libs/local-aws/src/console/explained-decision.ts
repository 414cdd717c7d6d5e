import type { Decision } from '@cross-account-api/iam';
import {
  type Remedy,
  type RemedyTextOptions,
  remedyText,
  verdictOf,
  whyNoChange,
} from '@cross-account-api/iam/explanation';
import type { ExplainedDecision } from './model.ts';

/** The options for the texts of remedies. */
export type TextOptions = RemedyTextOptions;

/** A decision with everything that the console shows about it. */
export function explainDecision(
  decision: Decision,
  remedies: readonly Remedy[],
  options: TextOptions,
): ExplainedDecision {
  return {
    // Read now: a copy would have the getter instead of the policies.
    decision: { ...decision, consulted: decision.consulted },
    verdict: verdictOf(decision),
    remedies: remedies.map((remedy) => remedyText(remedy, options)),
    ...(!decision.allowed && remedies.length === 0 && { noRemedy: whyNoChange(decision) }),
  };
}
