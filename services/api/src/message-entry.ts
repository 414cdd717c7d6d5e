// The function's entry point. Its init phase makes a first request to DynamoDB, for a message that does not exist: see messages-entry.ts.
import { warmUpByRead } from '@cross-account-api/api-handler/dynamodb';
import { dynamoDb } from './dynamodb.ts';

const key = { caller: 'warm-up', id: 'warm-up' };
await warmUpByRead(dynamoDb, { tableName: process.env.MESSAGES_TABLE, key });

export { handler } from './message.ts';
