/** A defect that somebody could make, or made once. */
export interface Mutant {
  /** The defect in words. */
  readonly summary: string;
  /** The source to change, below the root of the repository, and the code to replace. It must be there once. */
  readonly file: string;
  readonly from: string;
  /** The code with the defect. */
  readonly to: string;
  /**
   * What finds it: the seed of a history, or a test file of the library. `npm run test:mutation` tries this first, and names another
   * one if it no longer finds the defect. Without it, nothing finds the defect, and `survives` says why.
   */
  readonly found?: number | string;
  readonly survives?: string;
}

const idempotency = 'libs/api-handler/src/idempotency/idempotency.ts';
const record = 'libs/api-handler/src/idempotency/request-record.ts';
const dynamodb = 'libs/api-handler/src/dynamodb.ts';
const token = 'libs/api-handler/src/idempotency-token.ts';
const call = 'libs/signed-fetch/src/call.ts';
const retry = 'libs/signed-fetch/src/retry.ts';
const fetchMiddleware = 'libs/signed-fetch/src/middleware.ts';
const session = 'libs/assume-role/src/session.ts';
const roleMiddleware = 'libs/assume-role/src/middleware.ts';
const asked = 'libs/contract/src/call-asked.ts';

/** The defects, by their names. No deployed code imports them. */
export const mutants: Readonly<Record<string, Mutant>> = {
  // api-handler: who may execute a request.
  'late-handler': {
    summary: 'A request is executed although too little time is left to store that it was.',
    file: record,
    from: 'if (context.getRemainingTimeInMillis() <= neededMs) throw outOfTime(context, neededMs);',
    to: '',
    found: 'libs/api-handler/src/idempotency/idempotency.test.ts',
  },
  'little-time': {
    summary: 'A tenth of the time is thought to be enough for an execution and the write of its response.',
    file: idempotency,
    from: 'executionMs ?? context.getRemainingTimeInMillis() / 2;',
    to: 'executionMs ?? context.getRemainingTimeInMillis() / 10;',
    found: 'libs/api-handler/src/idempotency/idempotency.test.ts',
  },
  'lock-without-end': {
    summary: 'A request that arrives when the time is over locks its key for a day.',
    file: record,
    from: 'const { inProgressExpiryTimestamp: end = now } = record;',
    to: 'const { inProgressExpiryTimestamp: end = now + 86_400_000 } = record;',
    found: 'libs/api-handler/src/idempotency/idempotency.test.ts',
  },
  'lock-ends-early': {
    summary:
      'The lock of a key ends with the time of the function, although a process is ended a little later.',
    file: record,
    from: 'const MARGIN_MS = 1_000;',
    to: 'const MARGIN_MS = 0;',
    found: 'libs/api-handler/src/idempotency/idempotency.test.ts',
  },
  'lock-without-status': {
    summary: 'A request that was executed may be executed again when the time of its function is over.',
    file: record,
    from: '(#status = :in_progress AND (#end < :now_ms OR #put = :own))',
    to: '#end < :now_ms OR (#status = :in_progress AND #put = :own)',
    found: 1,
  },
  'failure-is-kept': {
    summary: 'A request that failed stays locked until the time of the function is over.',
    file: record,
    from: 'await this.#inTime(forget, STORE_MS).catch(logError);',
    to: '',
    found: 'libs/api-handler/src/idempotency/idempotency.test.ts',
  },
  'returned-failure-is-kept': {
    summary: 'A failure that the handler returns is the answer to all repetitions.',
    file: record,
    from: 'if (statusOf(responseData) >= 400) return this._deleteRecord(record);',
    to: '',
    found: 'libs/api-handler/src/idempotency/idempotency.test.ts',
  },
  'refusal-forgets': {
    summary: 'A request that is refused for lack of time is forgotten, and its delete may come late.',
    file: record,
    from: 'if (context.getRemainingTimeInMillis() <= neededMs) throw outOfTime(context, neededMs);',
    to: 'if (context.getRemainingTimeInMillis() <= neededMs) {\n      await this._deleteRecord(record);\n      throw outOfTime(context, neededMs);\n    }',
    found: 'libs/api-handler/src/idempotency/idempotency.test.ts',
  },
  'no-second-write': {
    summary: 'If the response cannot be stored, nothing is.',
    file: record,
    from: 'await complete({});',
    to: '',
    found: 193,
  },
  'second-write-with-response': {
    summary: 'If the response cannot be stored, it is written again.',
    file: record,
    from: 'await complete({});',
    to: 'await complete({ data: responseData });',
    found: 193,
  },
  'unstored-is-a-failure': {
    summary: 'A request is answered with an error if its response cannot be stored.',
    file: record,
    from: 'await this.#inTime(store, STORE_MS).catch(logError);',
    to: 'await this.#inTime(store, STORE_MS);',
    found: 'libs/api-handler/src/idempotency/idempotency.test.ts',
  },
  'executed-without-response': {
    summary: 'The repetition of a request without a stored response gets an empty answer.',
    file: record,
    from: "if (stored.getStatus() === 'COMPLETED' && stored.responseData === undefined)",
    to: 'if (false)',
    found: 'libs/api-handler/src/idempotency/idempotency.test.ts',
  },
  'key-of-a-session': {
    summary: "A key belongs to a session, and not to the caller's role.",
    file: idempotency,
    from: 'key: [callerScope(callerOf(event).arn), key],',
    to: 'key: [callerOf(event).arn, key],',
    found: 24,
  },
  'key-of-everybody': {
    summary: 'Two callers share a key.',
    file: idempotency,
    from: 'key: [callerScope(callerOf(event).arn), key],',
    to: "key: ['', key],",
    found: 8,
  },
  'ignored-key': {
    summary: 'An API that remembers no keys executes a request that has one.',
    file: 'libs/api-handler/src/idempotency-key.ts',
    from: 'if (mayBeRepeated || idempotencyKeyOf(event) === undefined) return;',
    to: 'if (mayBeRepeated || true) return;',
    found: 12,
  },
  'early-timeout': {
    summary: "middy's own time-out answers before the function's time is over, and the execution goes on.",
    file: 'libs/api-handler/src/pipeline.ts',
    from: '{ timeoutEarlyInMillis: 0 }',
    to: '{ timeoutEarlyInMillis: 50 }',
    found: 'libs/api-handler/src/idempotency/idempotency.test.ts',
  },

  // api-handler: a table that does not answer.
  'unanswered-only-warns': {
    summary: 'A request to the table that is not answered is only warned of.',
    file: dynamodb,
    from: 'throwOnRequestTimeout: true,',
    to: 'throwOnRequestTimeout: false,',
    found: 'libs/api-handler/src/dynamodb.test.ts',
  },
  'half-an-answer': {
    summary: 'A response of the table that begins and does not end is waited for.',
    file: dynamodb,
    from: 'socketTimeout: TIMEOUT_MS.response,',
    to: '',
    found: 'libs/api-handler/src/dynamodb.test.ts',
  },
  'unanswered-put': {
    summary: 'A put that is not answered uses up the time of the function.',
    file: record,
    from: 'await this.#inTime(put);',
    to: 'await put(new AbortController().signal);',
    found: 'libs/api-handler/src/idempotency/idempotency.test.ts',
  },
  'unanswered-write': {
    summary: 'A write of the response that is not answered uses up the time of the function.',
    file: record,
    from: 'Math.min(longestMs, Math.max(left - ANSWER_MS, left / 2))',
    to: 'left',
    found: 'libs/api-handler/src/idempotency/idempotency.test.ts',
  },
  'write-outlasts-caller': {
    summary: 'A write of the response that is not answered takes longer than a caller waits.',
    file: record,
    from: 'const STORE_MS = 5_000;',
    to: 'const STORE_MS = 25_000;',
    found: 'libs/api-handler/src/idempotency/idempotency.test.ts',
  },

  // api-handler: which request is the same.
  'base-path': {
    summary: 'The base path of a custom domain is part of a remembered request.',
    file: 'libs/api-handler/src/idempotency/own-path.ts',
    from: "return path.endsWith('/')",
    to: "if (own !== '') return path;\n  return path.endsWith('/')",
    found: 30,
  },
  'path-parameters': {
    summary: 'The values of path parameters do not belong to a request.',
    file: 'libs/api-handler/src/idempotency/own-path.ts',
    from: "pathParameters?.[name] ?? ''",
    to: "name ?? pathParameters ?? ''",
    found: 'libs/api-handler/src/idempotency/own-path.test.ts',
  },
  'ignored-query': {
    summary: 'The query does not belong to a request.',
    file: token,
    from: 'return query.length === 0 ? own : [...own, query];',
    to: 'return own;',
    found: 6,
  },
  'ignored-body': {
    summary: 'The body does not belong to a request.',
    file: token,
    from: 'const own = [httpMethod, ownPath(event), body] as const;',
    to: 'const own = [httpMethod, ownPath(event), body && null] as const;',
    found: 'libs/api-handler/src/idempotency/idempotency.test.ts',
  },
  'random-token': {
    summary: 'An execution of a keyed request has another token each time.',
    file: token,
    from: 'if (key === undefined) return randomUUID();',
    to: 'if (key !== "") return randomUUID();',
    found: 1,
  },
  'token-of-a-session': {
    summary: "The token depends on the session, and not on the caller's role.",
    file: token,
    from: 'callerScope(arn), key, ...',
    to: 'arn, key, ...',
    found: 'libs/api-handler/src/idempotency-token.test.ts',
  },
  'token-of-a-key': {
    summary: 'After a failure, another request with the key has the same token.',
    file: token,
    from: 'JSON.stringify([callerScope(arn), key, ...requestIdentity(event)])',
    to: 'JSON.stringify([callerScope(arn), key])',
    found: 'libs/api-handler/src/idempotency-token.test.ts',
  },
  'token-of-everybody': {
    summary: 'Two callers with the same key and request have the same token.',
    file: token,
    from: 'JSON.stringify([callerScope(arn), key, ...requestIdentity(event)])',
    to: 'JSON.stringify([arn && key, ...requestIdentity(event)])',
    found: 'libs/api-handler/src/idempotency-token.test.ts',
  },

  // api-handler: puts whose answer is lost.
  'own-put-is-not-known': {
    summary: 'A put that the SDK repeated is taken for that of another request.',
    file: record,
    from: '(#end < :now_ms OR #put = :own)',
    to: '(#end < :now_ms OR (#put = :own AND #end < :now_ms))',
    found: 5,
  },
  'any-put-is-own': {
    summary: 'Any put counts as an own one.',
    file: record,
    from: '(#end < :now_ms OR #put = :own)',
    to: '(#end < :now_ms OR #put <> :own OR #put = :own)',
    found: 16,
  },
  'late-put': {
    summary: 'A put that arrives after the execution locks the key again.',
    file: record,
    from: '(#status = :in_progress AND (#end < :now_ms OR #put = :own))',
    to: '(#status = :in_progress AND #end < :now_ms) OR #put = :own',
    found: 'libs/api-handler/src/idempotency/idempotency.test.ts',
  },
  'late-change': {
    summary: 'A late write or delete changes the record of another invocation.',
    file: record,
    from: "ConditionExpression: '#putId = :putId',",
    to: "ConditionExpression: '#putId = :putId OR attribute_exists(#putId)',",
    found: 1,
  },

  // signed-fetch: what may be sent again.
  'unkeyed-timeout': {
    summary: 'A request without a key is repeated after a time-out or a broken connection.',
    file: retry,
    from: "if (!repeatable && outcome.kind !== 'not-sent') return fail;",
    to: '',
    found: 3,
  },
  'unkeyed-error': {
    summary: 'A request without a key is repeated after a 500.',
    file: retry,
    from: '(repeatable && /^(?:408|50[0234])$/.test(String(status)))',
    to: '/^(?:408|50[0234])$/.test(String(status))',
    found: 1,
  },
  'unkeyed-close': {
    summary: 'A request is resent at once if the connection was closed, although it has no key.',
    file: retry,
    from: "if (!repeatable && outcome.kind !== 'not-sent') return fail;",
    to: "if (!repeatable && outcome.kind === 'timed-out') return fail;",
    found: 3,
  },
  'closed-is-not-sent': {
    summary: 'A connection that was closed counts as one that was never there.',
    file: retry,
    from: "kind: permanent || whileConnecting ? 'not-sent' : 'broken',",
    to: "kind: permanent || whileConnecting || CLOSED.test(code) ? 'not-sent' : 'broken',",
    found: 3,
  },
  'get-is-not-repeatable': {
    summary: 'A GET is not repeated.',
    file: 'libs/signed-fetch/src/request.ts',
    from: 'repeatable: hasIdempotencyKey || !/POST|PATCH/.test(method),',
    to: 'repeatable: hasIdempotencyKey,',
    found: 'libs/signed-fetch/src/client-retries.test.ts',
  },
  'refused-key-conflict': {
    summary: 'A request with a key is not repeated after a 503.',
    file: retry,
    from: '(repeatable && /^(?:408|50[0234])$/.test(String(status)))',
    to: '(repeatable && /^(?:408|50[024])$/.test(String(status)))',
    found: 'libs/signed-fetch/src/retry.test.ts',
  },
  'counted-polls': {
    summary: 'A call asks four times for the response to a request that is being executed.',
    file: retry,
    from: 'const isOver = maxAttempts === 1 ||',
    to: 'const isOver = counted >= maxAttempts ||',
    found: 'libs/signed-fetch/src/client-polls.test.ts',
  },
  'polls-use-up-attempts': {
    summary: 'Questions for the response to a request that is being executed leave no attempt for a failure.',
    file: call,
    from: 'polls += 1;',
    to: '',
    found: 'libs/signed-fetch/src/client-polls.test.ts',
  },
  'no-polls': {
    summary:
      'A call waits as long as Retry-After says, although the request may have been executed long before.',
    file: retry,
    from: 'if (hasIdempotencyKey && isInProgress(outcome)) {',
    to: 'if (false) {',
    found: 'libs/signed-fetch/src/client-polls.test.ts',
  },
  'polls-of-any-503': {
    summary: 'An API that is overloaded is asked each second.',
    file: retry,
    from: 'return details?.problem?.type === REQUEST_IN_PROGRESS;',
    to: "return details?.problem?.type === REQUEST_IN_PROGRESS || details?.problem?.type === 'about:blank';",
    found: 'libs/signed-fetch/src/client-polls.test.ts',
  },
  'polls-without-end': {
    summary: 'A call without an invocation polls without end.',
    file: call,
    from: 'now - (polledSince ?? now)',
    to: '0',
    found: 'libs/signed-fetch/src/client-polls.test.ts',
  },
  'another-type': {
    summary: 'The API names another type of problem than the client knows.',
    file: 'libs/api-handler/src/http-error.ts',
    from: 'urn:problem-type:cross-account-api:request-in-progress',
    to: 'urn:problem-type:cross-account-api:in-progress',
    found: 'libs/api-handler/src/idempotency/idempotency.test.ts',
  },
  'no-retry-after': {
    summary: 'The wait that the API asks for is ignored.',
    file: retry,
    from: 'afterMs: Math.max(askedMs, jitter)',
    to: 'afterMs: jitter',
    found: 'libs/signed-fetch/src/retry.test.ts',
  },
  'impatient-if-throttled': {
    summary: 'The waits after 429 are those after a failure.',
    file: retry,
    from: 'throttled ? throttlingBaseDelayMs : baseDelayMs',
    to: 'baseDelayMs',
    found: 'libs/signed-fetch/src/retry.test.ts',
  },
  'throttled-without-time': {
    summary: 'A throttled call without time for the wait fails as one that ran out of time.',
    file: call,
    from: "if (kind !== 'answered' || outcome.status !== 429) throw outOfTime();",
    to: 'if (request !== undefined) throw outOfTime();',
    found: 'libs/signed-fetch/src/client-time-of-an-invocation.test.ts',
  },
  'no-quota': {
    summary: 'Each call to an API that is down is repeated.',
    file: 'libs/signed-fetch/src/quota.ts',
    from: 'quota.tokens -= PRICE;',
    to: '',
    found: 'libs/signed-fetch/src/client-quota.test.ts',
  },
  'quota-of-a-call': {
    summary: 'Each client of an invocation has its own retry quota.',
    file: 'libs/signed-fetch/src/client.ts',
    from: 'bound({ ...settings, scope, source });',
    to: 'bound({ ...settings, scope, source, quota: createQuota() });',
    found: 'libs/signed-fetch/src/client-quota.test.ts',
  },
  'quota-never-refilled': {
    summary: 'A client that has used up its retry quota never repeats a call again.',
    file: call,
    from: 'refund(quota, spent);',
    to: '',
    found: 'libs/signed-fetch/src/client-quota.test.ts',
  },
  'quota-pays-for-429': {
    summary: 'Throttled calls use up the retry quota.',
    file: retry,
    from: 'paid: !throttled && askedMs === 0 };',
    to: 'paid: askedMs === 0 };',
    found: 'libs/signed-fetch/src/client-quota.test.ts',
  },
  'quota-pays-for-waits': {
    summary: 'A wait that the API asks for uses up the retry quota.',
    file: retry,
    from: 'paid: !throttled && askedMs === 0 };',
    to: 'paid: !throttled };',
    found: 'libs/signed-fetch/src/client-quota.test.ts',
  },
  'quota-has-no-switch': {
    summary: 'The retry quota cannot be turned off.',
    file: call,
    from: 'step.paid && request.retry.quota)',
    to: 'step.paid)',
    found: 'libs/signed-fetch/src/client-quota.test.ts',
  },
  'quota-in-silence': {
    summary: 'An error does not say that the retry quota ended the call.',
    file: call,
    from: '{ ...call, note: QUOTA_NOTE }',
    to: 'call',
    found: 'libs/signed-fetch/src/client-quota.test.ts',
  },
  'paid-for-nothing': {
    summary: 'A retry for which no time is left uses up the retry quota.',
    file: call,
    from: 'if (waitMs !== undefined && remainingTimeInMillis() - marginMs <= waitMs) {',
    to: 'if (request.retry.quota && remainingTimeInMillis() - marginMs <= Number(waitMs)) spend(quota);\n    if (waitMs !== undefined && remainingTimeInMillis() - marginMs <= waitMs) {',
    found: 'libs/signed-fetch/src/client-quota.test.ts',
  },
  'resend-without-end': {
    summary: 'A request is resent at once as often as the connection is closed.',
    file: retry,
    from: "return outcome.closed && !done.has('resend') ? { kind: 'resend', paid: true } : retry();",
    to: "return outcome.closed ? { kind: 'resend', paid: true } : retry();",
    found: 'libs/signed-fetch/src/retry.test.ts',
  },
  'maybe-of-the-last-attempt': {
    summary: 'Whether a request may have been executed depends on its last attempt only.',
    file: 'libs/signed-fetch/src/to-error.ts',
    from: 'call.attempts.some(mayBeExecuted)',
    to: 'call.attempts.slice(-1).some(mayBeExecuted)',
    found: 'libs/signed-fetch/src/client-errors-say-what-to-do.test.ts',
  },
  'maybe-if-throttled': {
    summary: 'A throttled request counts as one that may have been executed.',
    file: 'libs/signed-fetch/src/to-error.ts',
    from: "return outcome !== 'not-sent' && status !== 403 && status !== 429;",
    to: "return outcome !== 'not-sent' && status !== 403;",
    found: 'libs/signed-fetch/src/client-errors-say-what-to-do.test.ts',
  },
  attempts: {
    summary: 'A request that met a closed connection is not counted.',
    file: 'libs/signed-fetch/src/client.ts',
    from: 'attempts: call.attempts.length,',
    to: "attempts: call.attempts.filter(({ reason }) => !reason.startsWith('ECONNRESET')).length,",
    found: 5,
  },
  'cut-gzip': {
    summary: 'A gzip body that is cut short is a success.',
    file: 'libs/signed-fetch/src/transport.ts',
    from: "process.getBuiltinModule('node:zlib').createGunzip()",
    to: "process.getBuiltinModule('node:zlib').createGunzip({ finishFlush: 2 })",
    found: 12,
  },

  // signed-fetch: time, clock and credentials.
  'clock-is-set': {
    summary: 'A clock offset is set instead of added.',
    file: call,
    from: 'clock.offsetMs += step.byMs',
    to: 'clock.offsetMs = step.byMs',
    found: 'libs/signed-fetch/src/client-renewed-credentials.test.ts',
  },
  'clock-of-the-last-attempt': {
    summary: 'The time of the server is compared with the local one, without the known offset.',
    file: call,
    from: 'const serverTime = now + clock.offsetMs;',
    to: 'const serverTime = now;',
    found: 'libs/signed-fetch/src/client-renewed-credentials.test.ts',
  },
  'old-signature': {
    summary: 'All attempts of a call have the time of the first one.',
    file: call,
    from: 'await sign(request, credentials, startedAt + clock.offsetMs);',
    to: 'await sign(request, credentials, startedAt - attempts.reduce((ms, one) => ms + one.durationMs, 0) + clock.offsetMs);',
    found: 1,
  },
  'renew-keeps': {
    summary: 'Rejected credentials are not dropped.',
    file: call,
    from: 'source.invalidate?.(credentials);',
    to: '',
    found: 'libs/signed-fetch/src/client-renewed-credentials.test.ts',
  },
  'renew-drops-all': {
    summary: 'Rejected credentials drop newer ones, too.',
    file: call,
    from: 'source.invalidate?.(credentials);',
    to: '(source.invalidate as (() => void) | undefined)?.();',
    found: 'libs/signed-fetch/src/client-renewed-credentials.test.ts',
  },
  'no-margin': {
    summary: 'Calls use all the time of the invocation.',
    file: call,
    from: 'Math.min(ms, remainingTimeInMillis() - marginMs)',
    to: 'Math.min(ms, remainingTimeInMillis())',
    found: 'libs/signed-fetch/src/client-time-of-an-invocation.test.ts',
  },
  'attempt-outlives': {
    summary: 'An attempt may last longer than the invocation.',
    file: call,
    from: 'const timeoutMs = timeLeft(request.timeoutMs);',
    to: 'const timeoutMs = request.timeoutMs;',
    found: 'libs/signed-fetch/src/client-time-of-an-invocation.test.ts',
  },
  'wait-outlives': {
    summary: 'The wait between attempts may last longer than the invocation.',
    file: call,
    from: 'if (waitMs !== undefined && remainingTimeInMillis() - marginMs <= waitMs) {',
    to: 'if (waitMs !== undefined && remainingTimeInMillis() < 0) {',
    found: 'libs/signed-fetch/src/client-time-of-an-invocation.test.ts',
  },
  'credentials-outlive': {
    summary: 'The wait for credentials may last longer than the invocation.',
    file: call,
    from: 'const credentials = await within(timeLeft(), signal, async () =>',
    to: 'const credentials = await within(LONGEST_MS, signal, async () =>',
    found: 'libs/signed-fetch/src/client-time-of-an-invocation.test.ts',
  },
  'call-goes-on-after-success': {
    summary: 'A call that the handler did not await goes on after the invocation.',
    file: fetchMiddleware,
    from: 'after: end,',
    to: 'after: () => {},',
    found: 29,
  },
  'call-goes-on-after-failure': {
    summary: 'A call that the handler did not await goes on after an invocation that failed.',
    file: fetchMiddleware,
    from: 'onError: end,',
    to: 'onError: () => {},',
    found: 6,
  },
  'scope-without-signal': {
    summary: 'The calls of an invocation are not bound to its end.',
    file: fetchMiddleware,
    from: 'signal: controller.signal,',
    to: '',
    found: 'libs/signed-fetch/src/middleware.test.ts',
  },

  // assume-role: expiry.
  'expired-credentials': {
    summary: 'Credentials are used after they have expired.',
    file: session,
    from: 'return now >= asked && now < expiresAt;',
    to: 'return now >= asked && expiresAt > 0;',
    found: 'libs/assume-role/src/session.test.ts',
  },
  'clock-set-back': {
    summary: 'Credentials are used although the clock was set back since they were issued.',
    file: session,
    from: 'return now >= asked && now < expiresAt;',
    to: 'return asked > 0 && now < expiresAt;',
    found: 'libs/assume-role/src/session.test.ts',
  },
  'lifetime-of-a-slow-clock': {
    summary: 'With a slow clock, credentials seem to live for longer than was asked for.',
    file: session,
    from: 'left > 0 ? Math.min(left, durationMs) : durationMs',
    to: 'left > 0 ? left : durationMs',
    found: 'libs/assume-role/src/session.test.ts',
  },
  'lifetime-of-a-fast-clock': {
    summary: 'With a fast clock, new credentials seem to have expired.',
    file: session,
    from: 'left > 0 ? Math.min(left, durationMs) : durationMs',
    to: 'Math.min(left, durationMs)',
    found: 'libs/assume-role/src/session.test.ts',
  },
  'lifetime-of-an-answer': {
    summary: 'The lifetime of credentials counts from the answer, and not from the request.',
    file: session,
    from: 'held = hold(answer, asked, input.DurationSeconds * 1_000, Math.random());',
    to: 'held = hold(answer, Date.now(), input.DurationSeconds * 1_000, Math.random());',
    survives:
      'With a right clock, the lifetime ends when STS says, whichever time it counts from. With a slow one it ends three seconds late at most, and users have waited for new credentials for a minute by then.',
  },
  'no-wait-for-a-refresh': {
    summary: 'Credentials that are about to expire are used without a wait for new ones.',
    file: session,
    from: 'waitAt: expiresAt - Math.min(WAIT_WINDOW_MS, lifetime / 15),',
    to: 'waitAt: expiresAt,',
    found: 'libs/assume-role/src/session.test.ts',
  },
  'no-refresh-ahead': {
    summary: 'Credentials are replaced only when they are about to expire.',
    file: session,
    from: 'refreshAt: expiresAt - Math.min(REFRESH_WINDOW_MS, lifetime / 3) * (1 + 0.2 * random),',
    to: 'refreshAt: random < 0 ? 0 : expiresAt - Math.min(WAIT_WINDOW_MS, lifetime / 15),',
    found: 'libs/assume-role/src/session.test.ts',
  },
  'refresh-too-early': {
    summary: 'Credentials are replaced half an hour before they expire.',
    file: session,
    from: 'const REFRESH_WINDOW_MS = 300_000;',
    to: 'const REFRESH_WINDOW_MS = 1_800_000;',
    found: 7,
  },

  // assume-role: freezes, and the time of an invocation.
  'frozen-request': {
    summary: 'A user waits for a request from before a freeze.',
    file: session,
    from: 'if (request !== undefined && isLate()) giveUp();',
    to: '',
    found: 'libs/assume-role/src/session-across-a-freeze.test.ts',
  },
  'freeze-is-a-failure': {
    summary: 'A freeze counts as a failure of STS.',
    file: session,
    from: 'if (isLate()) return undefined;',
    to: '',
    found: 'libs/assume-role/src/session-across-a-freeze.test.ts',
  },
  'abandoned-answer': {
    summary: 'The answer to an abandoned request is used.',
    file: session,
    from: 'if (request !== asking) return undefined;',
    to: '',
    found: 'libs/assume-role/src/session-across-a-freeze.test.ts',
  },
  'request-outlives': {
    summary: 'A request to STS goes on when the invocation has ended.',
    file: session,
    from: 'if (running.size === 0 && request !== undefined) giveUp();',
    to: '',
    found: 'libs/assume-role/src/session-across-a-freeze.test.ts',
  },
  'request-of-others-is-stopped': {
    summary: 'The end of an invocation stops the request for which another one waits.',
    file: session,
    from: 'if (running.size === 0 && request !== undefined) giveUp();',
    to: 'if (request !== undefined) giveUp();',
    found: 'libs/assume-role/src/session-across-a-freeze.test.ts',
  },
  'end-waits-for-sts': {
    summary: 'The end of an invocation waits for STS for ten seconds.',
    file: session,
    from: 'const FINISH_REFRESH_MS = 250;',
    to: 'const FINISH_REFRESH_MS = 10_000;',
    found: 'libs/assume-role/src/session-across-a-freeze.test.ts',
  },
  'two-requests': {
    summary: 'Each user sends a request to STS.',
    file: session,
    from: 'request ??= ask(limitMs);',
    to: 'request = ask(limitMs);',
    found: 2,
  },
  'no-attempt-timeout': {
    summary: 'A request to STS has no time-out.',
    file: session,
    from: 'const asking = within(limitMs, answered, noAnswer, controller)',
    to: 'const asking = within(2 ** 31, answered, noAnswer, controller)',
    found: 9,
  },
  'no-retry-of-sts': {
    summary: 'A user who has time does not ask STS again after a failure.',
    file: session,
    from: "if ((last.kind !== 'transient' && !isCorrected) || retryAt >= deadline) throw last.toError(attempts);",
    to: 'if (!isCorrected) throw last.toError(attempts);',
    found: 'libs/assume-role/src/session-while-sts-fails.test.ts',
  },
  'sts-is-asked-often': {
    summary: 'STS is asked several times a second while it fails.',
    file: session,
    from: 'failures <= 1 ? 100 : Math.min(5_000, 1_000 * 2 ** (failures - 2))',
    to: 'Math.min(2_000, 100 * 2 ** (failures - 1))',
    found: 'libs/assume-role/src/session.test.ts',
  },
  'skew-is-permanent': {
    summary: 'A wrong clock is not corrected.',
    file: session,
    from: "const isCorrected = next.kind === 'skewed' && last.kind !== 'skewed';",
    to: 'const isCorrected = false;',
    found: 18,
  },
  'pause-outlives-a-clock': {
    summary: 'A pause after a failure lasts on when the clock is set back.',
    file: session,
    from: 'retryAt = 0;\n      if',
    to: 'if',
    found: 'libs/assume-role/src/session-while-sts-fails.test.ts',
  },
  'deadline-of-the-budget': {
    summary: 'A user waits for STS for ten seconds, however little time the invocation has.',
    file: session,
    from: 'if (own !== undefined && running.has(own)) return own.deadline;',
    to: 'if (own !== undefined && running.has(own)) return Date.now() + DEFAULT_BUDGET_MS;',
    found: 'libs/assume-role/src/session-time-of-an-invocation.test.ts',
  },
  'margin-of-the-role': {
    summary: 'The wait for credentials leaves no time to report that there are none.',
    file: roleMiddleware,
    from: 'const MARGIN_MS = 250;',
    to: 'const MARGIN_MS = -250;',
    found: 'libs/assume-role/src/middleware.test.ts',
  },
  'failed-invocation-runs-on': {
    summary: 'An invocation that failed does not end for assume-role.',
    file: roleMiddleware,
    from: 'onError: (request) => end(request, false),',
    to: 'onError: async () => {},',
    found: 'libs/assume-role/src/middleware.test.ts',
  },
  'sts-clock': {
    summary: "The Date header of any response of STS sets the clock of STS's client.",
    file: 'libs/assume-role/src/sts.ts',
    from: "if (readFailure(error, input).kind !== 'skewed') client.config.systemClockOffset = 0;",
    to: '',
    found: 'libs/assume-role/src/sts-client.test.ts',
  },
  'kept-connection': {
    summary: "STS's client keeps connections, which are dead after a freeze.",
    file: 'libs/assume-role/src/sts.ts',
    from: 'const agent = { keepAlive: false, proxyEnv };',
    to: 'const agent = { keepAlive: true, proxyEnv };',
    found: 'libs/assume-role/src/sts-client.test.ts',
  },

  // assume-role: rejected credentials.
  'rejection-drops-newer': {
    summary: 'Rejected credentials drop those that have replaced them.',
    file: session,
    from: 'if (rejected.accessKeyId !== held?.credentials.accessKeyId) return;',
    to: '',
    found: 'libs/assume-role/src/session-one-sts-call.test.ts',
  },
  'renewed-for-each-call': {
    summary: 'Credentials that were just fetched are fetched again for each call that is rejected.',
    file: session,
    from: 'if (elapsed >= 0 && elapsed < KEEP_REPLACEMENT_MS) return;',
    to: 'if (elapsed < 0) return;',
    found: 'libs/assume-role/src/session-one-sts-call.test.ts',
  },
  'rejection-is-ignored': {
    summary: 'Rejected credentials are used until they expire.',
    file: session,
    from: 'if (elapsed >= 0 && elapsed < KEEP_REPLACEMENT_MS) return;',
    to: 'if (elapsed >= 0) return;',
    found: 'libs/assume-role/src/session-one-sts-call.test.ts',
  },

  // The caller.
  'caller-without-key': {
    summary: 'The caller sends no key of its own.',
    file: asked,
    from: 'if (idempotencyKey) return given ?? invocationId;',
    to: 'if (idempotencyKey) return given;',
    found: 'libs/contract/src/call-asked.test.ts',
  },
  'caller-ignores-mark': {
    summary: 'The caller sends keys to an operation that remembers none.',
    file: asked,
    from: 'if (idempotencyKey) return given ?? invocationId;',
    to: 'return given ?? invocationId;',
    found: 'libs/contract/src/call-asked.test.ts',
  },
  'caller-replaces-key': {
    summary: "The caller sends its own key instead of the event's.",
    file: asked,
    from: 'return given ?? invocationId;',
    to: 'return invocationId;',
    found: 'libs/contract/src/call-asked.test.ts',
  },
};
