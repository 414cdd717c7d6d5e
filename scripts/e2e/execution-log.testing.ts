import { type CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';

const OVERLAP_MS = 2_000;

/**
 * The requests that the API's function has executed, from its log. The handler writes the line "answered". A response that was
 * stored earlier is returned without the handler.
 */
export class ExecutionLog {
  readonly #client: CloudWatchLogsClient;
  readonly #logGroupName: string;
  /** By the ID of the log line, so that a line that is read twice counts once. */
  readonly #requests = new Map<string, string>();
  #from = 0;

  /** @param functionName of the function that executes messages */
  constructor(client: CloudWatchLogsClient, functionName: string) {
    this.#client = client;
    this.#logGroupName = `/aws/lambda/${functionName}`;
  }

  /** The API's request IDs, one for each execution. */
  get requestIds(): readonly string[] {
    return [...this.#requests.values()];
  }

  /** Reads the new lines. */
  async read(): Promise<void> {
    const query = { logGroupName: this.#logGroupName, filterPattern: '"answered"', startTime: this.#from };
    let latest = this.#from;
    for await (const page of paginateFilterLogEvents({ client: this.#client }, query)) {
      for (const { eventId = '', message = '', timestamp = 0 } of page.events ?? []) {
        const requestId = readAnswered(message);
        if (requestId !== undefined) this.#requests.set(eventId, requestId);
        latest = Math.max(latest, timestamp);
      }
    }
    // Lines of other execution environments may arrive a little later with an earlier time.
    this.#from = Math.max(this.#from, latest - OVERLAP_MS);
  }
}

function readAnswered(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined;
  const { message, requestId }: Readonly<Record<string, unknown>> = JSON.parse(line);
  return message === 'answered' && typeof requestId === 'string' ? requestId : undefined;
}
