import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { UsageError } from '../../command-line.ts';
import type { Finding } from './finding.ts';

/** A finding that its owner accepts for a time. */
export interface Acceptance {
  /** The ID of the finding. It changes with the statement, so a changed statement is a new finding. */
  readonly id: string;
  readonly reason: string;
  /** The last day, in UTC, e.g. `2027-03-31`. */
  readonly until: string;
}

/** An acceptance that accepts nothing. */
export interface UnusedAcceptance extends Acceptance {
  /** `gone`: there is no such finding. `ended`: its last day is over. */
  readonly why: 'gone' | 'ended';
}

/** Findings, apart from those that are accepted. */
export interface Accepted {
  readonly findings: readonly Finding[];
  readonly accepted: readonly (Finding & { readonly acceptance: Acceptance })[];
  readonly unused: readonly UnusedAcceptance[];
}

const isDay = (text: string) => {
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
};

const acceptances = v.array(
  v.strictObject({
    id: v.pipe(v.string(), v.nonEmpty()),
    reason: v.pipe(v.string(), v.trim(), v.nonEmpty('must say why the finding is accepted')),
    until: v.pipe(
      v.string(),
      v.regex(/^\d{4}-\d\d-\d\d$/, 'must be a day, e.g. 2027-03-31'),
      v.check(isDay, 'must be a day'),
    ),
  }),
);

/**
 * Reads a file of acceptances: a JSON list of `{ id, reason, until }`.
 * @throws UsageError that names the file, the entry and the rule
 */
export async function readAcceptances(file: string): Promise<readonly Acceptance[]> {
  const refuse = (problem: string) => new UsageError(`--accept ${file}: ${problem}`);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw refuse(error.code === 'ENOENT' ? 'there is no such file.' : `cannot be read (${error.code}).`);
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw refuse(`is not JSON: ${String((error as Error).message)}`);
  }
  const result = v.safeParse(acceptances, json);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw refuse(
    `${v.getDotPath(issue) ?? 'the document'}: ${issue.message}. Write a list of { "id": "…", "reason": "…", "until": "2027-03-31" }.`,
  );
}

/** Sets aside the findings that are accepted on a day. */
export function applyAcceptances(
  findings: readonly Finding[],
  given: readonly Acceptance[],
  now: Date,
): Accepted {
  const today = now.toISOString().slice(0, 10);
  const valid = new Map(given.filter(({ until }) => today <= until).map((each) => [each.id, each]));
  const found = new Set(findings.map(({ id }) => id));
  return {
    findings: findings.filter(({ id }) => !valid.has(id)),
    accepted: findings.flatMap((finding) => {
      const acceptance = valid.get(finding.id);
      return acceptance === undefined ? [] : [{ ...finding, acceptance }];
    }),
    unused: given.flatMap((each): readonly UnusedAcceptance[] => {
      if (today > each.until) return [{ ...each, why: 'ended' }];
      return found.has(each.id) ? [] : [{ ...each, why: 'gone' }];
    }),
  };
}
