import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import { isObject } from '../../../core/is-object.ts';
import { words } from '../../../core/words.ts';
import {
  type OperationCaller,
  operationsOf,
  RawResponse,
  type ServiceOperation,
} from '../../../protocols/operation.ts';
import { withoutEffect } from '../../../protocols/without-effect.ts';
import { refuseIfProtected, type TableStore, tableArn } from '../store.ts';
import { itemConditionKeys } from './condition-keys.ts';

const operation = operationsOf('dynamodb', 'ValidationException');

const consumption = 'ReturnConsumedCapacity ReturnItemCollectionMetrics';
const names = 'ExpressionAttributeNames';
const expressions = `ExpressionAttributeValues ${names}`;
const conditions =
  'ConditionalOperator Expected ConditionExpression ReturnValues ReturnValuesOnConditionCheckFailure';
const read = 'AttributesToGet ConsistentRead ProjectionExpression ReturnConsumedCapacity';
const search = `Select IndexName ConditionalOperator Limit ExclusiveStartKey FilterExpression ${read} ${expressions}`;
const write = `${conditions} ${expressions} ${consumption}`;

/** The operations on one table or its items, with the members that dynalite reads. `TableName` is always one of them. */
const tableOperations = {
  CreateTable:
    'AttributeDefinitions BillingMode ProvisionedThroughput KeySchema LocalSecondaryIndexes GlobalSecondaryIndexes',
  DeleteTable: 'TableName',
  DescribeTable: 'TableName',
  UpdateTable:
    'AttributeDefinitions ProvisionedThroughput BillingMode GlobalSecondaryIndexUpdates DeletionProtectionEnabled',
  GetItem: `Key ${read} ${names}`,
  PutItem: `Item ${write}`,
  UpdateItem: `Key AttributeUpdates UpdateExpression ${write}`,
  DeleteItem: `Key ${write}`,
  Query: `QueryFilter KeyConditions ScanIndexForward KeyConditionExpression ${search}`,
  Scan: `ScanFilter TotalSegments Segment ${search}`,
};

/** The operations on several tables. `RequestItems` lists them by name. */
const batchOperations = { BatchGetItem: 'ReturnConsumedCapacity', BatchWriteItem: consumption };

/** The operations on tables and items. dynalite checks their members, and carries them out. */
export function dynamoDbOperations(store: TableStore): readonly ServiceOperation[] {
  return [
    operation('ListTables', {
      input: v.object(forwarded('Limit ExclusiveStartTableName')),
      requires: () => '*',
      handle: (input, call) => store.forward(call, 'ListTables', input),
    }),
    ...Object.entries(tableOperations).map(([name, members]) =>
      operation(name, {
        input: v.object({ ...forwarded(members), TableName: v.string() }),
        requires(input: { readonly TableName: string; readonly IndexName?: unknown }, caller) {
          const { TableName, IndexName } = input;
          const table = tableResource(TableName, caller);
          // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
          const resource = IndexName === undefined ? table : `${table}/index/${IndexName}`;
          if (/Table$/.test(name)) return resource;
          const partitionKey = store.partitionKey(caller, TableName, IndexName);
          return { resource, context: itemConditionKeys(name, input, partitionKey) };
        },
        async handle(input, call) {
          const arn = tableResource(input.TableName, call);
          if (name === 'DeleteTable') {
            refuseIfProtected(store, arn);
            store.keys.delete(arn);
          }
          const { DeletionProtectionEnabled: isProtected, ...rest } = input as typeof input & Protection;
          if (isProtected !== undefined) {
            const isAlone = Object.keys(rest).length === 1;
            const output = await store.run(call, isAlone ? 'DescribeTable' : name, rest);
            if (isProtected) store.protectedTables.add(arn);
            else store.protectedTables.delete(arn);
            return {
              TableDescription: {
                ...(output.Table ?? output.TableDescription ?? {}),
                ...store.settingsOf(arn),
              },
            };
          }
          const answer = await store.forward(call, name, input);
          return name === 'DescribeTable' ? withSettings(answer, store.settingsOf(arn)) : answer;
        },
      }),
    ),
    ...Object.entries(batchOperations).map(([name, members]) =>
      operation(name, {
        input: v.object({ ...forwarded(members), RequestItems: v.record(v.string(), v.unknown()) }),
        requires: ({ RequestItems, ...input }, caller) =>
          Object.entries(RequestItems).map(([table, requests]) => ({
            resource: tableResource(table, caller),
            context: itemConditionKeys(
              name,
              { ...input, ...(isObject(requests) ? requests : { Writes: requests }) },
              store.partitionKey(caller, table),
            ),
          })),
        handle: (input, call) => store.forward(call, name, input),
      }),
    ),
  ];
}

/** A member that dynalite does not know. */
interface Protection {
  readonly DeletionProtectionEnabled?: boolean;
}

/** Adds what AWS says of a table to dynalite's answer. */
function withSettings(answer: RawResponse, settings: object): RawResponse {
  const { response } = answer;
  if (response.status !== 200) return answer;
  const { Table, ...others } = JSON.parse(response.body.toString());
  // The checksum is that of the old body.
  const { 'x-amz-crc32': _checksum, ...headers } = response.headers;
  return new RawResponse({
    ...response,
    headers,
    body: JSON.stringify({ ...others, Table: { ...Table, ...settings } }),
  });
}

/** Members that dynalite checks and does not act on, and one that it does not know. */
const declared: Readonly<Record<string, v.GenericSchema>> = {
  ProvisionedThroughput: withoutEffect(v.optional(v.unknown()), 'requests are not throttled'),
  ReturnItemCollectionMetrics: withoutEffect(
    v.optional(v.unknown()),
    'the sizes of item collections are not returned',
    'NONE',
  ),
  DeletionProtectionEnabled: v.optional(v.boolean()),
};

function forwarded(members: string) {
  return Object.fromEntries(
    words(members).map((member) => [member, declared[member] ?? v.optional(v.unknown())]),
  );
}

function tableResource(table: string, caller: Pick<OperationCaller, 'accountId' | 'region'>): string {
  if (!table.startsWith('arn:')) return tableArn(caller, table);
  throw new AwsError(
    'ValidationException',
    `TableName ${table}: local AWS takes a table's name, not its ARN: tables of other accounts cannot be reached.`,
  );
}
