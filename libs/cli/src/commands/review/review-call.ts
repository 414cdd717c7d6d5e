import { lines, parseArn } from '@cross-account-api/iam';
import { print, terminalPalette } from '@cross-account-api/iam/command-line';
import type { Unread } from '../../aws/find.ts';
import { ReadError } from '../../aws/read-error.ts';
import type { WalkableCall } from '../../call/call.ts';
import type { OpenCall } from '../../call/open-call.ts';
import { gatherFacts } from './gather-facts.ts';
import { nameOfUnread, renderReview } from './render.ts';
import { review } from './review.ts';

/** The options of a review of an open call. */
export interface ReviewRun {
  /** A file of recorded calls of local AWS. */
  readonly trace: string | undefined;
  /** Whether a finding is an exit code. */
  readonly strict: boolean;
  readonly json: boolean | undefined;
  /** Why the role of the caller is not reviewed. Absent: it is read. */
  readonly callerUnread?: Unread | undefined;
}

/**
 * Reviews a call, and prints the findings.
 * @returns the exit code
 * @throws ReadError if nothing could be read
 */
export async function reviewCall(
  call: WalkableCall,
  open: OpenCall,
  { trace, strict, json, callerUnread }: ReviewRun,
): Promise<number> {
  const { callerArn, api, roleArn } = call;
  const gathered = await gatherFacts(call, open, trace);
  const facts = callerUnread === undefined ? gathered.facts : { ...gathered.facts, caller: undefined };
  const unread = [...gathered.unread, ...(callerUnread === undefined ? [] : [callerUnread])];
  if ((facts.caller ?? facts.invokeRole ?? facts.api) === undefined) {
    throw new ReadError('MAY_NOT_READ', nothingRead(unread));
  }
  const { findings, statements } = review(facts);
  const { name, accountId } = parseArn(callerArn);
  const title = `${name} of ${accountId} calls ${api?.url}`;
  print(json, { caller: callerArn, api: api?.url, role: roleArn, findings, statements, unread }, () =>
    renderReview(title, findings, unread, terminalPalette),
  );
  if (!strict) return 0;
  if (findings.length > 0) return 1;
  return unread.length > 0 ? 2 : 0;
}

const nothingRead = (unread: readonly Unread[]) =>
  lines(
    'Nothing could be read, so nothing was reviewed. Missing:',
    unread.map((each) => `  ${nameOfUnread(each)}`),
  ).join('\n');
