import { SignedFetchError } from '@cross-account-api/signed-fetch';
import type { ApiInvocation, CallerInvocation, Observed, StsRequest } from './observed.ts';
import { SECRET } from './sts.ts';

/** A rule that each history keeps. Returns the violations. */
export type Invariant = (observed: Observed) => string[];

/** The reasons for which README allows a request to be executed twice. */
export type Exception =
  | 'the environment died before it could store'
  | 'the table stored nothing'
  | 'the table was removed'
  | 'the caller has another role'
  | 'the handler failed after its effect';

/** All invariants, by their names. */
export const invariants: Readonly<Record<string, Invariant>> = {
  'a keyed request is executed at most once': (observed) =>
    judgeRepetitions(observed).flatMap(({ problem }) => problem ?? []),

  'a keyed request stores one message': ({ api }) =>
    [...byRequest(api)].flatMap(([, all]) => {
      const sameRole = Map.groupBy(all, ({ principal }) => roleOf(principal));
      return [...sameRole.values()].flatMap((executions) => {
        const ids = new Set(executions.flatMap(({ effects }) => effects.map(({ id }) => id)));
        if (ids.size < 2) return [];
        const names = executions.map(({ requestId }) => requestId);
        return [`${names.join(', ')} stored ${ids.size} messages`];
      });
    }),

  'a keyed request is executed by an API that remembers it': ({ api }) =>
    executed(api)
      .filter(({ key, table }) => key !== undefined && table === undefined)
      .map(({ requestId }) => `${requestId} has a key and was executed by an API without a table`),

  'a request without a key is not repeated after it may have been executed': ({ api }) => {
    const unkeyed = executed(api).filter(({ key }) => key === undefined);
    const byInvocation = Map.groupBy(unkeyed, ({ by }) => `${by.id} (run ${by.run})`);
    return [...byInvocation].flatMap(([id, all]) =>
      new Set(all.map(({ by }) => by.request)).size > 1
        ? [`invocation ${id} executed it ${all.length} times`]
        : [],
    );
  },

  'a request is refused as being executed only while another may be': ({ api }) =>
    api.flatMap((one) => {
      if (one.key === undefined || !one.answer.includes('is being executed')) return [];
      const others = api.filter(
        (other) =>
          other !== one && other.key === one.key && roleOf(other.principal) === roleOf(one.principal),
      );
      // A second after the time of an execution is over, its record is too. Its clock may be wrong a little, and a stall delays that.
      const isBusy = others.some(
        (other) =>
          other.invokedAt <= (one.endedAt ?? 0) &&
          one.invokedAt < other.deadline + (other.stalled ? 12_000 : 2_000) &&
          (other.forgottenAt === undefined || other.recordedAgain || one.invokedAt < other.forgottenAt + 1),
      );
      return isBusy ? [] : [`${one.requestId} was refused, and no other request has its key`];
    }),

  'a request to a table that is not answered is sent again while there is time': ({ api }) =>
    api.flatMap(({ requestId, asked, deadline, stalled, ending }) => {
      if (stalled || ending === 'killed') return [];
      return asked.flatMap(({ kind, at, settledAt }, index) => {
        const same = asked.filter((one) => one.kind === kind);
        const again = asked.slice(index + 1).find((one) => one.kind === kind);
        const isRepeated = again !== undefined && again.at <= at + UNANSWERED_MS;
        // The client gives up after four tries, and the keys' table gets five seconds at most.
        const isLast = same.length % 4 === 0 || at - Number(same[0]?.at) > 5_000 - UNANSWERED_MS;
        const isOver = at + UNANSWERED_MS > deadline - 300;
        return settledAt !== undefined || isRepeated || isLast || isOver
          ? []
          : [`${requestId} waited for ${kind} until its end`];
      });
    }),

  'a function whose handler has ended answers before its time is over': ({ api }) =>
    api.flatMap(({ requestId, asked, deadline, stalled, ending }) => {
      const stores = asked.find(({ kind }) => kind === 'keys UpdateItem' || kind === 'keys DeleteItem');
      const isLate = stores === undefined || stores.at > deadline - 50;
      return stalled || isLate || ending !== 'timed out' ? [] : [`${requestId} did not answer`];
    }),

  'a stored message belongs to the call': ({ invocations, api }) =>
    answers(invocations).flatMap(({ call, id, ending: { value } }) => {
      if (call.target === 'read' || call.target === 'whoami') return [];
      const { requestId } = value.body;
      const execution = api.find((one) => one.requestId === requestId);
      const isOwn = execution?.effects.some(
        (effect) => effect.message === call.message && effect.id === value.body.id,
      );
      return isOwn
        ? []
        : [`invocation ${id} got the answer of ${requestId}, which did not store its message`];
    }),

  'no response belongs to another request': ({ invocations, api }) =>
    answers(invocations).flatMap(({ call, id, sent, ending: { value } }) => {
      const executedBy = api.find(({ requestId }) => requestId === value.body.requestId);
      const ownIds = sent.at(-1)?.requestIds ?? [];
      const own = api.find(({ requestId }) => ownIds.includes(requestId));
      const isOwn =
        executedBy !== undefined &&
        own?.request === executedBy.request &&
        roleOf(own.principal) === roleOf(executedBy.principal) &&
        roleOf(own.principal).endsWith(callerName(call.caller)) &&
        (call.target !== 'read' || value.body.id === undefined || executedBy === own);
      return isOwn ? [] : [`invocation ${id} got ${JSON.stringify(value).slice(0, 500)}`];
    }),

  'a stored message can be read': ({ invocations, api }) => {
    // A message belongs to the role that stored it.
    const owners = new Map(
      api.flatMap(({ principal, effects }) => effects.map(({ id }) => [id, roleOf(principal)] as const)),
    );
    return invocations.flatMap(({ id, sent, asksFor = '', ending }) => {
      const own = api.find(({ requestId }) => sent.at(-1)?.requestIds.includes(requestId));
      const isMissing = ending.type === 'threw' && 'status' in ending.error && ending.error.status === 404;
      const isOwn = own !== undefined && owners.get(asksFor) === roleOf(own.principal);
      return isMissing && isOwn ? [`invocation ${id} did not find ${asksFor}`] : [];
    });
  },

  'a part of a response is not taken for the whole': ({ invocations }) =>
    invocations.flatMap(({ id, ending }) =>
      ending.type === 'threw' && ending.error.name === 'InvalidResponse'
        ? [`invocation ${id}: ${ending.error.message.slice(0, 300)}`]
        : [],
    ),

  'a repetition is not taken for another request': ({ api }) =>
    api.flatMap((one) => {
      if (one.key === undefined || !one.answer.includes('"status":422')) return [];
      const isShared = api.some(
        (other) =>
          other.key === one.key &&
          roleOf(other.principal) === roleOf(one.principal) &&
          other.request !== one.request,
      );
      return isShared ? [] : [`${one.requestId} was answered 422`];
    }),

  'attempts is what was sent': ({ invocations }) =>
    invocations.flatMap(({ id, sent, stalled, ending }) => {
      const counted = attemptsOf(ending);
      // An attempt may be given up before it is sent, if the process stands still.
      const isRight = counted === undefined || (stalled ? counted >= sent.length : counted === sent.length);
      return isRight ? [] : [`invocation ${id} says ${counted} attempts and sent ${sent.length}`];
    }),

  'maybeExecuted is true if and only if the API may have executed the request': ({ invocations }) =>
    invocations.flatMap(({ id, sent, stalled, ending }) => {
      if (ending.type !== 'threw' || !('maybeExecuted' in ending.error)) return [];
      const says = ending.error.maybeExecuted;
      const certainly = sent.some(
        ({ fate }) => fate === 'unknown' || (fate !== 'not sent' && (fate < 300 || fate >= 500)),
      );
      // Other refusals leave it open: of one that was cut, the call has only the start, and 409 has a meaning of its own with a key.
      const possibly = sent.some(({ fate }) => fate !== 'not sent' && fate !== 403 && fate !== 429);
      // After a stall, an attempt that was not sent counts too.
      const isRight = says ? possibly || stalled : !certainly;
      return isRight ? [] : [`invocation ${id} says ${says}: ${sent.map(({ fate }) => fate).join(', ')}`];
    }),

  'a call asks each second for the response to a request that is being executed': ({
    invocations,
    sts,
    limits,
  }) =>
    invocations.flatMap(({ id, environment, sent, stalled, endedAt, deadline, ending }) =>
      sent.flatMap(({ settledAt, isBusy }, index) => {
        if (stalled || ending.type === 'died' || settledAt === undefined || !isBusy) return [];
        const next = sent[index + 1]?.at;
        const isAsked = next !== undefined && next <= settledAt + POLL_MS;
        const isOver = next === undefined && endedAt > deadline - limits.marginMs - POLL_MS;
        // It may wait for credentials.
        const waits = sts.some(
          (one) => one.environment === environment && one.at >= settledAt && one.at <= settledAt + POLL_MS,
        );
        return isAsked || isOver || waits
          ? []
          : [`invocation ${id} asked again after ${next === undefined ? 'never' : next - settledAt} ms`];
      }),
    ),

  'no call outlives its deadline': ({ invocations, limits }) =>
    invocations.flatMap(({ id, ending, stalled, endedAt, deadline }) => {
      if (stalled) return [];
      if (ending.type === 'died') return ending.timedOut ? [`invocation ${id} timed out`] : [];
      // The end of an invocation waits for STS for 250 ms at most.
      const late = endedAt - (deadline - limits.marginMs + 250 + 20);
      return late > 0 ? [`invocation ${id} ended ${late} ms late`] : [];
    }),

  'an invocation ends soon after the answer': ({ invocations }) =>
    answers(invocations).flatMap(({ id, stalled, answeredAt, endedAt }) => {
      const late = endedAt - (answeredAt + 250 + 20);
      return stalled || late <= 0 ? [] : [`invocation ${id} ended ${late} ms late`];
    }),

  'nothing goes on after its invocation': ({ outliving }) => [...outliving],

  'no expired credentials are used': ({ signed }) =>
    signed.flatMap(({ environment, at, expiresAt, toleranceMs }) =>
      at >= expiresAt + toleranceMs
        ? [`${environment} signed ${at - expiresAt} ms after they had expired`]
        : [],
    ),

  'a signature is not older than its attempt': ({ oldSignatures }) =>
    oldSignatures.map(({ environment, ageMs }) => `${environment} sent one that is ${ageMs} ms old`),

  'an environment sends one STS request at a time': ({ overlappingSts }) =>
    overlappingSts.map(({ environment }) => `${environment} sent another`),

  'an STS request is given up after three seconds': ({ sts }) =>
    sts.flatMap(({ environment, awakeMs, epoch }, index) => {
      const next = sts.slice(index + 1).find((one) => one.environment === environment);
      const isDisturbed = next !== undefined && next.epoch !== epoch;
      return awakeMs > 3_050 && !isDisturbed && next !== undefined
        ? [`${environment} waited for ${Math.round(awakeMs)} ms`]
        : [];
    }),

  'an environment asks STS once an hour, unless a request failed or its credentials were rejected': ({
    sts,
  }) =>
    [...Map.groupBy(sts, ({ environment }) => environment)].flatMap(([environment, requests]) =>
      requests.slice(1).flatMap((later, index) => {
        const earlier = requests[index] as StsRequest;
        const isExplained =
          earlier.fate === 'failed' ||
          Number(earlier.tookMs) > 3_000 ||
          earlier.epoch !== later.epoch ||
          // The local clock is fast: the credentials seem to expire earlier.
          later.at - earlier.at > MIN_REFRESH_MS - Math.max(0, earlier.clockMs);
        return isExplained
          ? []
          : [`${environment} asked again after ${Math.round(later.at - earlier.at)} ms`];
      }),
    ),

  'no secret is in a message or a log': ({ texts }) =>
    texts
      .filter(
        (text) =>
          text.includes(SECRET) || /external-id-|Signature=[\da-f]{64}/.test(text) || text.includes(BASE64),
      )
      .map((text) => `shown: ${text.slice(0, 500)}`),

  'a call that meets no fault succeeds': ({ invocations, disturbances, api }) =>
    invocations.flatMap(({ call, id, run, begunAt, endedAt, sent, ending, asksFor, stalled }) => {
      if (ending.type === 'returned' || stalled || call.failures > 0 || call.isLarge) return [];
      if (disturbances.some(({ from, to }) => from <= endedAt && to >= begunAt)) return [];
      // Without a message to read, there is nothing to find. An earlier request with the key may have left a trace.
      if (call.target === 'read' && asksFor === undefined) return [];
      if (call.key !== undefined || run > 0) return [];
      // The function has five seconds, of which its requests take a part.
      if (call.workMs[0] + call.workMs[1] > 4_500) return [];
      const own = api.filter(({ requestId }) =>
        sent.some(({ requestIds }) => requestIds.includes(requestId)),
      );
      if (own.some(({ by }) => by.run !== run)) return [];
      if (ending.type === 'threw' && ending.error.name === 'InvalidEvent') return [];
      if (ending.type === 'threw' && 'status' in ending.error && ending.error.status === 404) return [];
      return [`invocation ${id}: ${ending.type === 'threw' ? ending.error.message : 'it died'}`];
    }),

  'calls succeed after the last fault, also with a key that was used before': ({ invocations }) =>
    invocations.flatMap(({ afterFaults, call, environment, ending }) => {
      if (!afterFaults || ending.type === 'returned') return [];
      // Some keys belong to another request, or to one whose response could not be stored.
      const isAnswer = ending.type === 'threw' && 'status' in ending.error;
      const isRefused =
        isAnswer && [400, 404, 409, 413, 422].includes(Number(Reflect.get(ending.error, 'status')));
      const isRefusedByCaller = ending.type === 'threw' && ending.error.name === 'InvalidEvent';
      if (call.key !== undefined && (isRefused || isRefusedByCaller)) return [];
      return [`${environment}: ${ending.type === 'threw' ? ending.error.message : 'it died'}`];
    }),
};

