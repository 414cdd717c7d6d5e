import { randomUUID } from 'node:crypto';
import { DynamoDBClient, GetItemCommand, type PutItemCommandInput } from '@aws-sdk/client-dynamodb';

/** The attribute that says which put an item is of. */
const PUT_ID = 'putId';

/**
 * Makes a DynamoDB client whose conditional puts survive a lost answer. The SDK repeats a put whose answer is lost; where
 * it had been carried out, the condition then fails on the very item that was put. Such an item is recognized by an
 * attribute, and the put has succeeded.
 * @param keyName the table's partition key
 */
export function createPutClient(keyName: string): DynamoDBClient {
  const client = new DynamoDBClient({});
  client.middlewareStack.add(
    (next) => async (args) => {
      const { input } = args;
      if (!isPut(input)) return next(args);
      const id = randomUUID();
      try {
        return await next({ ...args, input: { ...input, Item: { ...input.Item, [PUT_ID]: { S: id } } } });
      } catch (error) {
        const key = input.Item?.[keyName];
        if (key === undefined || !mayBeOwn(error)) throw error;
        const { Item, $metadata } = await client.send(
          new GetItemCommand({ TableName: input.TableName, Key: { [keyName]: key }, ConsistentRead: true }),
        );
        if (Item?.[PUT_ID]?.S !== id) throw error;
        return { output: { $metadata }, response: undefined };
      }
    },
    { step: 'initialize', name: 'recognizeOwnPut' },
  );
  return client;
}

function isPut(input: object): input is PutItemCommandInput {
  return 'Item' in input && 'TableName' in input;
}

/** Whether a condition failed that an earlier try of the same put may have broken. */
function mayBeOwn(error: unknown): boolean {
  if (!(error instanceof Error) || error.name !== 'ConditionalCheckFailedException') return false;
  const metadata: unknown = '$metadata' in error ? error.$metadata : undefined;
  return (
    typeof metadata === 'object' &&
    metadata !== null &&
    'attempts' in metadata &&
    Number(metadata.attempts) > 1
  );
}
