import { type CallFailure, SignedFetchError } from './signed-fetch-error.ts';

/** The body of the answer is larger than `maxResponseBytes`. The request was executed. */
export class ResponseTooLarge extends SignedFetchError {
  static {
    // On the prototype, so that the stack, which Lambda prints, begins with it.
    Object.defineProperty(ResponseTooLarge.prototype, 'name', { value: 'ResponseTooLarge' });
  }
  declare readonly name: 'ResponseTooLarge';
  readonly code = 'ResponseTooLarge';
  readonly status: number;
  /** The limit, in bytes. */
  readonly maxResponseBytes: number;

  constructor(failure: CallFailure & { readonly status: number; readonly maxResponseBytes: number }) {
    const { status, maxResponseBytes } = failure;
    super(
      failure,
      `answered ${status} with more than ${maxResponseBytes} bytes`,
      'The rest was not read, and the request may have been executed. Ask for less at once, or raise maxResponseBytes.',
    );
    this.status = status;
    this.maxResponseBytes = maxResponseBytes;
  }
}
