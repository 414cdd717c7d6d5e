import { print, terminalPalette, terminalWidth } from '@cross-account-api/command-line';
import { quoteForShell } from '@cross-account-api/command-line/text';
import { type RenderOptions, renderAnswer } from '../explanation/answer.ts';
import type { QuestionAnswer } from '../explanation/deployed/question.ts';

/** Prints the answer to a question. @returns the exit code: 0 if allowed, 2 if nothing decides it, else 1 */
export function printAnswer(
  answer: QuestionAnswer,
  stage: string,
  rendering: RenderOptions,
  json?: boolean,
): number {
  const allowed = answer.undecided === undefined ? answer.decision.allowed : null;
  print(json, { stage, allowed, ...answer }, () => renderAnswer(answer, rendering));
  return allowed === null ? 2 : allowed ? 0 : 1;
}

/**
 * Options for printed explanations.
 * @param aws the command with which the user runs the AWS CLI
 * @param accounts with their profiles. Without a profile, the AWS CLI takes the credentials of the shell, as the command did
 */
export function renderingWith(
  aws: string,
  accounts: Iterable<{ readonly accountId: string; readonly profile: string | undefined }>,
): RenderOptions {
  const profiles = new Map([...accounts].map(({ accountId, profile }) => [accountId, profile]));
  return {
    palette: terminalPalette,
    width: terminalWidth,
    cliOf: (accountId) => {
      const profile = profiles.has(accountId) ? profiles.get(accountId) : 'default';
      return profile === undefined ? aws : `${aws} --profile ${quoteForShell(profile)}`;
    },
  };
}
