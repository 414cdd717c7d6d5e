import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';

/** The longest time that a warm-up takes, in milliseconds. Lambda gives the init phase 10 seconds. */
const WARM_UP_MS = 2_000;

/** An item that does not exist, and is never written. */
export interface AbsentItem {
  /** The table. Without it, nothing is sent. */
  readonly tableName: string | undefined;
  /** The whole key of the item. All its attributes are strings. */
  readonly key: Readonly<Record<string, string>>;
}

/**
 * Makes the first request of a client in the init phase, which has a whole CPU: the SDK loads what it needs, and opens its connection. The first
 * invocation, with the CPU share of its memory, then need not. The request is a write of an item under the condition that the item exists. It
 * does not, so nothing is written.
 *
 * For a function that may write into the table (`dynamodb:PutItem`). Each cold start costs one write unit, and counts in the table's
 * metric `ConditionalCheckFailedRequests`.
 *
 * Takes 2 seconds at most, and never fails: if DynamoDB does not answer, the first invocation makes the first request, as without it. The
 * connection is one that the client keeps, as between two invocations: if it is gone, the SDK sends the request again.
 * @example
 * // entry.ts: jest cannot load a module with a top-level `await`.
 * await warmUpByWrite(dynamoDb, { tableName: process.env.IDEMPOTENCY_TABLE, key: { id: 'warm-up' } });
 * export { handler } from './handler.ts';
 */
export async function warmUpByWrite(client: DynamoDBClient, { tableName, key }: AbsentItem): Promise<void> {
  const [attribute] = Object.keys(key);
  if (tableName === undefined || attribute === undefined) return;
  const command = new PutItemCommand({
    TableName: tableName,
    Item: attributesOf(key),
    ConditionExpression: 'attribute_exists(#key)',
    ExpressionAttributeNames: { '#key': attribute },
  });
  await client.send(command, { abortSignal: AbortSignal.timeout(WARM_UP_MS) }).catch(() => {});
}

/**
 * As {@link warmUpByWrite}, for a function that only reads the table (`dynamodb:GetItem`): it asks for an item that does not exist. Each cold
 * start costs half a read unit.
 */
export async function warmUpByRead(client: DynamoDBClient, { tableName, key }: AbsentItem): Promise<void> {
  if (tableName === undefined) return;
  const command = new GetItemCommand({ TableName: tableName, Key: attributesOf(key) });
  await client.send(command, { abortSignal: AbortSignal.timeout(WARM_UP_MS) }).catch(() => {});
}

const attributesOf = (key: AbsentItem['key']) =>
  Object.fromEntries(Object.entries(key).map(([name, value]) => [name, { S: value }]));
