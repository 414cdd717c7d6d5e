import { SignedFetchError } from '@cross-account-api/signed-fetch';
import { callLimits } from '../../services/caller/src/call-limits.ts';
import type { CallerInvocation, Execution, Observed } from './observed.ts';
import { SECRET } from './sts.ts';

/** A rule that each history keeps. Returns the violations. */
export type Invariant = (observed: Observed) => string[];

/** The reasons for which README allows a request to be executed twice. */
export type Exception =
  | 'the environment died before it could store'
  | 'the table stored nothing'
  | 'the table was removed'
  | 'the caller has another role'
  | 'it was sent without a key';

/** All invariants, by their names. */
export const invariants: Readonly<Record<string, Invariant>> = {
  'a keyed request is executed at most once': (observed) =>
    judgeRepetitions(observed).flatMap(({ problem }) => problem ?? []),

  'a keyed request is executed by an API that remembers it': ({ executions }) =>
    executions
      .filter(({ key, table }) => key !== undefined && table === undefined)
      .map(({ requestId }) => `${requestId} has a key and was executed by an API without a table`),

  'an execution ends with its invocation': ({ executions }) =>
    executions
      .filter(({ at, endedAt }) => endedAt !== undefined && at > endedAt)
      .map(({ requestId, environment }) => `${requestId} was executed after its answer (${environment})`),

  'a request without a key is not repeated after it may have been executed': ({ executions }) => {
    const unkeyed = executions.filter(({ key }) => key === undefined);
    const byInvocation = Map.groupBy(unkeyed, ({ by }) => `${by.id} (run ${by.run})`);
    return [...byInvocation].flatMap(([id, all]) =>
      new Set(all.map(({ by }) => by.request)).size > 1
        ? [`invocation ${id} executed it ${all.length} times`]
        : [],
    );
  },

  'an answered request was executed': ({ invocations, executions }) =>
    answers(invocations).flatMap(({ call, id, ending: { value } }) => {
      if (call.method === 'GET') return [];
      const { requestId } = value.body;
      const found = executions.some(
        (one) => one.requestId === requestId && one.call.message === call.message,
      );
      return found
        ? []
        : [`invocation ${id} got the answer of ${requestId}, which did not execute its message`];
    }),

  'no response belongs to another request': ({ invocations }) =>
    answers(invocations).flatMap(({ call, id, ending: { value } }) => {
      const { received, requestId, caller } = value.body;
      const name = callerName(call.caller);
      const isOwn =
        (call.method === 'GET'
          ? requestId === (value.requestId ?? requestId)
          : received?.message === call.message) && caller.arn.split('/')[1]?.endsWith(name);
      return isOwn ? [] : [`invocation ${id} of ${name} got ${JSON.stringify(value)}`];
    }),

  'a part of a response is not taken for the whole': ({ invocations }) =>
    invocations.flatMap(({ id, ending }) =>
      ending.type === 'threw' && ending.error.name === 'InvalidResponse'
        ? [`invocation ${id}: ${ending.error.message.slice(0, 300)}`]
        : [],
    ),

  'a repetition is not taken for another request': ({ invocations }) =>
    invocations.flatMap(({ call, id, ending }) => {
      const isRefused = ending.type === 'threw' && 'status' in ending.error && ending.error.status === 422;
      const shares = invocations.some(
        ({ call: other }) =>
          other.key === call.key && other.caller === call.caller && other.message !== call.message,
      );
      return isRefused && !(call.key !== undefined && shares) ? [`invocation ${id} was answered 422`] : [];
    }),

  'attempts is what was sent': ({ invocations }) =>
    invocations.flatMap(({ id, sent, stalled, ending }) => {
      const counted = attemptsOf(ending);
      // An attempt may be given up before it is sent, if the process stands still.
      const isRight = counted === undefined || (stalled ? counted >= sent : counted === sent);
      return isRight ? [] : [`invocation ${id} says ${counted} attempts and sent ${sent}`];
    }),

  'what is said not to have been executed was not executed': ({ invocations, executions }) =>
    invocations.flatMap(({ id, run, ending }) => {
      const says = ending.type === 'threw' && 'maybeExecuted' in ending.error && !ending.error.maybeExecuted;
      const was = executions.some(({ by }) => by.id === id && by.run === run);
      return says && was ? [`invocation ${id} says so`] : [];
    }),

  'no call outlives its deadline': ({ invocations }) =>
    invocations.flatMap(({ id, ending, stalled, endedAt, deadline }) => {
      if (stalled) return [];
      if (ending.type === 'died') return ending.timedOut ? [`invocation ${id} timed out`] : [];
      // The end of an invocation waits for STS for 250 ms at most.
      const late = endedAt - (deadline - callLimits.marginMs + 250 + 20);
      return late > 0 ? [`invocation ${id} ended ${late} ms late`] : [];
    }),

  'no expired credentials are used': ({ signed }) =>
    signed.flatMap(({ environment, at, expiresAt, toleranceMs }) =>
      at >= expiresAt + toleranceMs
        ? [`${environment} signed ${at - expiresAt} ms after they had expired`]
        : [],
    ),

  'an environment sends one STS request at a time': ({ overlappingSts }) =>
    overlappingSts.map(({ environment }) => `${environment} sent another`),

  'no secret is in a message or a log': ({ texts }) =>
    texts
      .filter(
        (text) =>
          text.includes(SECRET) || /external-id-|Signature=[\da-f]{64}/.test(text) || text.includes(BASE64),
      )
      .map((text) => `shown: ${text.slice(0, 500)}`),

  'calls succeed after the last fault': ({ invocations }) =>
    invocations.flatMap(({ afterFaults, environment, ending }) => {
      if (!afterFaults || ending.type === 'returned') return [];
      return [`${environment}: ${ending.type === 'threw' ? ending.error.message : 'it died'}`];
    }),
};

