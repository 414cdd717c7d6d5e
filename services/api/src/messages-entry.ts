// The function's entry point. Its init phase makes a first request to DynamoDB, which writes nothing, so the first invocation need not load and
// connect. Jest cannot load this file: it compiles modules to CommonJS, which has no top-level `await`. It loads messages.ts.
import { warmUpByWrite } from '@cross-account-api/api-handler/dynamodb';
import { dynamoDb } from './dynamodb.ts';

await warmUpByWrite(dynamoDb, { tableName: process.env.IDEMPOTENCY_TABLE, key: { id: 'warm-up' } });

export { handler } from './messages.ts';
