import { SignedFetchError } from './errors.ts';
import type { JsonResponse } from './response.ts';

/** Receives a line for each call, and warnings. The logger of `@aws-lambda-powertools/logger` fits. */
export interface CallLogger {
  /** A call succeeded. @param details `request`, `status`, `attempts` (their number), `apiRequestId` and `apiExtendedRequestId` */
  info(message: string, details: Readonly<Record<string, unknown>>): void;
  /** The limits do not fit into the function's time. @param details `timeoutMs`, `marginMs` and `remainingMs` */
  warn(message: string, details: Readonly<Record<string, unknown>>): void;
  /** A call failed, whether or not the handler catches the error. @param details `request`, `code`, `attempts` and the IDs, as `info` */
  error(message: string, details: Readonly<Record<string, unknown>>): void;
}

/** Logs a call that was answered: as a failure from 400 on, which a call with `anyStatus` returns. @param request such as `POST https://…/messages` */
export function logAnswer(
  logger: CallLogger | undefined,
  request: string,
  response: Pick<JsonResponse, 'status' | 'attempts' | keyof RequestIds>,
): void {
  const { status, attempts } = response;
  const [level, message] = status < 400 ? (['info', 'called'] as const) : (['error', 'failed'] as const);
  quietly(() => logger?.[level](message, { request, status, attempts, ...idsOf(response) }));
}

type RequestIds = Pick<JsonResponse, 'requestId' | 'extendedRequestId'>;

/** With other names than those of the function's own request. */
const idsOf = ({ requestId, extendedRequestId }: RequestIds) => ({
  apiRequestId: requestId,
  apiExtendedRequestId: extendedRequestId,
});

/** Logs a failed call: an error of this package. Any other is of the source of credentials or the caller's signal. */
export function logFailure(logger: CallLogger | undefined, request: string, error: unknown): void {
  if (!(error instanceof SignedFetchError)) return;
  const { code, attempts } = error;
  quietly(() => logger?.error('failed', { request, code, attempts: attempts.length, ...idsOf(error) }));
}

/** Says that an attempt without an answer ends with the invocation, and no other is made. */
export function warnOfLimits(
  logger: Pick<CallLogger, 'warn'> = consoleLogger,
  limits: { readonly timeoutMs: number; readonly marginMs: number; readonly remainingMs: number },
): void {
  quietly(() =>
    logger.warn(
      'The invocation has less time than timeoutMs and marginMs together, so an attempt without an answer leaves none for another. Give the function a longer timeout, or lower timeoutMs',
      limits,
    ),
  );
}

const consoleLogger: Pick<CallLogger, 'warn'> = {
  warn: (message, details) => console.warn(JSON.stringify({ level: 'WARN', message, ...details })),
};

/** A logger that fails must not make a call fail. */
function quietly(log: () => void): void {
  try {
    log();
  } catch {
    // There is no other place to say it.
  }
}
