import type { Accepted } from './acceptance.ts';
import type { StatementEnding } from './endings.ts';
import { bySeverity, type Finding, type Severity } from './finding.ts';
import { findingDescriptions } from './finding-descriptions.ts';

/** The schema of the Static Analysis Results Interchange Format, by OASIS. */
const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/**
 * Levels of SARIF, and scores by which GitHub sorts: over 7.0 is high, 4.0 to 6.9 medium, 0.1 to 3.9 low. Source:
 * https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
 */
const levels: Readonly<
  Record<Severity, { readonly level: 'error' | 'warning' | 'note'; readonly score: string }>
> = {
  high: { level: 'error', score: '8.0' },
  medium: { level: 'warning', score: '5.0' },
  low: { level: 'note', score: '2.0' },
};

/** What a SARIF log is made of. */
export interface SarifInput extends Accepted {
  readonly statements: readonly StatementEnding[];
  /** The version of the command. */
  readonly version: string;
  /** The file of the repository at which findings are shown, for each account. */
  readonly fileOf: (accountId: string) => string;
}

/**
 * Findings as a SARIF log, for code scanning. A policy in an account has no line in a file, so each finding is shown at the first line of a
 * file. An accepted finding is suppressed with its reason.
 */
export function sarifOf({ findings, accepted, statements, version, fileOf }: SarifInput): object {
  const all = [
    ...findings.map((finding) => ({ finding, reason: undefined })),
    ...accepted.map((finding) => ({ finding, reason: finding.acceptance.reason })),
  ];
  const kinds = Map.groupBy(
    all.map(({ finding }) => finding),
    ({ code }) => code,
  );
  const rules = [...kinds.values()].flatMap((findings) =>
    findings.toSorted(bySeverity).slice(0, 1).map(ruleOf),
  );
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'cross-account review',
            semanticVersion: version,
            rules,
          },
        },
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: statements
              .filter(({ ending }) => ending === 'unread')
              .map(({ where, reason = '' }) => ({
                level: 'warning',
                message: { text: `Not judged: ${where}: ${reason}` },
              })),
          },
        ],
        results: all.map(({ finding, reason }) => ({
          ruleId: finding.code,
          level: levels[finding.severity].level,
          message: { text: textOf(finding) },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: uriOf(fileOf(finding.accountId)), uriBaseId: '%SRCROOT%' },
                region: { startLine: 1 },
              },
              logicalLocations: [
                { fullyQualifiedName: `${finding.accountId}: ${finding.where}`, kind: 'resource' },
              ],
            },
          ],
          partialFingerprints: { 'crossAccountFinding/v1': finding.id },
          ...(reason !== undefined && {
            suppressions: [{ kind: 'external', status: 'accepted', justification: reason }],
          }),
        })),
      },
    ],
  };
}

/** The rule of a kind of findings. @param finding the worst of them: GitHub shows the score of the rule at each */
function ruleOf({ code, severity, documentation, aliases = [] }: Finding): object {
  const { level, score } = levels[severity];
  const description = findingDescriptions[code][severity];
  return {
    id: code,
    shortDescription: { text: code.replaceAll('-', ' ') },
    ...(description !== undefined && { fullDescription: { text: withoutLinks(description) } }),
    helpUri: documentation,
    defaultConfiguration: { level },
    properties: { tags: ['security', ...aliases], 'security-severity': score },
  };
}

/** The text of a description is plain: the addresses of its links stand in the page of findings. */
function withoutLinks(markdown: string): string {
  return markdown.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
}

/** A path relative to the repository as a reference to a URI, as the format asks for. */
function uriOf(file: string): string {
  return file.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/');
}

function textOf({ message, where, change }: Finding): string {
  return `${message} (${where}) Change: ${change.text}`;
}
