import type { Problem } from '@cross-account-api/contract';

/** An error with the status that `@middy/http-error-handler` answers with. */
export class HttpError extends Error {
  override readonly name: string = 'HttpError';
  readonly statusCode: number;
  /** The client sees the message, also of a status from 500. */
  readonly expose = true;
  readonly headers: Readonly<Record<string, string>>;

  /**
   * @param statusCode HTTP status
   * @param message for the client
   * @param headers of the response, e.g. `Retry-After`
   */
  constructor(statusCode: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.statusCode = statusCode;
    this.headers = headers;
  }
}

/** The request's body breaks its schema; the problem document lists where. */
export class InvalidBody extends HttpError {
  override readonly name = 'InvalidBody';
  readonly errors: NonNullable<Problem['errors']>;

  /** @param errors dotted path into the body (empty: the body itself) and the rule that it breaks */
  constructor(errors: NonNullable<Problem['errors']>) {
    const lines = errors.map(({ path, message }) => `${path === '' ? 'the body' : path}: ${message}`);
    super(400, `The body is not what this route takes: ${lines.join('; ')}`);
    this.errors = errors;
  }
}
