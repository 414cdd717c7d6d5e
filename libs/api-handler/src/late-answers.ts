import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { logger } from './log.ts';

/** A working table answers in a tenth of this time, also with the CPU of 128 MB. In milliseconds. */
const LATE_MS = 1_000;

/**
 * Logs each request of a client that gets no answer, and each that is answered late: `{ message: 'no answer', request: 'PutItem', table:
 * 'messages', durationMs: 1502, reason: 'ETIMEDOUT' }`. The SDK repeats such requests, and each has a line of its own. Keys and values
 * of items are not logged.
 */
export function logLateAnswers(client: DynamoDBClient): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const startedAt = performance.now();
        const log = (message: string, reason?: string) => {
          const durationMs = Math.round(performance.now() - startedAt);
          if (reason === undefined && durationMs < LATE_MS) return;
          const request = String(commandName).replace(/Command$/, '');
          logger.warn(message, {
            request,
            table: tablesOf(args.input),
            durationMs,
            ...(reason && { reason }),
          });
        };
        try {
          const result = await next(args);
          log('late answer');
          return result;
        } catch (error) {
          if (isAnswer(error)) log('late answer');
          // Whoever has given up a request early knows it.
          else log('no answer', Object(error).name === 'AbortError' ? undefined : nameOf(error));
          throw error;
        }
      },
    // Within the SDK's retries, so it sees each request alone.
    { step: 'deserialize', name: 'logLateAnswers', priority: 'high' },
  );
}

/** The table of a request, or those of a batch or a transaction. */
function tablesOf(input: object): string {
  const { TableName, RequestItems, TransactItems }: Tables = input;
  const names =
    TableName !== undefined
      ? [TableName]
      : RequestItems !== undefined
        ? Object.keys(RequestItems)
        : (TransactItems ?? []).flatMap((item) => Object.values(item).map((each) => each?.TableName));
  return [...new Set(names)].join(', ');
}

interface Tables {
  readonly TableName?: string;
  readonly RequestItems?: object;
  readonly TransactItems?: readonly Readonly<Record<string, { readonly TableName?: string } | undefined>>[];
}

/** DynamoDB has refused the request: `ConditionalCheckFailedException`, for example. */
function isAnswer(error: unknown): boolean {
  const { $metadata }: { readonly $metadata?: { readonly httpStatusCode?: number } } = Object(error);
  return $metadata?.httpStatusCode !== undefined;
}

function nameOf(error: unknown): string {
  const { code, name }: { readonly code?: unknown; readonly name?: unknown } = Object(error);
  return String(code ?? name);
}
