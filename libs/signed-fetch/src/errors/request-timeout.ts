import { type CallFailure, SignedFetchError } from './signed-fetch-error.ts';

/** The last attempt had no complete answer within `timeoutMs`. The API may have executed the request. */
export class RequestTimeout extends SignedFetchError {
  static {
    // On the prototype, so that the stack, which Lambda prints, begins with it.
    Object.defineProperty(RequestTimeout.prototype, 'name', { value: 'RequestTimeout' });
  }
  declare readonly name: 'RequestTimeout';
  readonly code = 'RequestTimeout';

  constructor(failure: CallFailure & { readonly timeoutMs: number; readonly repeatable: boolean }) {
    super(
      failure,
      `no complete answer within ${failure.timeoutMs} ms`,
      failure.repeatable
        ? 'Raise timeoutMs, or find out in the API’s logs what takes so long.'
        : 'It may have been executed, so it was not repeated. Give an idempotencyKey, where the API honours it, to have it repeated safely; or raise timeoutMs.',
    );
  }
}
