import { type CallFailure, SignedFetchError } from './signed-fetch-error.ts';

/** The invocation's time, less the margin, does not suffice for another attempt. */
export class DeadlineExceeded extends SignedFetchError {
  static {
    // On the prototype, so that the stack, which Lambda prints, begins with it.
    Object.defineProperty(DeadlineExceeded.prototype, 'name', { value: 'DeadlineExceeded' });
  }
  declare readonly name: 'DeadlineExceeded';
  readonly code = 'DeadlineExceeded';

  constructor(failure: CallFailure & { readonly marginMs: number }) {
    const { attempts, marginMs } = failure;
    const last = attempts.length === 1 ? `; the one attempt: ${attempts[0]?.reason}` : '';
    super(
      failure,
      `the invocation's time is up, but for the margin of ${marginMs} ms, after ${count(attempts.length)}${last}`,
      'Give the function a longer timeout, or lower timeoutMs so that there is time for another attempt.',
    );
  }
}

function count(attempts: number): string {
  if (attempts === 0) return 'no attempt at all';
  return attempts === 1 ? '1 attempt' : `${attempts} attempts`;
}
