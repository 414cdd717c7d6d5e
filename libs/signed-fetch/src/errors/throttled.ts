import { type CallFailure, SignedFetchError } from './signed-fetch-error.ts';

/** The API throttles (429), also after all retries. Nothing was executed. */
export class Throttled extends SignedFetchError {
  static {
    // On the prototype, so that the stack, which Lambda prints, begins with it.
    Object.defineProperty(Throttled.prototype, 'name', { value: 'Throttled' });
  }
  declare readonly name: 'Throttled';
  readonly code = 'Throttled';
  /** How long the API asks to wait, in milliseconds, where it says so. */
  readonly retryAfterMs: number | undefined;

  constructor(failure: CallFailure & { readonly retryAfterMs: number | undefined }) {
    const { retryAfterMs } = failure;
    const wait = retryAfterMs === undefined ? '' : ` It asks to wait ${Math.ceil(retryAfterMs / 1_000)} s.`;
    super(
      failure,
      `throttled by the API.${wait}`,
      'Call less often, or have the stage’s rate and burst limits or the usage plan’s quota raised.',
    );
    this.retryAfterMs = retryAfterMs;
  }
}
