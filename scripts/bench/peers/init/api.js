// The API's side, written by hand: a handler that stores a message. Its first request to the table, which writes nothing, is in the init phase.
import { randomUUID } from 'node:crypto';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';

const dynamoDb = new DynamoDBClient({});

await dynamoDb
  .send(
    new PutItemCommand({
      TableName: process.env.MESSAGES_TABLE,
      Item: { caller: { S: 'warm-up' }, id: { S: 'warm-up' } },
      ConditionExpression: 'attribute_exists(id)',
    }),
  )
  .catch(() => undefined);

export async function handler({ body, requestContext: { requestId, identity } }) {
  const received = JSON.parse(body);
  const id = randomUUID();
  await dynamoDb.send(
    new PutItemCommand({
      TableName: process.env.MESSAGES_TABLE,
      Item: { caller: { S: identity.userArn }, id: { S: id }, body: { S: body } },
    }),
  );
  return {
    statusCode: 200,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ id, received, requestId }),
  };
}
