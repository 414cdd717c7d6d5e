import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';

const client = new DynamoDBClient();

/** Keeps a note. */
export async function handler() {
  await client.send(new PutItemCommand({ TableName: process.env.TABLE_NAME, Item: { id: { S: 'hello' } } }));
  return 'kept';
}
