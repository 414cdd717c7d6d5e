import * as v from 'valibot';
import { AwsError } from '../../core/errors.ts';
import type { Scope } from '../../core/scope.ts';
import type { Call, Endpoint, RouteQuestion } from '../../pipeline/endpoint.ts';
import { jsonEndpoint } from '../../protocols/json.ts';
import { type Caller, type Operation, operationsOf, RawResponse } from '../../protocols/operation.ts';
import type { ResourceType } from '../resource-type.ts';
import { withItemOnFailure } from './dynalite/condition-failure.ts';
import { type Engine, startEngine } from './dynalite/engine.ts';
import { type Tables, tableArn, tableType } from './resources/table.ts';

/** DynamoDB as the rest of local AWS uses it. */
export interface DynamoDbService {
  readonly endpoint: Endpoint;
  readonly resourceTypes: readonly ResourceType[];
  close(): Promise<void>;
}

const operation = operationsOf('dynamodb', 'ValidationException');

const consumption = ['ReturnConsumedCapacity', 'ReturnItemCollectionMetrics'];
const names = ['ExpressionAttributeNames'];
const expressions = ['ExpressionAttributeValues', ...names];
const conditions = [
  ...['ConditionalOperator', 'Expected', 'ConditionExpression', 'ReturnValues'],
  'ReturnValuesOnConditionCheckFailure',
];
const read = ['AttributesToGet', 'ConsistentRead', 'ProjectionExpression', 'ReturnConsumedCapacity'];
const search = [
  'Select',
  'IndexName',
  'ConditionalOperator',
  'Limit',
  'ExclusiveStartKey',
  'FilterExpression',
];

/** Operations on one table, which `TableName` names, and what dynalite and {@link withItemOnFailure} read of them. */
const tableOperations: Readonly<Record<string, readonly string[]>> = {
  CreateTable: [
    ...['AttributeDefinitions', 'BillingMode', 'ProvisionedThroughput', 'KeySchema'],
    ...['LocalSecondaryIndexes', 'GlobalSecondaryIndexes'],
  ],
  DeleteTable: [],
  DescribeTable: [],
  UpdateTable: ['ProvisionedThroughput', 'BillingMode', 'GlobalSecondaryIndexUpdates'],
  GetItem: ['Key', ...read, ...names],
  PutItem: ['Item', ...conditions, ...expressions, ...consumption],
  UpdateItem: ['Key', 'AttributeUpdates', 'UpdateExpression', ...conditions, ...expressions, ...consumption],
  DeleteItem: ['Key', ...conditions, ...expressions, ...consumption],
  Query: [
    ...['QueryFilter', 'KeyConditions', 'ScanIndexForward', 'KeyConditionExpression'],
    ...[...read, ...search, ...expressions],
  ],
  Scan: ['ScanFilter', 'TotalSegments', 'Segment', ...read, ...search, ...expressions],
};

const batchOperations: Readonly<Record<string, readonly string[]>> = {
  BatchGetItem: ['ReturnConsumedCapacity'],
  BatchWriteItem: consumption,
};

/** Members that dynalite checks and reads itself. */
const forwarded = (members: readonly string[]) =>
  Object.fromEntries(members.map((member) => [member, v.optional(v.unknown())]));

/**
 * DynamoDB: dynalite behind local AWS's own authentication and authorization. Of time to live only the setting is kept:
 * as on AWS, an expired item may be there for days, and readers must look at its expiry.
 */
