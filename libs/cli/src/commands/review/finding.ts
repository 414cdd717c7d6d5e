import type { PlacedStatement, Statement } from './statements.ts';

/** The weaknesses that a review finds. */
export type FindingCode =
  | 'permissions-on-everything'
  | 'unneeded-permissions'
  | 'unneeded-routes'
  | 'no-external-id'
  | 'principal-by-name'
  | 'deleted-principal'
  | 'whole-account'
  | 'trusts-everyone'
  | 'long-session'
  | 'long-term-keys'
  | 'open-route'
  | 'open-function'
  | 'no-throttling'
  | 'no-access-log'
  | 'assume-role-each-call';

/** `high`: somebody can use it now. `medium`: one more mistake, or a change, is needed. `low`: it costs, or hides what happens. */
export type Severity = 'high' | 'medium' | 'low';

/** The worst first. */
export const severities: readonly Severity[] = ['high', 'medium', 'low'];

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
  readonly statements?: readonly Statement[];
  /** For a shell with credentials of the account. */
  readonly command?: string;
}

/** Something that works and is weak. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** The account in which it is changed. */
  readonly accountId: string;
  /** What is weak, and its consequence. */
  readonly message: string;
  /** The policy's statement or the setting, e.g. `statement #1 of inline policy Invoke of role invoke`. */
  readonly where: string;
  /** The statement as it is. Absent if it is a setting. */
  readonly statement?: Statement;
  readonly change: ReviewChange;
  readonly proof: Proof;
  /** AWS's documentation. */
  readonly documentation: string;
}

const unproven: Proof = { kind: 'unproven' };

/** A finding about a setting. No recorded call can prove its change. */
export function settingFinding(finding: Omit<Finding, 'proof' | 'statement'>): Finding {
  return { ...finding, proof: unproven };
}

/** A finding about a statement. */
export function statementFinding(
  placed: PlacedStatement,
  finding: Omit<Finding, 'where' | 'statement'>,
): Finding {
  return { ...finding, where: placed.where, statement: placed.statement };
}
