import { createHash } from 'node:crypto';
import type { FindingCode, Severity } from './finding-descriptions.ts';
import type { PlacedStatement, StatementJson } from './statements.ts';

export type { FindingCode, Severity };

const severities: readonly Severity[] = ['high', 'medium', 'low'];

/** Sorts findings: the worst first. */
export function bySeverity(
  one: { readonly severity: Severity },
  other: { readonly severity: Severity },
): number {
  return severities.indexOf(one.severity) - severities.indexOf(other.severity);
}

/** Whether recorded calls would still be allowed with the change. */
export type Proof =
  | { readonly kind: 'proven'; readonly calls: number }
  /** Some of them would be refused: something else must change first. */
  | { readonly kind: 'refuses'; readonly calls: number; readonly refused: number }
  | { readonly kind: 'unproven' };

/** What to change. */
export interface ReviewChange {
  /** A sentence for a person. */
  readonly text: string;
  /** The statements that replace the present one. Empty: it is removed. Absent: no policy changes. */
  readonly statements?: readonly StatementJson[];
  /** For a shell with credentials of the account. */
  readonly command?: string;
}

/** The example that shows a finding: somebody who gets in. */
export interface Example {
  /** The ARN of a role or user, the name of a service or identity provider, or `anonymous`. */
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  /** The condition keys that matter, and their values. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

/** Something that works and is weak. */
export interface Finding {
  /** The same as long as the statement or setting is: code, account, place and statement make it. */
  readonly id: string;
  readonly code: FindingCode;
  readonly severity: Severity;
  /** The account in which it is changed. */
  readonly accountId: string;
  /** What is weak, and its consequence. */
  readonly message: string;
  /** The policy's statement or the setting, e.g. `statement #1 of inline policy Invoke of role invoke`. */
  readonly where: string;
  /** The statement as it is. Absent if it is a setting. */
  readonly statement?: StatementJson;
  /** The principal of the statement that it is about. Absent: the whole statement. */
  readonly principal?: string;
  /** A request of somebody who gets in. Absent: the finding is not about who gets in. */
  readonly witness?: Example;
  /** Whether anybody in the world gets in: `isPublic` of IAM Access Analyzer. */
  readonly isPublic?: true;
  /** What other tools call it, e.g. `prowler: awslambda_function_url_public`. */
  readonly aliases?: readonly string[];
  readonly change: ReviewChange;
  readonly proof: Proof;
  /** AWS's documentation. */
  readonly documentation: string;
}

const unproven: Proof = { kind: 'unproven' };

/** A finding about a setting. No recorded call can prove its change. */
export function settingFinding(finding: Omit<Finding, 'id' | 'proof' | 'statement'>): Finding {
  return { id: idOf(finding), ...finding, proof: unproven };
}

/** A finding about a statement. */
export function statementFinding(
  placed: PlacedStatement,
  finding: Omit<Finding, 'id' | 'where' | 'statement'>,
): Finding {
  const about = { ...finding, where: placed.where, statement: placed.statement };
  return { id: idOf(about), ...about };
}

function idOf({ code, accountId, where, statement, principal }: Omit<Finding, 'id' | 'proof'>): string {
  const text = JSON.stringify([code, accountId, where, statement ?? null, principal ?? null]);
  return `${code}-${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
}
