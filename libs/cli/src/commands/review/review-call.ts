import { writeFile } from 'node:fs/promises';
import { packageVersion, print, terminalPalette } from '@cross-account-api/command-line';
import { lines } from '@cross-account-api/command-line/text';
import { parseArn } from '@cross-account-api/iam';
import type { Unread } from '../../aws/find.ts';
import { ReadError } from '../../aws/read-error.ts';
import type { WalkableCall } from '../../call/call.ts';
import { sayOthers } from '../../call/find-route.ts';
import type { OpenCall } from '../../call/open-call.ts';
import type { StageDrift } from '../../stage/stage-drift.ts';
import { type Acceptance, applyAcceptances } from './acceptance.ts';
import { gatherReviewFacts } from './gather-facts.ts';
import { nameOfUnread, renderReview } from './render.ts';
import { review } from './review.ts';
import { sarifOf } from './sarif.ts';

/** The options of a review of an open call. */
export interface ReviewRun {
  /** A file of recorded calls of local AWS. */
  readonly trace: string | undefined;
  /** Whether a finding is an exit code. */
  readonly strict: boolean;
  readonly json: boolean | undefined;
  /** The findings that are accepted. */
  readonly acceptances: readonly Acceptance[];
  /** The SARIF log to write, and the file of the repository at which findings are shown. */
  readonly sarif: { readonly file: string; readonly source: string } | undefined;
  /** Why the role of the caller is not reviewed. Absent: it is read. */
  readonly callerUnread?: Unread | undefined;
  /** Roles and users that are meant to make the call, beside the caller. */
  readonly callerArns?: readonly string[] | undefined;
  /** Finds out whether somebody changed what is reviewed. Is called if there is a finding. */
  detectDrift?(): Promise<StageDrift>;
}

/** Nothing is weak in what was judged, and something was not. */
const NOT_JUDGED = 3;

/**
 * Reviews a call, and prints the findings.
 * @returns the exit code
 * @throws ReadError if nothing could be read
 */
export async function reviewCall(
  call: WalkableCall,
  open: OpenCall,
  { trace, strict, json, acceptances, sarif, callerUnread, callerArns, detectDrift }: ReviewRun,
): Promise<number> {
  const { callerArn, api, roleArn } = call;
  const gathered = await gatherReviewFacts(call, open, trace, callerArns);
  const facts = callerUnread === undefined ? gathered.facts : { ...gathered.facts, caller: undefined };
  const unread = [...gathered.unread, ...(callerUnread === undefined ? [] : [callerUnread])];
  if ((facts.caller ?? facts.invokeRole ?? facts.api) === undefined) {
    throw new ReadError('MAY_NOT_READ', nothingRead(unread));
  }
  const { findings: found, statements } = review(facts);
  const result = { ...applyAcceptances(found, acceptances, new Date()), statements };
  const drift = result.findings.length > 0 ? await detectDrift?.() : undefined;
  const { name, accountId } = parseArn(callerArn);
  const title = `${name} of ${accountId} calls ${api?.url}`;
  const { notApplied } = gathered;
  if (sarif !== undefined) {
    const log = sarifOf({
      ...result,
      version: packageVersion(import.meta.dirname),
      fileOf: () => sarif.source,
    });
    await writeFile(sarif.file, `${JSON.stringify(log, null, 2)}\n`);
  }
  const others = sayOthers(facts.api?.routes ?? []);
  print(json, { caller: callerArn, api: api?.url, role: roleArn, ...result, unread, notApplied, drift }, () =>
    lines(
      renderReview(title, { ...result, unread, notApplied }, terminalPalette),
      drift?.note && ['', drift.note],
      others && ['', `${others}: that authorizer was not reviewed.`],
    ),
  );
  if (!strict) return 0;
  if (result.findings.length > 0) return 1;
  const isJudged = unread.length === 0 && statements.every(({ ending }) => ending !== 'unread');
  return isJudged ? 0 : NOT_JUDGED;
}

const nothingRead = (unread: readonly Unread[]) =>
  lines(
    'Nothing could be read, so nothing was reviewed. Missing:',
    unread.map((each) => `  ${nameOfUnread(each)}`),
  ).join('\n');
