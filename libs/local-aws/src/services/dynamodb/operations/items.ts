import * as v from 'valibot';
import { words } from '../../../core/words.ts';
import type { Operation } from '../../../protocols/operation.ts';
import type { TableStore } from '../store.ts';
import { forwarded, operation, tableOperation, tableResource } from './operation.ts';

const consumption = ['ReturnConsumedCapacity', 'ReturnItemCollectionMetrics'];
const names = ['ExpressionAttributeNames'];
const expressions = ['ExpressionAttributeValues', ...names];
const conditions = words(
  'ConditionalOperator Expected ConditionExpression ReturnValues ReturnValuesOnConditionCheckFailure',
);
const read = words('AttributesToGet ConsistentRead ProjectionExpression ReturnConsumedCapacity');
const search = [
  ...words('Select IndexName ConditionalOperator Limit ExclusiveStartKey FilterExpression'),
  ...[...read, ...expressions],
];
const write = [...conditions, ...expressions, ...consumption];

/** The operations on items. */
export function itemOperations(store: TableStore): readonly Operation[] {
  const batchOperation = (name: string, members: readonly string[]) =>
    operation(name, {
      input: v.object({ ...forwarded(members), RequestItems: v.record(v.string(), v.unknown()) }),
      requires: ({ RequestItems }, caller) =>
        Object.keys(RequestItems).map((table) => ({ resource: tableResource(table, caller) })),
      handle: (input, call) => store.forward(call, name, input),
    });
  return [
    tableOperation(store, 'GetItem', ['Key', ...read, ...names]),
    tableOperation(store, 'PutItem', ['Item', ...write]),
    tableOperation(store, 'UpdateItem', ['Key', 'AttributeUpdates', 'UpdateExpression', ...write]),
    tableOperation(store, 'DeleteItem', ['Key', ...write]),
    tableOperation(store, 'Query', [
      ...words('QueryFilter KeyConditions ScanIndexForward KeyConditionExpression'),
      ...search,
    ]),
    tableOperation(store, 'Scan', ['ScanFilter', 'TotalSegments', 'Segment', ...search]),
    batchOperation('BatchGetItem', ['ReturnConsumedCapacity']),
    batchOperation('BatchWriteItem', consumption),
  ];
}
