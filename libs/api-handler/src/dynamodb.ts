import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { logLateAnswers } from './late-answers.ts';

export { type AbsentItem, warmUpByRead, warmUpByWrite } from './warm-up.ts';

/**
 * The longest time until there is a connection, and until there is a response, in milliseconds. The second includes the first, and
 * also bounds each pause within a response.
 *
 * Both are a multiple of what a working table needs: with the CPU of 128 MB, the slowest of 60 first requests, TLS handshake
 * included, had a connection after 0.28 s and its response after 0.38 s.
 */
const TIMEOUT_MS = { connection: 1_000, response: 1_500 };

/**
 * Makes a client of DynamoDB for a function behind an API. Without limits, the SDK waits for an answer until the function's time is over:
 * with them, it sends a request again that is not answered. So each request must be safe to repeat, as for any client of the SDK.
 *
 * A request that gets no answer, or a late one, is logged with its table and its time: without that, nothing would name a table that hangs.
 *
 * The client does not set its clock by the date of a response. Lambda keeps the clock, and after an absurd date, the SDK could sign no
 * request.
 * @param config further settings of the SDK. A `requestHandler` replaces the limits
 * @see https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/node-configuring-timeouts.html
 * @example
 * const dynamoDb = createDynamoDBClient();
 * const { Item } = await dynamoDb.send(new GetItemCommand({ TableName, Key }));
 */
export function createDynamoDBClient(config: DynamoDBClientConfig = {}): DynamoDBClient {
  const client = new DynamoDBClient({
    disableClockSkewCorrection: true,
    requestHandler: {
      connectionTimeout: TIMEOUT_MS.connection,
      requestTimeout: TIMEOUT_MS.response,
      // Without it, the SDK only warns.
      throwOnRequestTimeout: true,
      // For a response that begins, but does not end.
      socketTimeout: TIMEOUT_MS.response,
    },
    ...config,
  });
  logLateAnswers(client);
  return client;
}
