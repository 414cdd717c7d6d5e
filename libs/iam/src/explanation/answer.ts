import {
  indent,
  type Lines,
  lines,
  type Palette,
  type TerminalOptions,
} from '@cross-account-api/command-line/text';
import type { Decision } from '../decision/decision.ts';
import type { QuestionAnswer } from './deployed/question.ts';
import type { TokenTrust, UnseenCondition } from './deployed/token-trust.ts';
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
  const { decision, remedies, notes, undecided } = answer;
  const { allowed } = decision;
  if (undecided !== undefined) {
    return lines(
      `${palette.faint('?')} ${palette.strong('Undecided: it depends on what is not seen here.')}`,
      indent(4, undecided.map(describeUnseen)),
      notes.map((note) => `  ${palette.faint(`note: ${note}`)}`),
      '  Give what the token has: --context <key>=<value>',
    );
  }
  return lines(
    `${markOf(allowed, palette)} ${palette.strong(allowed ? 'Allowed.' : `Denied: ${verdictOf(decision)}`)}`,
    allowed && indent(4, requestLines(decision, palette)),
    indent(4, evidenceOf(decision, { palette })),
    !allowed && ['', indent(2, changeLines(remedies, decision, options))],
    notes.map((note) => `  ${palette.faint(`note: ${note}`)}`),
  );
}

/** Renders what a trust policy says about tokens of identity providers. */
export function renderTokenTrust(
  { action, roleArn, verdicts, notJudged }: TokenTrust,
  { palette }: Pick<RenderOptions, 'palette'>,
): string[] {
  return lines(
    palette.strong(`The trust policy of ${roleArn}, as far as it decides about ${action}:`),
    verdicts.length === 0 &&
      `  ${markOf(false, palette)} No statement allows it to an identity provider, so every token is refused.`,
    verdicts.map(({ provider, outcome, reason, decision, unseen }) => {
      const who = provider === '*' ? 'any provider of the account' : provider;
      if (outcome === 'admitted') return `  ${markOf(true, palette)} ${who}: every token is admitted`;
      if (outcome === 'depends') {
        return [
          `  ${palette.faint('?')} ${who}: it depends on what is not seen here`,
          indent(6, unseen.map(describeUnseen)),
        ];
      }
      const why = reason ?? (decision.allowed ? '' : verdictOf(decision));
      return `  ${markOf(false, palette)} ${who}: every token is refused. ${why}`;
    }),
    notJudged.map((each) => `  ${palette.faint(`not judged: ${each}`)}`),
  );
}

/** @example 'StringEquals SAML:aud "https://signin.aws.amazon.com/saml" (Allow of statement #1 of trust policy of role a)' */
function describeUnseen({ operator, key, expected, effect, statement, policy }: UnseenCondition): string {
  return `${operator} ${key} "${expected}" (${effect} of statement ${statement} of ${policy})`;
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