const BASE64 = btoa(SECRET).slice(2, -4);

/** The name of a caller's function. */
export const callerName = (caller: 0 | 1): string => ['billing', 'orders'][caller] ?? '';

/** Counts the double executions that README allows. */
export function countExceptions(observed: Observed): Partial<Record<Exception, number>> {
  const counts: Partial<Record<Exception, number>> = {};
  for (const { exception } of judgeRepetitions(observed)) {
    if (exception !== undefined) counts[exception] = (counts[exception] ?? 0) + 1;
  }
  return counts;
}

/** Each repeated execution of a message, with the reason that allows it. */
function judgeRepetitions({ executions }: Observed): { exception?: Exception; problem?: string }[] {
  const byRequest = Map.groupBy(
    executions,
    ({ call, by }) => `${call.caller} ${call.message} ${call.key ?? by.id}`,
  );
  return [...byRequest.values()].flatMap((all) =>
    all.slice(1).flatMap((later, index): { exception?: Exception; problem?: string }[] => {
      const earlier = all[index] as Execution;
      if (earlier.key === undefined && later.key === undefined) return [];
      const exception = exceptionFor(earlier, later);
      if (exception !== undefined) return [{ exception }];
      const { requestId, environment, at } = earlier;
      const problem = `message ${later.call.message} was executed by ${requestId} (${environment}) and ${Math.round(later.at - at)} ms later by ${later.requestId} (${later.environment})`;
      return [{ problem }];
    }),
  );
}

function exceptionFor(earlier: Execution, later: Execution): Exception | undefined {
  if (earlier.key === undefined || later.key === undefined) return 'it was sent without a key';
  if (scopeOf(earlier.key.principal) !== scopeOf(later.key.principal)) return 'the caller has another role';
  if (earlier.table !== later.table) return 'the table was removed';
  if (earlier.storedAt !== undefined && earlier.storedAt < later.begunAt) return undefined;
  if (later.begunAt < earlier.deadline) return undefined;
  if (earlier.ending === 'succeeded') return 'the table stored nothing';
  // It failed after its effect, or runs on.
  if (earlier.ending === 'failed' || earlier.ending === undefined) return undefined;
  // Half of the time is for the execution: with less, the response may not be stored.
  const begunInTime = earlier.deadline - earlier.begunAt >= earlier.timeoutMs / 2 - 1;
  const isOwnFault = earlier.ending === 'timed out' && !begunInTime && !earlier.stalled;
  return isOwnFault ? undefined : 'the environment died before it could store';
}

/** The role of a session. */
const scopeOf = (principal: string) => principal.split('/').slice(0, 2).join('/');

type Answered = CallerInvocation & { readonly ending: { readonly type: 'returned' } };

const answers = (invocations: readonly CallerInvocation[]): Answered[] =>
  invocations.filter((one): one is Answered => one.ending.type === 'returned');

function attemptsOf(ending: CallerInvocation['ending']): number | undefined {
  if (ending.type === 'returned') return ending.value.attempts;
  if (ending.type === 'threw' && ending.error instanceof SignedFetchError)
    return ending.error.attempts.length;
  return undefined;
}
