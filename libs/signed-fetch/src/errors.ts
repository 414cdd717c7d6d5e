import type { Outcome, Problem } from './outcome.ts';

/**
 * An option, of a client or of a call, that cannot be used. Thrown before anything is sent.
 * @example
 * // SignedFetchOptionError: signedFetch: timeoutMs must be a number from 1 to 900000, not 0
 */
export class SignedFetchOptionError extends TypeError {
  declare readonly name: 'SignedFetchOptionError' | 'InvalidPath';
  /** Stable, and equal to the name. */
  readonly code: 'SignedFetchOptionError' | 'InvalidPath';
  /** The option's name, such as `retry.maxAttempts`. */
  readonly option: string;

  /** @param rule goes on after the option's name */
  constructor(option: string, rule: string) {
    super(`signedFetch: ${option} ${rule}`);
    this.code = this.name;
    this.option = option;
  }
}

/** Throws a SignedFetchOptionError unless a condition holds. */
export function check(condition: boolean, option: string, rule: string): asserts condition {
  if (!condition) throw new SignedFetchOptionError(option, rule);
}

/**
 * A path that could leave the base URL, or that servers and proxies may read in different ways. Thrown before
 * anything is signed: untrusted input in a path cannot redirect a signed request.
 */
export class InvalidPath extends SignedFetchOptionError {
  declare readonly name: 'InvalidPath';

  /** @param path without its query; the message shows its start */
  constructor(path: string, rule: string) {
    super('path', `${JSON.stringify(path.slice(0, 99))} ${rule}`);
  }
}

/** One request that was sent, or was about to be sent, and how it ended. It holds no secrets. */
export interface Attempt {
  /**
   * - `answered`: the API sent a response
   * - `timed-out`: no complete response in time; the request may have been executed
   * - `not-sent`: there was no connection, so the request was not executed
   * - `broken`: the connection broke later; the request may have been executed
   */
  readonly outcome: Outcome['kind'];
  /** In a few words. */
  readonly reason: string;
  readonly durationMs: number;
  readonly status?: number;
  /** `x-amzn-ErrorType`. */
  readonly errorType?: string | undefined;
  readonly requestId?: string | undefined;
  readonly extendedRequestId?: string | undefined;
}

/** A call and its attempts, in order. If the call fails, the last attempt is the reason. */
export interface AttemptedCall {
  readonly request: {
    readonly method: string;
    readonly displayUrl: string;
    readonly repeatable: boolean;
    readonly hasIdempotencyKey: boolean;
  };
  readonly attempts: readonly Attempt[];
  /** Why there was no further attempt, if that is not obvious. */
  readonly note?: string;
}

/**
 * The base class of the errors of calls.
 * @example
 * if (isSignedFetchError(error)) logger.error(error.code, { requestId: error.requestId, attempts: error.attempts });
 */
export abstract class SignedFetchError extends Error {
  /** Stable, and equal to the class's name. */
  readonly code: string;
  /** The attempts, in order. */
  readonly attempts: readonly Attempt[];
  /** API Gateway's ID of the last request that got a response. The logs of both accounts contain it. */
  readonly requestId: string | undefined;
  /** The same request's ID that no client chooses (`x-amz-apigw-id`). An HTTP API has one ID only: it is the same. */
  readonly extendedRequestId: string | undefined;
  /**
   * Whether the API may have executed the request, on any attempt: one ended without a complete answer, or with a success or a failure of the
   * server. Then a 404 or 412 of a repeated DELETE or PUT may tell of the effect of the call itself.
   */
  readonly maybeExecuted: boolean;

  constructor(call: AttemptedCall, what: string, remedy: string) {
    const { request, attempts, note } = call;
    const { requestId, extendedRequestId } = attempts.findLast((attempt) => attempt.requestId) ?? {};
    const lines = [
      `${request.displayUrl}: ${what}`,
      attempts.length > 1 && `${attempts.length} attempts:${listAttempts(attempts)}`,
      note,
      remedy,
      requestId && `Request ID: ${requestId}`,
    ];
    super(lines.filter(Boolean).join('\n'));
    this.code = this.name;
    this.attempts = attempts;
    this.requestId = requestId;
    this.extendedRequestId = extendedRequestId;
    this.maybeExecuted = mayBeExecuted(call);
  }
}

/** Whether the API may have executed the request, on any of its attempts. */
export function mayBeExecuted({ request, attempts }: Pick<AttemptedCall, 'request' | 'attempts'>): boolean {
  return attempts.some(({ outcome, status = 0 }) => {
    if (outcome !== 'answered') return outcome !== 'not-sent';
    // With a key, 409 says that a request with it is being executed.
    return status < 300 || status >= 500 || status === 408 || (status === 409 && request.hasIdempotencyKey);
  });
}

/** Lists attempts, one a line. Of more than two in a row with the same reason, it shows the first and the last one. */
function listAttempts(attempts: readonly Attempt[]): string {
  const isLike = (one: Attempt, index: number) => attempts[index]?.reason === one.reason;
  return attempts
    .map((one, index) => {
      const isWithin = isLike(one, index - 1) && isLike(one, index + 1);
      if (isWithin) return isLike(one, index - 2) ? '' : '\n  …';
      return `\n  ${index + 1}. ${one.reason} (after ${one.durationMs} ms)`;
    })
    .join('');
}

/** Gives name and code their types, by which a `switch` tells the errors apart. */
abstract class CodedError<Code extends string> extends SignedFetchError {
  declare readonly name: Code;
  declare readonly code: Code;
}

