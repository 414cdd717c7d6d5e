import { jsonEndpoint } from '../../protocols/json.ts';
import type { ResourceType } from '../resource-type.ts';
import { dynamoDbOperations } from './operations/tables.ts';
import { tableType } from './resources/table.ts';
import { TableStore } from './store.ts';

/** DynamoDB as the rest of local AWS uses it. */
export type DynamoDbService = ReturnType<typeof createDynamoDbService>;

/** DynamoDB: dynalite behind local AWS's own authentication and authorization. @param report receives messages for a person */
export function createDynamoDbService(report: (message: string) => void = () => {}) {
  const store = new TableStore(report);
  return {
    endpoint: jsonEndpoint({
      signingName: 'dynamodb',
      targetPrefix: 'DynamoDB_20120810',
      version: '1.0',
      operations: dynamoDbOperations(store),
    }),
    resourceTypes: [tableType(store)] as ResourceType[],
    tables: () => store.tables(),
    close: () => store.close(),
  };
}
