import type { Problem } from '../answer.ts';
import { type CallFailure, SignedFetchError } from './signed-fetch-error.ts';

/** What the API said. */
export interface ErrorAnswer extends CallFailure {
  readonly status: number;
  readonly errorType: string | undefined;
  readonly reason: string;
  readonly problem: Problem | undefined;
}

/** The API answered with an error: any status from 300 on, except 304, 403 and 429. */
export class ApiError extends SignedFetchError {
  static {
    // On the prototype, so that the stack, which Lambda prints, begins with it.
    Object.defineProperty(ApiError.prototype, 'name', { value: 'ApiError' });
  }
  declare readonly name: 'ApiError';
  readonly code = 'ApiError';
  readonly status: number;
  /** `x-amzn-ErrorType`, where API Gateway itself answered. */
  readonly errorType: string | undefined;
  /** The problem document (RFC 9457), where the API answered with one. */
  readonly problem: Problem | undefined;

  constructor(answer: ErrorAnswer) {
    const { status, errorType, reason, problem } = answer;
    super(answer, `answered ${[status, errorType].filter(Boolean).join(' ')}: ${reason}`, remedy(status));
    this.status = status;
    this.errorType = errorType;
    this.problem = problem;
  }
}

function remedy(status: number): string {
  if (status < 400)
    return 'Redirects are not followed, as the signature would go to another place. Correct the base URL.';
  if (status === 409)
    return 'The request conflicts with what the API has already done. Look at that before you send another one.';
  if (status < 500) return 'The request has to change; repeating it will not help.';
  return 'The API failed. Its logs tell why; look for the request ID there.';
}
