import type { Endpoint } from '../../pipeline/endpoint.ts';
import { jsonEndpoint } from '../../protocols/json.ts';
import type { ResourceType } from '../resource-type.ts';
import { dynamoDbOperations } from './operations/tables.ts';
import { tableType } from './resources/table.ts';
import { TableStore } from './store.ts';

/** DynamoDB as the rest of local AWS uses it. */
export interface DynamoDbService {
  readonly endpoint: Endpoint;
  readonly resourceTypes: readonly ResourceType[];
  tables(): Promise<string[]>;
  close(): Promise<void>;
}

/** DynamoDB: dynalite behind local AWS's own authentication and authorization. @param report receives messages for a person */
export function createDynamoDbService(report: (message: string) => void = () => {}): DynamoDbService {
  const store = new TableStore(report);
  return {
    endpoint: jsonEndpoint({
      signingName: 'dynamodb',
      targetPrefix: 'DynamoDB_20120810',
      version: '1.0',
      operations: dynamoDbOperations(store),
    }),
    resourceTypes: [tableType(store)],
    tables: () => store.tables(),
    close: () => store.close(),
  };
}
