import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { apiHandler, callerScope, HttpError } from '@cross-account-api/api-handler';
import { operations } from '@cross-account-api/operations';
import { dynamoDb } from './dynamodb.ts';

/** `GET /messages/{id}`: reads a message of the same caller, or a part of it. */
export const handler = apiHandler(
  operations.getMessage,
  async ({ pathParameters: { id }, query: { fields }, caller, requestId }) => {
    const { Item } = await dynamoDb.send(
      new GetItemCommand({
        TableName: process.env.MESSAGES_TABLE,
        Key: { caller: { S: callerScope(caller.arn) }, id: { S: id } },
        ConsistentRead: true,
      }),
    );
    const { body, sender, expiration } = Item ?? {};
    // DynamoDB may delete an item days after it has expired.
    const isThere = Number(expiration?.N) > Date.now() / 1_000;
    if (!isThere || body?.S === undefined || sender?.S === undefined) {
      throw new HttpError(404, `There is no message ${id} of this caller.`);
    }
    return {
      body: {
        id,
        ...(fields !== 'caller' && { body: JSON.parse(body.S) }),
        ...(fields !== 'body' && { caller: JSON.parse(sender.S) }),
        requestId,
      },
    };
  },
);
