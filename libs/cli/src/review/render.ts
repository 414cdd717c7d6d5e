import { indent, type Lines, lines, type Palette } from '@cross-account-api/iam';
import type { Unread } from '../aws/find.ts';
import type { Finding, Proof, Severity } from './finding.ts';

/** The findings as lines for a person: the worst first. */
export function renderReview(
  title: string,
  findings: readonly Finding[],
  unread: readonly Unread[],
  palette: Palette,
): string[] {
  const colours: Readonly<Record<Severity, (text: string) => string>> = {
    high: palette.denied,
    medium: palette.strong,
    low: palette.faint,
  };
  const verdict = findings.length === 0 ? palette.allowed('nothing is weak') : countOf(findings.length);
  return lines(
    `${palette.strong(title)}: ${verdict}${unread.length === 0 ? '' : '; not everything could be read'}`,
    findings.map((finding) => [
      '',
      `${colours[finding.severity](finding.severity)} ${palette.strong(finding.code)} in account ${finding.accountId}`,
      indent(2, findingLines(finding, palette)),
    ]),
    unread.length > 0 && ['', palette.strong('Not reviewed, because it could not be read:')],
    indent(
      2,
      unread.map(({ permission, failure }) => permission ?? failure),
    ),
  );
}

function findingLines(
  { where, statement, message, change, proof, documentation }: Finding,
  palette: Palette,
): Lines {
  return [
    palette.faint(where),
    statement && indent(2, JSON.stringify(statement)),
    message,
    `${palette.allowed('→')} ${change.text}`,
    indent(
      2,
      (change.statements ?? []).map((each) => JSON.stringify(each)),
    ),
    change.command && indent(2, change.command),
    describeProof(proof),
    palette.faint(documentation),
  ];
}

function describeProof(proof: Proof): string {
  switch (proof.kind) {
    case 'proven':
      return `Proven: with it, the recorded calls are still allowed (${proof.calls}).`;
    case 'refuses':
      return `${proof.refused} of ${proof.calls} recorded calls would be refused with it: the caller has to change first.`;
    case 'unproven':
      return 'Unproven: no recorded call shows that it breaks nothing.';
  }
}

function countOf(findings: number): string {
  return findings === 1 ? 'one finding' : `${findings} findings`;
}
