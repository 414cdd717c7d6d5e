import {
  indent,
  type Lines,
  lines,
  type Palette,
  type TerminalOptions,
} from '@cross-account-api/command-line/text';
import type { Decision } from '../decision/decision.ts';
import type { QuestionAnswer } from './deployed/question.ts';
import { evidenceOf, explainChange, requestLines } from './explain.ts';
import { verdictOf } from './explanation.ts';
import { whyNoChange } from './no-change.ts';
import type { Remedy } from './remedy.ts';
import type { RemedyTextOptions } from './remedy-text.ts';

/** Options for printed explanations. */
export interface RenderOptions extends TerminalOptions, RemedyTextOptions {}

/** Renders the answer to a question. */
export function renderAnswer(answer: QuestionAnswer, options: RenderOptions): string[] {
  const { palette } = options;
  const { decision, remedies, notes } = answer;
  const { allowed } = decision;
  return lines(
    `${markOf(allowed, palette)} ${palette.strong(allowed ? 'Allowed.' : `Denied: ${verdictOf(decision)}`)}`,
    allowed && indent(4, requestLines(decision, palette)),
    indent(4, evidenceOf(decision, { palette })),
    !allowed && ['', indent(2, changeLines(remedies, decision, options))],
    notes.map((note) => `  ${palette.faint(`note: ${note}`)}`),
  );
}

/** The mark in front of what is allowed, or is not. */
export function markOf(holds: boolean, { allowed, denied }: Palette): string {
  return holds ? allowed('✔') : denied('✘');
}

/** The changes that together allow a denied request, or the reason why none is proposed. */
export function changeLines(remedies: readonly Remedy[], decision: Decision, options: RenderOptions): Lines {
  if (decision.allowed) return [];
  return explainChange(
    remedies.length > 0 ? { remedies } : { remedies, reason: whyNoChange(decision) },
    options,
  );
}
