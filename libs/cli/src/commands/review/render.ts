import { indent, type Lines, lines, type Palette } from '@cross-account-api/iam';
import type { Unread } from '../../aws/find.ts';
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
  const isAll = unread.length === 0;
  const none = isAll ? palette.allowed('nothing is weak') : 'nothing is weak in what could be read';
  const verdict = findings.length === 0 ? none : countOf(findings.length);
  return lines(
    `${palette.strong(title)}: ${verdict}${isAll || findings.length === 0 ? '' : '; not everything could be read'}`,
    findings.map((finding) => [
      '',
      `${colours[finding.severity](finding.severity)} ${palette.strong(finding.code)} in account ${finding.accountId}`,
      indent(2, findingLines(finding, palette)),
    ]),
    unread.length > 0 && ['', palette.strong('Not everything was reviewed. What is missing, or failed:')],
    indent(2, unread.map(nameOfUnread)),
  );
}

/** What is missing: the permission or option, or the operation that failed. */
export function nameOfUnread({ permission, failure = '' }: Unread): string {
  return permission ?? failure;
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
      return `Proven: with it, ${proof.calls === 1 ? 'the recorded call is' : `all ${proof.calls} recorded calls are`} still allowed.`;
    case 'refuses':
      return `Not yet: with it, ${proof.refused} of ${proof.calls} recorded calls would be refused. Change their caller first, or the statement.`;
    case 'unproven':
      return 'Unproven: no recorded call was tried with it.';
  }
}

function countOf(findings: number): string {
  return findings === 1 ? 'one finding' : `${findings} findings`;
}
