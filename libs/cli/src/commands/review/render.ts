import { indent, type Lines, lines, type Palette } from '@cross-account-api/command-line/text';
import type { Unread } from '../../aws/find.ts';
import type { Accepted } from './acceptance.ts';
import type { StatementEnding } from './endings.ts';
import type { Example, Finding, Proof, Severity } from './finding.ts';

/** What a review found, and what it could not judge. */
export interface Reviewed extends Accepted {
  readonly statements: readonly StatementEnding[];
  readonly unread: readonly Unread[];
  /** The accounts whose organization's policies were not applied. */
  readonly notApplied: readonly string[];
}

/** The findings as lines for a person: the worst first. */
export function renderReview(title: string, reviewed: Reviewed, palette: Palette): string[] {
  const { findings, accepted, unused, statements, unread, notApplied } = reviewed;
  const colours: Readonly<Record<Severity, (text: string) => string>> = {
    high: palette.denied,
    medium: palette.strong,
    low: palette.faint,
  };
  const notJudged = statements.filter(({ ending }) => ending === 'unread');
  const isAll = unread.length === 0 && notJudged.length === 0;
  const none = isAll ? palette.allowed('nothing is weak') : 'nothing is weak in what could be judged';
  const verdict = findings.length === 0 ? none : countOf(findings.length);
  return lines(
    `${palette.strong(title)}: ${verdict}${isAll || findings.length === 0 ? '' : '; not everything could be judged'}`,
    findings.map((finding) => [
      '',
      `${colours[finding.severity](finding.severity)} ${palette.strong(finding.code)} in account ${finding.accountId}`,
      indent(2, findingLines(finding, palette)),
    ]),
    accepted.length > 0 && ['', palette.strong('Accepted:')],
    indent(
      2,
      accepted.map(({ id, acceptance: { reason, until } }) => `${id} until ${until}: ${reason}`),
    ),
    unused.length > 0 && ['', palette.strong('Acceptances that no longer apply. Remove or renew them:')],
    indent(
      2,
      unused.map(
        ({ id, why, until }) =>
          `${id}: ${why === 'ended' ? `it ended on ${until}` : 'there is no such finding'}`,
      ),
    ),
    statements.length > 0 && ['', countEndings(statements)],
    notJudged.length > 0 && ['', palette.strong('Statements that were not judged:')],
    indent(
      2,
      notJudged.map(({ where, reason = '' }) => `${where}: ${reason}`),
    ),
    unread.length > 0 && ['', palette.strong('Not everything was reviewed. What is missing, or failed:')],
    indent(2, unread.map(nameOfUnread)),
    notApplied.length > 0 && [
      '',
      `Policies of the AWS organization were not read, and not applied, for ${notApplied.join(', ')}. They can only deny more.`,
    ],
  );
}

function countEndings(statements: readonly StatementEnding[]): string {
  const words = {
    narrow: 'narrow',
    finding: 'with a finding',
    elsewhere: 'about something else',
    unread: 'not judged',
  };
  const counts = Object.entries(words).flatMap(([ending, text]) => {
    const count = statements.filter((each) => each.ending === ending).length;
    return count === 0 ? [] : [`${count} ${text}`];
  });
  return `Statements that allow: ${counts.join(', ')}.`;
}

/** What is missing: the permission or option, or the operation that failed. */
export function nameOfUnread({ permission, failure = '' }: Unread): string {
  return permission ?? failure;
}

function findingLines(
  { id, where, statement, message, witness, aliases = [], change, proof, documentation }: Finding,
  palette: Palette,
): Lines {
  return [
    palette.faint(where),
    statement && indent(2, JSON.stringify(statement)),
    message,
    witness && !isSaid(witness, message) && palette.faint(`e.g. ${witness.principal}${contextOf(witness)}`),
    aliases.length > 0 && palette.faint(`Known as ${aliases.join(', ')}`),
    `${palette.allowed('→')} ${change.text}`,
    indent(
      2,
      (change.statements ?? []).map((each) => JSON.stringify(each)),
    ),
    change.command && indent(2, change.command),
    describeProof(proof),
    palette.faint(`${documentation} · ${id}`),
  ];
}

/** Whether a message shows a request already. */
function isSaid(witness: Example, message: string): boolean {
  return message.includes(witness.principal) && contextOf(witness) === '';
}

/** The condition keys of a request that its principal does not say. */
function contextOf({ context }: Example): string {
  const shown = Object.entries(context).filter(
    ([key]) => !/^aws:(principal(arn|account|type|is)|user)/i.test(key),
  );
  return shown.length === 0
    ? ''
    : ` with ${shown.map(([key, value]) => `${key} ${[value].flat().join(', ')}`).join(', ')}`;
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
