import { createDynamoDBClient } from '@cross-account-api/api-handler/dynamodb';

/** The client of all tables, so a function has one connection. */
export const dynamoDb = createDynamoDBClient();
