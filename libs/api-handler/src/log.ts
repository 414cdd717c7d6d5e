import { Logger } from '@aws-lambda-powertools/logger';
import { HttpError as MiddyError } from '@middy/util';
import type { ApiEvent } from './event.ts';
import { InvalidRequest, RequestInProgress } from './http-error.ts';
import { statusOf } from './problem-documents.ts';

/** Logs JSON lines. Powertools reads `POWERTOOLS_SERVICE_NAME` and `POWERTOOLS_LOG_LEVEL`. */
export const logger = new Logger();

/**
 * Logs why a request was refused (a warning), or that the API failed (an error). Clients ask again while a request is in progress. What
 * the client sent can be personal data, so a refusal by the schemas or by middy is logged without it, and without a stack.
 */
export function logError(error: unknown): void {
  const shown = error instanceof Error ? withoutContent(error) : new Error(String(error));
  if (statusOf(error) < 500 || error instanceof RequestInProgress) logger.warn('refused', shown);
  else logger.error('failed', shown);
}

function withoutContent(error: Error): Error {
  if (error instanceof InvalidRequest) return Object.assign(error.withoutValues(), { stack: '' });
  if (!(error instanceof MiddyError) || !Object.hasOwn(Object(error.cause), 'data')) return error;
  const { name, message, statusCode, cause } = error;
  return Object.assign(new Error(message, { cause: describeCause(cause) }), {
    name,
    statusCode,
    stack: '',
  });
}

/** `data` of middy's causes is what was refused: of the JSON parser, the whole body. */
function describeCause(cause: unknown) {
  const { package: name, data, message }: Readonly<Record<string, unknown>> = Object(cause);
  return {
    package: name,
    // V8 quotes the text around a mistake: `Unexpected token 'a', ..."{"name": abc"... is not valid JSON`.
    message: typeof message === 'string' ? message.split(/, (?:\.{3})?"|^"/, 1)[0] : undefined,
    length: typeof data === 'string' ? data.length : undefined,
  };
}

/** The fields of every line. */
export function logKeys({ requestContext: { requestId, extendedRequestId, identity } }: ApiEvent) {
  return { requestId, extendedRequestId, caller: identity.userArn };
}
