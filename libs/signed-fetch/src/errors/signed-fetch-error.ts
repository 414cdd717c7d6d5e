/** One request that was sent, or that was to be sent, and what became of it. Free of secrets. */
export interface Attempt {
  /**
   * - `answered`: the API answered
   * - `timed-out`: no complete answer in time; it may have been executed
   * - `not-sent`: no connection came about, so it was not executed
   * - `broken`: the connection broke afterwards; it may have been executed
   */
  readonly outcome: 'answered' | 'timed-out' | 'not-sent' | 'broken';
  /** In a few words. */
  readonly reason: string;
  readonly durationMs: number;
  readonly status?: number;
  /** `x-amzn-ErrorType`. */
  readonly errorType?: string;
  readonly requestId?: string;
}

/** What each error of a call tells. */
export interface CallFailure {
  /** `POST https://…/messages`: without query. */
  readonly call: string;
  /** In order; the last one is the reason for the error. */
  readonly attempts: readonly Attempt[];
}

/** Common to the errors of calls; each has a stable `code`, equal to its name. */
export abstract class SignedFetchError extends Error {
  abstract readonly code: string;
  /** What was tried, in order. */
  readonly attempts: readonly Attempt[];
  /** API Gateway's ID of the last request that was answered: both accounts' logs know it. */
  readonly requestId: string | undefined;

  protected constructor({ call, attempts }: CallFailure, what: string, remedy: string) {
    const requestId = attempts.findLast((attempt) => attempt.requestId !== undefined)?.requestId;
    super(
      [
        `${call}: ${what}`,
        ...(attempts.length > 1 ? [`${attempts.length} attempts:`, ...attempts.map(line)] : []),
        remedy,
        ...(requestId === undefined ? [] : [`Request ID: ${requestId}`]),
      ].join('\n'),
    );
    this.attempts = attempts;
    this.requestId = requestId;
  }
}

function line({ reason, durationMs }: Attempt, index: number): string {
  return `  ${index + 1}. ${reason} (after ${Math.round(durationMs)} ms)`;
}
