import { accountOf, isAccountId } from '@cross-account-api/iam';
import { type Step, stepsOf } from '../../trace/steps.ts';
import { type CallNode, withCaused } from './call-store.ts';

/** A step of a call with its time, and the accounts between which it goes. */
export interface TimedStep extends Step {
  /** The position among the steps of its request. */
  readonly index: number;
  /** Milliseconds after the beginning of the call. Absent if a service asks on its own behalf. */
  readonly startMs?: number;
  readonly durationMs?: number;
  /** The account of the principal, if it is known. */
  readonly fromAccount: string | undefined;
  /** The account of the resource. */
  readonly toAccount: string | undefined;
}

/** A call, step by step. */
export interface Sequence {
  readonly steps: readonly TimedStep[];
  readonly totalMs: number;
}

/** The steps of a call and of those that it caused, in the order of the terminal's tree. */
export function sequenceOf(node: CallNode): Sequence {
  const times = new Map([...withCaused(node)].map(({ requestId, time }) => [requestId, Date.parse(time)]));
  const begin = Math.min(...times.values());
  const counts = new Map<string, number>();
  const steps = stepsOf(node).map((step): TimedStep => {
    const { requestId, who, accountId, answer, decisions } = step;
    const index = counts.get(requestId) ?? 0;
    counts.set(requestId, index + 1);
    const account = isAccountId(accountOf(who)) ? accountOf(who) : undefined;
    const start = times.get(requestId);
    const owner = decisions[0]?.context['aws:ResourceAccount'];
    return {
      ...step,
      index,
      // A service acts in the account of its resource. The origin of an unsigned request is unknown.
      toAccount: typeof owner === 'string' && owner !== '' ? owner : accountId,
      fromAccount: account ?? (who.includes('.amazonaws.com') ? accountId : undefined),
      ...(answer !== undefined &&
        start !== undefined && { startMs: start - begin, durationMs: answer.durationMs }),
    };
  });
  const totalMs = Math.max(0.1, ...steps.map(({ startMs = 0, durationMs = 0 }) => startMs + durationMs));
  return { steps, totalMs };
}

/** The innermost step that failed, which explains the others. If none failed, the last that soft mode let through. */
export function worstOf<One extends Step>(steps: readonly One[]): One | undefined {
  return steps.findLast(({ failed }) => failed) ?? steps.findLast(({ softened }) => softened);
}
