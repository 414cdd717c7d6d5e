import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  type DeleteItemCommandInput,
  DynamoDBClient,
  GetItemCommand,
  type PutItemCommandInput,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';

/** The attribute that identifies the put that wrote an item. */
const PUT_ID = 'putId';

/**
 * Makes a DynamoDB client that recognizes the items that it has put.
 *
 * Its conditional puts survive a lost answer: the SDK repeats such a put. If the first try was carried out, the condition of the
 * second fails on the item of the first. The client recognizes that item by an attribute, and reports success.
 *
 * It deletes an item that it has put only if no other client has replaced it: a delete may arrive late.
 * @param keyName the table's partition key, a string
 */
export function createPutClient(keyName: string): DynamoDBClient {
  // Lambda keeps its clock. The SDK would set it by the date of any response, and after an absurd date it could sign no request.
  const client = new DynamoDBClient({ disableClockSkewCorrection: true });
  /** The puts whose items were neither updated nor deleted since, by their keys. */
  const puts = new Map<string, string>();
  const keyOf = (given: Attributes | undefined) => given?.[keyName]?.S ?? '';

  async function put<Output>({ TableName, Item = {} }: PutItemCommandInput, send: Send<Output>) {
    const key = keyOf(Item);
    const id = randomUUID();
    try {
      const result = await send({ Item: { ...Item, [PUT_ID]: { S: id } } });
      puts.set(key, id);
      return result;
    } catch (error) {
      if (!mayBeOwn(error)) throw error;
      const { Item: found, $metadata } = await client.send(
        new GetItemCommand({ TableName, Key: { [keyName]: { S: key } }, ConsistentRead: true }),
      );
      if (found?.[PUT_ID]?.S !== id) throw error;
      puts.set(key, id);
      return { output: { $metadata }, response: undefined };
    }
  }

  async function deleteOwn<Output>({ Key }: DeleteItemCommandInput, send: Send<Output>) {
    const key = keyOf(Key);
    const id = puts.get(key);
    if (id === undefined) return send({});
    puts.delete(key);
    try {
      return await send({
        ConditionExpression: '#put = :own',
        ExpressionAttributeNames: { '#put': PUT_ID },
        ExpressionAttributeValues: { ':own': { S: id } },
      });
    } catch (error) {
      if (!isConditionFailed(error)) throw error;
      return { output: { $metadata: {} }, response: undefined };
    }
  }

  client.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        const input: object = args.input;
        const send = (changes: object) => next({ ...args, input: { ...args.input, ...changes } });
        if (commandName === 'PutItemCommand') return put(input as PutItemCommandInput, send);
        if (commandName === 'DeleteItemCommand') return deleteOwn(input as DeleteItemCommandInput, send);
        if (commandName === 'UpdateItemCommand') puts.delete(keyOf((input as UpdateItemCommandInput).Key));
        return next(args);
      },
    { step: 'initialize', name: 'recognizeOwnPut' },
  );
  return client;
}

type Attributes = Readonly<Record<string, AttributeValue>>;

/** Sends a command with changes to its input. */
type Send<Output> = (changes: object) => Promise<Output>;

/** Whether an earlier try of the same put may be the reason why a condition failed. */
function mayBeOwn(error: unknown): boolean {
  if (!isConditionFailed(error)) return false;
  const metadata: unknown = '$metadata' in error ? error.$metadata : undefined;
  return (
    typeof metadata === 'object' &&
    metadata !== null &&
    'attempts' in metadata &&
    Number(metadata.attempts) > 1
  );
}

function isConditionFailed(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException';
}