/** The longest time between the answer that a request is being executed and the next request: half a second more than on average. */
const POLL_MS = 1_500 + 50;

/** A request to a table that is not answered is sent again within this time: a time-out, and the longest pause. */
const UNANSWERED_MS = 1_500 + 200 + 50;

const BASE64 = btoa(SECRET).slice(2, -4);

/** Credentials of an hour are replaced six minutes before they expire at the earliest. */
const MIN_REFRESH_MS = 3_239_000;

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

/** The invocations that have stored a message. */
const executed = (api: Observed['api']) => api.filter(({ effects }) => effects.length > 0);

/** The executions of each keyed request of a caller. */
function byRequest(api: Observed['api']): Map<string, ApiInvocation[]> {
  const keyed = executed(api).filter(({ key }) => key !== undefined);
  return Map.groupBy(keyed, ({ principal, key, request }) => `${ownerOf(principal)} ${key} ${request}`);
}

/** Each repeated execution of a request, with the reason that allows it. */
function judgeRepetitions({ api }: Observed): { exception?: Exception; problem?: string }[] {
  return [...byRequest(api).values()].flatMap((unordered) => {
    // A function that stalls begins its handler after others that were invoked later.
    const all = unordered.toSorted((a, b) => startOf(a) - startOf(b));
    return all.slice(1).flatMap((later, index): { exception?: Exception; problem?: string }[] => {
      const earlier = all[index] as ApiInvocation;
      const exception = exceptionFor(earlier, later);
      if (exception !== undefined) return [{ exception }];
      const { requestId, environment } = earlier;
      const ms = Math.round(startOf(later) - startOf(earlier));
      const problem = `message ${later.effects[0]?.message} was executed by ${requestId} (${environment}) and ${ms} ms later by ${later.requestId} (${later.environment})`;
      return [{ problem }];
    });
  });
}

