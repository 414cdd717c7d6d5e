/** A change of the source that breaks an invariant, so that it shows whether the simulator finds it. */
export interface Defect {
  /** The defect in words. */
  readonly summary: string;
  /** The invariant that it breaks, in the words of `invariants.ts`. */
  readonly breaks: string;
  /** The source to change, below the root of the repository, and the code to replace. It must be there once. */
  readonly file: string;
  readonly from: string;
  /** The code with the defect. */
  readonly to: string;
}

const record = 'libs/api-handler/src/idempotency/request-record.ts';
const call = 'libs/signed-fetch/src/call.ts';
const retry = 'libs/signed-fetch/src/retry.ts';

/** The defects that `npm run simulate -- --defect NAME` plants, by their names. They are the simulator's own test. */
export const defects: Readonly<Record<string, Defect>> = {
  'lock-without-status': {
    summary: 'A request that was executed may be executed again when the time of its function is over.',
    breaks: 'a keyed request is executed at most once',
    file: record,
    from: '(#status = :in_progress AND (#end < :now_ms OR #put = :own))',
    to: '#end < :now_ms OR (#status = :in_progress AND #put = :own)',
  },
  'any-put-is-own': {
    summary: 'Any put counts as an own one.',
    breaks: 'a keyed request is executed at most once',
    file: record,
    from: '(#end < :now_ms OR #put = :own)',
    to: '(#end < :now_ms OR #put <> :own OR #put = :own)',
  },
  'random-token': {
    summary: 'An execution of a keyed request has another token each time.',
    breaks: 'a keyed request stores one message',
    file: 'libs/api-handler/src/idempotency-token.ts',
    from: 'if (key === undefined) return randomUUID();',
    to: 'if (key !== "") return randomUUID();',
  },
  'unkeyed-timeout': {
    summary: 'A request without a key is repeated after a time-out or a broken connection.',
    breaks: 'a request without a key is not repeated after it may have been executed',
    file: retry,
    from: "if (!repeatable && outcome.kind !== 'not-sent') return fail;",
    to: '',
  },
  'counted-polls': {
    summary: 'A call asks four times for the response to a request that is being executed.',
    breaks: 'a call asks each second for the response to a request that is being executed',
    file: retry,
    from: 'const isOver = maxAttempts === 1 ||',
    to: 'const isOver = counted >= maxAttempts ||',
  },
  'no-margin': {
    summary: 'Calls use all the time of the invocation.',
    breaks: 'no call outlives its deadline',
    file: call,
    from: 'Math.min(ms, remainingTimeInMillis() - marginMs)',
    to: 'Math.min(ms, remainingTimeInMillis())',
  },
  'old-signature': {
    summary: 'All attempts of a call have the time of the first one.',
    breaks: 'a signature is not older than its attempt',
    file: call,
    from: 'await sign(request, credentials, startedAt + offsetMs);',
    to: 'await sign(request, credentials, startedAt - attempts.reduce((ms, one) => ms + one.durationMs, 0) + offsetMs);',
  },
  'refresh-too-early': {
    summary: 'Credentials are replaced half an hour before they expire.',
    breaks: 'an environment asks STS once an hour, unless a request failed or its credentials were rejected',
    file: 'libs/assume-role/src/session.ts',
    from: 'const REFRESH_WINDOW_MS = 300_000;',
    to: 'const REFRESH_WINDOW_MS = 1_800_000;',
  },
};
