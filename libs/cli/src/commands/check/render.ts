import type { Palette } from '@cross-account-api/command-line/text';
import type { CheckResult } from './check-result.ts';

const marks = { pass: '✔', warn: '!', fail: '✘' } as const;

/** The findings as lines for a person: one for each, with its remedy below. */
export function renderFindings(
  stage: string,
  findings: readonly CheckResult[],
  palette: Palette & { readonly warning: (text: string) => string },
): string[] {
  const colours = { pass: palette.allowed, warn: palette.warning, fail: palette.denied };
  const counts = (status: CheckResult['status']) =>
    findings.filter((finding) => finding.status === status).length;
  const [failed, warned] = [counts('fail'), counts('warn')];
  const verdict = failed > 0 ? `${failed} of ${findings.length} checks failed` : 'ready to deploy';
  return [
    ...findings.flatMap(({ check, status, message, remedy }) => [
      `${colours[status](marks[status])} ${palette.strong(check)}: ${message}`,
      ...(remedy?.split('\n').map((line) => `    ${line}`) ?? []),
    ]),
    '',
    `Stage ${stage}: ${verdict}${warned > 0 ? `, ${warned === 1 ? 'one warning' : `${warned} warnings`}` : ''}.`,
  ];
}
