import { Logger } from '@aws-lambda-powertools/logger';
import type { ApiEvent } from './event.ts';
import { RequestInProgress } from './http-error.ts';
import { statusOf } from './problem-documents.ts';

/** Logs JSON lines. Powertools reads `POWERTOOLS_SERVICE_NAME` and `POWERTOOLS_LOG_LEVEL`. */
export const logger = new Logger();

/** Logs why a request was refused (a warning), or that the API failed (an error). Clients ask again while a request is in progress. */
export function logError(error: unknown): void {
  const cause = error instanceof Error ? error : new Error(String(error));
  if (statusOf(error) < 500 || error instanceof RequestInProgress) logger.warn('refused', cause);
  else logger.error('failed', cause);
}

/** The fields of every line. */
export function logKeys({ requestContext: { requestId, identity } }: ApiEvent) {
  return { requestId, caller: identity.userArn };
}
