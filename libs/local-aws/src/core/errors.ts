/** A request to a stage of an API that no route of it matches, or to a service that local AWS lacks. */
export interface UnmatchedRequest {
  /** Method and path, without the stage: `GET /orders`; or the operation's name. */
  readonly operation: string;
  /** The routes of the stage, e.g. `GET /orders/{id}`. */
  readonly routes?: readonly string[];
}

/** An error for the client of a request. Methods named `get…` throw one if something does not exist; `find…` return `undefined`. */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  readonly code: string;
  readonly status: number;
  /** Further members of the error document, e.g. `{ Type: 'User' }`. */
  readonly details: Readonly<Record<string, unknown>>;
  unmatched?: UnmatchedRequest;

  constructor(code: string, message: string, status = 400, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.status = status;
    this.details = details;
  }
}

/** Makes the function for the errors of one code. @example const noSuchEntity = errorOf('NoSuchEntity', 404) */
export const errorOf =
  (code: string, status = 400) =>
  (message: string): AwsError =>
    new AwsError(code, message, status);

/** Makes the error for an operation that local AWS does not have. @param operation its name, or method and path if that is unknown */
export function notImplemented(service: string, operation: string): AwsError {
  const message = `local AWS does not implement ${service}:${operation}. Its README lists the operations that it has.`;
  return new AwsError('NotImplemented', message, 501);
}

/** The message of an error, or the text of another thrown value. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An error with its stack, for a developer of local AWS. */
export function errorDetails(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
