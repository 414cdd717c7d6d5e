import { type CallFailure, SignedFetchError } from './signed-fetch-error.ts';

/** What went wrong below HTTP. */
export interface ConnectionFailure extends CallFailure {
  /** Node's or undici's code: `ECONNREFUSED`, `UND_ERR_SOCKET`. */
  readonly reasonCode: string;
  readonly reason: string;
  /** Whether the request may have reached the API. */
  readonly maybeExecuted: boolean;
  readonly repeatable: boolean;
}

/** No connection came about, or it broke before the answer was complete. */
export class ConnectionFailed extends SignedFetchError {
  static {
    // On the prototype, so that the stack, which Lambda prints, begins with it.
    Object.defineProperty(ConnectionFailed.prototype, 'name', { value: 'ConnectionFailed' });
  }
  declare readonly name: 'ConnectionFailed';
  readonly code = 'ConnectionFailed';
  /** Node's or undici's code: `ECONNREFUSED`, `UND_ERR_SOCKET`. */
  readonly reasonCode: string;
  /** Whether the request may have reached the API. */
  readonly maybeExecuted: boolean;

  constructor(failure: ConnectionFailure) {
    const { reason, reasonCode, maybeExecuted, repeatable } = failure;
    super(failure, reason, remedy(maybeExecuted, repeatable));
    this.reasonCode = reasonCode;
    this.maybeExecuted = maybeExecuted;
  }
}

function remedy(maybeExecuted: boolean, repeatable: boolean): string {
  if (!maybeExecuted) {
    return 'Nothing was sent. Check the host in the base URL, and whether the function’s network lets it out.';
  }
  return repeatable
    ? 'The last attempt may have been executed.'
    : 'It may have been executed, so it was not repeated. Give an idempotencyKey, where the API honours it, to have it repeated safely.';
}
