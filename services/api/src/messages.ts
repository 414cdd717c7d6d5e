import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { apiHandler, callerScope, HttpError } from '@cross-account-api/api-handler';
import { idempotencyTable } from '@cross-account-api/api-handler/idempotency';
import { operations } from '@cross-account-api/operations';
import { dynamoDb } from './dynamodb.ts';

/** The time for which a message is kept, in seconds. */
const KEPT_SECONDS = 24 * 60 * 60;

/** The limit of DynamoDB for an item, less its other attributes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const maxBodyBytes = 399 * 1024;

/** `POST /messages`: stores any JSON object, and answers with the object and its sender. */
export const handler = apiHandler(
  operations.postMessage,
  async ({ body, caller, requestId, idempotencyToken }) => {
    // A request that failed after the message was stored is executed again, and then replaces it.
    const id = idempotencyToken;
    const message = JSON.stringify(body);
    // JavaScript writes some numbers with more characters: 1e20 as 100000000000000000000.
    if (Buffer.byteLength(message) > maxBodyBytes) {
      throw new HttpError(
        413,
        `The body is stored with ${Buffer.byteLength(message)} bytes. They must be at most ${maxBodyBytes}.`,
      );
    }
    await dynamoDb.send(
      new PutItemCommand({
        TableName: process.env.MESSAGES_TABLE,
        Item: {
          // The key begins with the caller, so no other caller finds the message.
          caller: { S: callerScope(caller.arn) },
          id: { S: id },
          // As text: DynamoDB takes 32 levels of nesting only.
          body: { S: message },
          sender: { S: JSON.stringify(caller) },
          expiration: { N: String(Math.floor(Date.now() / 1_000) + KEPT_SECONDS) },
        },
      }),
    );
    return { body: { id, received: body, caller, requestId } };
  },
  { idempotency: idempotencyTable({ client: dynamoDb }), maxBodyBytes },
);