export function createDynamoDbService(): DynamoDbService {
  const engines = new Map<string, Promise<Engine>>();
  const engineOf = (scope: Scope): Promise<Engine> => {
    const key = `${scope.accountId}/${scope.region}`;
    const engine = engines.get(key) ?? startEngine(scope);
    engines.set(key, engine);
    return engine;
  };
  const tables: Tables = {
    timeToLive: new Map(),
    async run(scope, name, input) {
      const { status, body } = await (await engineOf(scope)).send(name, JSON.stringify(input));
      const output: Record<string, unknown> = JSON.parse(body.toString());
      if (status === 200) return output;
      const code = String(output.__type ?? 'InternalServerError').replace(/^.*#/, '');
      throw new AwsError(code, String(output.message ?? output.Message ?? code), status);
    },
  };
  const forward = async (name: string, input: unknown, call: Call) => {
    const engine = await engineOf(call);
    const response = await withItemOnFailure(engine, input, await engine.send(name, call.payload));
    return new RawResponse({
      ...response,
      headers: { ...response.headers, 'x-amzn-requestid': call.request.requestId },
    });
  };

  const operations: Operation[] = [
    operation('ListTables', {
      input: v.object(forwarded(['Limit', 'ExclusiveStartTableName'])),
      requires: () => '*',
      handle: (input, call) => forward('ListTables', input, call),
    }),
    operation('DescribeTimeToLive', {
      input: v.object({ TableName: v.string() }),
      requires: ({ TableName }, caller) => [onTable('DescribeTimeToLive', TableName, caller)],
      handle: async ({ TableName }, call) => {
        await tables.run(call, 'DescribeTable', { TableName });
        const attribute = tables.timeToLive.get(tableArn(call, TableName));
        return {
          TimeToLiveDescription:
            attribute === undefined
              ? { TimeToLiveStatus: 'DISABLED' }
              : { TimeToLiveStatus: 'ENABLED', AttributeName: attribute },
        };
      },
    }),
    operation('UpdateTimeToLive', {
      input: v.object({
        TableName: v.string(),
        TimeToLiveSpecification: v.object({ Enabled: v.boolean(), AttributeName: v.string() }),
      }),
      requires: ({ TableName }, caller) => [onTable('UpdateTimeToLive', TableName, caller)],
      handle: async ({ TableName, TimeToLiveSpecification: specification }, call) => {
        await tables.run(call, 'DescribeTable', { TableName });
        const arn = tableArn(call, TableName);
        if (specification.Enabled === tables.timeToLive.has(arn)) {
          throw new AwsError(
            'ValidationException',
            `TimeToLive is already ${specification.Enabled ? 'enabled' : 'disabled'}`,
          );
        }
        if (specification.Enabled) tables.timeToLive.set(arn, specification.AttributeName);
        else tables.timeToLive.delete(arn);
        return { TimeToLiveSpecification: specification };
      },
    }),
  ];
  for (const [name, members] of Object.entries(tableOperations)) {
    operations.push(
      operation(name, {
        input: v.object({ ...forwarded(members), TableName: v.string() }),
        requires: ({ TableName }, caller) => [onTable(name, TableName, caller)],
        handle: (input, call) => forward(name, input, call),
      }),
    );
  }
  for (const [name, members] of Object.entries(batchOperations)) {
    operations.push(
      operation(name, {
        input: v.object({ ...forwarded(members), RequestItems: v.record(v.string(), v.unknown()) }),
        requires: ({ RequestItems }, caller) =>
          Object.keys(RequestItems).map((table) => onTable(name, table, caller)),
        handle: (input, call) => forward(name, input, call),
      }),
    );
  }

  return {
    endpoint: jsonEndpoint({
      signingName: 'dynamodb',
      targetPrefix: 'DynamoDB_20120810',
      version: '1.0',
      operations,
    }),
    resourceTypes: [tableType(tables)],
    async close() {
      await Promise.all([...engines.values()].map(async (engine) => (await engine).close()));
      engines.clear();
    },
  };
}

function onTable(name: string, table: string, caller: Caller): RouteQuestion {
  if (table.startsWith('arn:')) {
    throw new AwsError(
      'ValidationException',
      `TableName ${table}: local AWS takes a table's name, not its ARN: tables of other accounts cannot be reached.`,
    );
  }
  return {
    action: `dynamodb:${name}`,
    resource: tableArn(caller, table),
    resourceAccountId: caller.accountId,
  };
}
