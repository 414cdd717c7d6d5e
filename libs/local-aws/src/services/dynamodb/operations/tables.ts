import * as v from 'valibot';
import { words } from '../../../core/words.ts';
import type { Operation } from '../../../protocols/operation.ts';
import { refuseIfProtected, type TableStore } from '../store.ts';
import { forwarded, operation, tableOperation, tableResource } from './operation.ts';

/** The operations on tables. */
export function tableOperations(store: TableStore): readonly Operation[] {
  return [
    operation('ListTables', {
      input: v.object(forwarded(['Limit', 'ExclusiveStartTableName'])),
      requires: () => '*',
      handle: (input, call) => store.forward(call, 'ListTables', input),
    }),
    tableOperation(
      store,
      'CreateTable',
      words(
        'AttributeDefinitions BillingMode ProvisionedThroughput KeySchema LocalSecondaryIndexes GlobalSecondaryIndexes',
      ),
    ),
    operation('DeleteTable', {
      input: v.object({ TableName: v.string() }),
      requires: ({ TableName }, caller) => tableResource(TableName, caller),
      handle(input, call) {
        refuseIfProtected(store, tableResource(input.TableName, call));
        return store.forward(call, 'DeleteTable', input);
      },
    }),
    tableOperation(store, 'DescribeTable', []),
    tableOperation(
      store,
      'UpdateTable',
      words('ProvisionedThroughput BillingMode GlobalSecondaryIndexUpdates'),
    ),
  ];
}