function exceptionFor(earlier: ApiInvocation, later: ApiInvocation): Exception | undefined {
  if (roleOf(earlier.principal) !== roleOf(later.principal)) return 'the caller has another role';
  if (earlier.table !== later.table) return 'the table was removed';
  if (earlier.storedAt !== undefined && earlier.storedAt < startOf(later)) return undefined;
  const isForgotten = earlier.forgottenAt !== undefined && earlier.forgottenAt <= startOf(later);
  if (startOf(later) < earlier.deadline && !isForgotten) return undefined;
  if (earlier.forgets || earlier.ending === 'failed') return 'the handler failed after its effect';
  // It runs on.
  if (earlier.ending === undefined || isForgotten) return undefined;
  // The table was reached, and took no shorter record either.
  if (earlier.ending === 'succeeded') {
    return earlier.writes.at(-1) === 'refused' ? undefined : 'the table stored nothing';
  }
  // Half of the time is for the execution: with less, the response may not be stored.
  const begunInTime = earlier.deadline - startOf(earlier) >= earlier.timeoutMs / 2 - 1;
  const isOwnFault = earlier.ending === 'timed out' && !begunInTime && !earlier.stalled;
  return isOwnFault ? undefined : 'the environment died before it could store';
}

/** The time at which a handler began. */
const startOf = ({ begunAt, invokedAt }: ApiInvocation): number => begunAt ?? invokedAt;

/** The role of a session. */
const roleOf = (principal: string) => principal.split('/').slice(0, 2).join('/');

/** The caller to which a role belongs. */
const ownerOf = (principal: string) => roleOf(principal).replace(/^.*[/.]/, '');

type Answered = CallerInvocation & { readonly ending: { readonly type: 'returned' } };

const answers = (invocations: readonly CallerInvocation[]): Answered[] =>
  invocations.filter((one): one is Answered => one.ending.type === 'returned');

function attemptsOf(ending: CallerInvocation['ending']): number | undefined {
  if (ending.type === 'returned') return ending.value.attempts;
  if (ending.type === 'threw' && ending.error instanceof SignedFetchError)
    return ending.error.attempts.length;
  return undefined;
}
