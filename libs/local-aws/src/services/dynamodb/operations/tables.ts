import * as v from 'valibot';
import type { Operation } from '../../../protocols/operation.ts';
import type { TableStore } from '../store.ts';
import { forwarded, operation, tableOperation } from './operation.ts';

/** The operations on tables. */
export function tableOperations(store: TableStore): readonly Operation[] {
  return [
    operation('ListTables', {
      input: v.object(forwarded(['Limit', 'ExclusiveStartTableName'])),
      requires: () => '*',
      handle: (input, call) => store.forward(call, 'ListTables', input),
    }),
    tableOperation(store, 'CreateTable', [
      ...['AttributeDefinitions', 'BillingMode', 'ProvisionedThroughput', 'KeySchema'],
      ...['LocalSecondaryIndexes', 'GlobalSecondaryIndexes'],
    ]),
    tableOperation(store, 'DeleteTable', []),
    tableOperation(store, 'DescribeTable', []),
    tableOperation(store, 'UpdateTable', [
      ...['ProvisionedThroughput', 'BillingMode', 'GlobalSecondaryIndexUpdates'],
    ]),
  ];
}
