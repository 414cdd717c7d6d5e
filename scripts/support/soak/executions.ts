import { type CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';

/** The function that executes messages. */
const LOG_GROUP = '/aws/lambda/cross-account-api-local-messages';

/**
 * The requests that the API's function has executed, as its own log has them: the line "answered" is written by the
 * handler, which a remembered answer does not reach.
 * @returns the API's request IDs, one for each time
 */
export async function readExecutions(logs: CloudWatchLogsClient): Promise<readonly string[]> {
  const executions: string[] = [];
  const pages = paginateFilterLogEvents(
    { client: logs },
    { logGroupName: LOG_GROUP, filterPattern: '"answered"' },
  );
  for await (const page of pages) {
    for (const { message = '' } of page.events ?? []) {
      const requestId = readAnswered(message);
      if (requestId !== undefined) executions.push(requestId);
    }
  }
  return executions;
}

function readAnswered(line: string): string | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    if (typeof entry !== 'object' || entry === null || !('message' in entry) || !('requestId' in entry))
      return undefined;
    return entry.message === 'answered' && typeof entry.requestId === 'string' ? entry.requestId : undefined;
  } catch {
    return undefined;
  }
}
