/**
 * An error that the client of a request sees, in the format of the endpoint's protocol. Any code that serves a request may throw
 * one, so docstrings do not mention it. If something does not exist, methods named `get…` throw, and `find…` return `undefined`.
 * @example throw new AwsError('ResourceNotFoundException', `Function not found: ${arn}`, 404)
 */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  /** AWS's own error code, e.g. `ResourceNotFoundException`. */
  readonly code: string;
  /** HTTP status. */
  readonly status: number;
  /** Further members of the error document, e.g. `{ Type: 'User' }`. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, status = 400, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.status = status;
    this.details = details;
  }
}

/** The error for what local AWS does not implement. @param operation its name, or method and path if none is known */
export function notImplemented(service: string, operation: string): AwsError {
  return new AwsError(
    'NotImplemented',
    `local AWS does not implement ${service}:${operation}. Its README lists the operations that it has.`,
    501,
  );
}

/** The message of an error, or the text of another thrown value. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An error with its stack, for a developer of local AWS. */
export function errorDetails(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
