import type { Finding } from './finding.ts';
import type { StatementJson } from './statements.ts';

/** How the judgement of one statement ended. */
export interface StatementEnding {
  /** e.g. `statement #1 of trust policy of role invoke` */
  readonly where: string;
  readonly accountId: string;
  readonly statement: StatementJson;
  /**
   * `narrow`: no outsider gets in, or nothing beyond the call is allowed. `finding`: a finding is about it. `elsewhere`: it is about
   * something that the call does not reach. `unread`: it could not be judged.
   */
  readonly ending: 'narrow' | 'finding' | 'elsewhere' | 'unread';
  /** Why it could not be judged. */
  readonly reason?: string;
}

/** What a part of the review yields. */
export interface Judged {
  readonly findings: readonly Finding[];
  readonly statements: readonly StatementEnding[];
}

/** Joins the results of parts. */
export function together(parts: readonly Judged[]): Judged {
  return {
    findings: parts.flatMap(({ findings }) => findings),
    statements: parts.flatMap(({ statements }) => statements),
  };
}