/** An error response of the API. */
abstract class ErrorResponse<Code extends string> extends CodedError<Code> {
  readonly status: number;
  /** `x-amzn-ErrorType`, up to a colon. `undefined` if the function behind the API answered, and not API Gateway. */
  readonly errorType: string | undefined;
  /** The API's own words, on one line. */
  readonly reason: string;
  /** The problem document (RFC 9457), if the response is one. */
  readonly problem: Problem | undefined;
  readonly #body: unknown;
  readonly #makeHeaders: () => Headers;
  #headers: Headers | undefined;

  constructor(
    call: AttemptedCall,
    what: string,
    remedy: string,
    facts: Pick<ErrorResponse<Code>, 'status' | 'errorType' | 'reason' | 'problem'> & {
      readonly json: unknown;
      readonly makeHeaders: () => Headers;
    },
  ) {
    super(call, what, remedy);
    this.#body = facts.json;
    this.#makeHeaders = facts.makeHeaders;
    this.status = facts.status;
    this.errorType = facts.errorType;
    this.reason = facts.reason;
    this.problem = facts.problem;
  }

  /**
   * The response's headers, except those that repeat a secret of the request. Not enumerable, so that no logger and no
   * `JSON.stringify` writes them.
   */
  get headers(): Headers {
    this.#headers ??= this.#makeHeaders();
    return this.#headers;
  }

  /**
   * The response's body, if it is JSON of up to 64 KiB and repeats no secret of the request; else `undefined`. It can hold personal
   * data, so it is not enumerable either.
   */
  get body(): unknown {
    return this.#body;
  }
}

/** The API refused the call (403). Only a change of a policy or of the request helps. */
export class AccessDenied extends ErrorResponse<'AccessDenied'> {}

/**
 * The API answered with an error: a status from 300 on, except 403 and 429, and except 304 to a request with a condition.
 * @example if (error instanceof ApiError && error.status === 404) return undefined;
 */
export class ApiError extends ErrorResponse<'ApiError'> {}

/**
 * The API throttled the call (429), on the last attempt too, or with too little time left for the wait before the next one. This attempt
 * was not executed; an earlier one may have been.
 */
export class Throttled extends CodedError<'Throttled'> {
  /** The wait that the API asks for, in milliseconds, if it names one. */
  readonly retryAfterMs: number | undefined;
  constructor(call: AttemptedCall, what: string, remedy: string, facts: Pick<Throttled, 'retryAfterMs'>) {
    super(call, what, remedy);
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** The response is a success, but it is not JSON, or does not match the schema. The request was executed. */
export class InvalidResponse extends CodedError<'InvalidResponse'> {
  readonly status: number;
  /** The start of the body. */
  readonly start: string;
  constructor(
    call: AttemptedCall,
    what: string,
    remedy: string,
    facts: Pick<InvalidResponse, 'status' | 'start'>,
  ) {
    super(call, what, remedy);
    this.status = facts.status;
    this.start = facts.start;
  }
}

/** The response's body is larger than `maxResponseBytes`. The request may have been executed. */
export class ResponseTooLarge extends CodedError<'ResponseTooLarge'> {
  readonly status: number;
  constructor(call: AttemptedCall, what: string, remedy: string, facts: Pick<ResponseTooLarge, 'status'>) {
    super(call, what, remedy);
    this.status = facts.status;
  }
}

/** The last attempt got no complete response within `timeoutMs`. The request may have been executed. */
export class RequestTimeout extends CodedError<'RequestTimeout'> {}

/** The invocation has too little time left for another attempt. `maybeExecuted` says whether an earlier one may have been executed. */
export class DeadlineExceeded extends CodedError<'DeadlineExceeded'> {}

/**
 * There was no connection, or it broke before the response was complete.
 * @example if (error instanceof ConnectionFailed && !error.maybeExecuted) await sendLater(message);
 */
export class ConnectionFailed extends CodedError<'ConnectionFailed'> {
  /** The code of Node or undici: `ECONNREFUSED`, `UND_ERR_SOCKET`. */
  readonly reasonCode: string;
  constructor(
    call: AttemptedCall,
    what: string,
    remedy: string,
    facts: Pick<ConnectionFailed, 'reasonCode'>,
  ) {
    super(call, what, remedy);
    this.reasonCode = facts.reasonCode;
  }
}

/** An error of a call. `code` tells which one it is. */
export type CallError =
  | AccessDenied
  | ApiError
  | Throttled
  | InvalidResponse
  | ResponseTooLarge
  | RequestTimeout
  | DeadlineExceeded
  | ConnectionFailed;

/** Marks errors of calls. All copies of this package in a process share the symbol. */
const CALL_ERROR = Symbol.for('@cross-account-api/signed-fetch/call-error');
Object.defineProperty(SignedFetchError.prototype, CALL_ERROR, { value: true });

/**
 * Whether a value is an error of a call, also if another copy of this package threw it. A process has two copies if one module
 * imports the package and another requires it: then `instanceof` fails.
 * @example if (isSignedFetchError(error) && error.code === 'ApiError' && error.status === 404) return undefined;
 */
export function isSignedFetchError(error: unknown): error is CallError {
  return typeof error === 'object' && error !== null && CALL_ERROR in error;
}

// On the prototypes, and as text: a stack begins with the name even if a bundler renames the classes.
for (const [name, { prototype }] of Object.entries({
  SignedFetchOptionError,
  InvalidPath,
  AccessDenied,
  ApiError,
  Throttled,
  InvalidResponse,
  ResponseTooLarge,
  RequestTimeout,
  DeadlineExceeded,
  ConnectionFailed,
})) {
  Object.defineProperty(prototype, 'name', { value: name });
}
