import { setTimeout } from 'node:timers/promises';
import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import type { Scope } from '../../../core/scope.ts';
import type { ResourceState, ResourceType } from '../../resource-type.ts';

/** The tables of all accounts and regions. */
export interface Tables {
  /**
   * Has an operation done in an account and region.
   * @throws AwsError as DynamoDB answers
   */
  run(scope: Scope, operation: string, input: object): Promise<Record<string, unknown>>;
  /** Which attribute holds the items' expiry, by table ARN. */
  readonly timeToLive: Map<string, string>;
}

const properties = v.strictObject({
  TableName: v.optional(v.string()),
  AttributeDefinitions: v.array(
    v.strictObject({ AttributeName: v.string(), AttributeType: v.picklist(['S', 'N', 'B']) }),
  ),
  KeySchema: v.array(v.strictObject({ AttributeName: v.string(), KeyType: v.picklist(['HASH', 'RANGE']) })),
  BillingMode: v.literal('PAY_PER_REQUEST'),
  TimeToLiveSpecification: v.optional(
    v.strictObject({ Enabled: v.boolean(), AttributeName: v.optional(v.string()) }),
  ),
  // Kept as settings only: tables are in memory, and end with local AWS.
  SSESpecification: v.optional(v.strictObject({ SSEEnabled: v.boolean() })),
  PointInTimeRecoverySpecification: v.optional(v.strictObject({ PointInTimeRecoveryEnabled: v.boolean() })),
  DeletionProtectionEnabled: v.optional(v.literal(false)),
  Tags: v.optional(v.array(v.strictObject({ Key: v.string(), Value: v.string() }))),
});

type TableProperties = v.InferOutput<typeof properties>;

/** @example tableArn({ accountId: '111111111111', region: 'us-east-1' }, 'keys') // 'arn:aws:dynamodb:us-east-1:111111111111:table/keys' */
export function tableArn({ accountId, region }: Scope, table: string): string {
  return `arn:aws:dynamodb:${region}:${accountId}:table/${table}`;
}

/** `AWS::DynamoDB::Table`, on demand, without indexes and streams. */
export function tableType(tables: Tables): ResourceType<typeof properties> {
  const configure = (
    scope: Scope,
    name: string,
    { TimeToLiveSpecification: ttl }: TableProperties,
  ): ResourceState => {
    const arn = tableArn(scope, name);
    if (ttl?.Enabled !== true) tables.timeToLive.delete(arn);
    else if (ttl.AttributeName !== undefined) tables.timeToLive.set(arn, ttl.AttributeName);
    else {
      throw new AwsError(
        'ValidationException',
        'TimeToLiveSpecification needs an AttributeName when it is enabled.',
      );
    }
    return { physicalId: name, attributes: { Arn: arn } };
  };
  return {
    typeName: 'AWS::DynamoDB::Table',
    properties,
    replacedBy: ['TableName', 'AttributeDefinitions', 'KeySchema'],
    async create(given, context) {
      const TableName = given.TableName ?? context.generateName({ maxLength: 255 });
      const { AttributeDefinitions, KeySchema, BillingMode } = given;
      await tables.run(context, 'CreateTable', { TableName, AttributeDefinitions, KeySchema, BillingMode });
      await becomesActive(tables, context, TableName);
      return configure(context, TableName, given);
    },
    update: async ({ physicalId }, given, _previous, context) => configure(context, physicalId, given),
    async delete({ physicalId }, _given, context) {
      if (await wasDone(tables, context, 'DeleteTable', physicalId)) {
        await disappears(tables, context, physicalId);
      }
      tables.timeToLive.delete(tableArn(context, physicalId));
    },
  };
}

/** Does what there is to do to a table. @returns `false` where there is no such table */
async function wasDone(
  tables: Tables,
  scope: Scope,
  operation: 'DeleteTable' | 'DescribeTable',
  TableName: string,
): Promise<boolean> {
  try {
    await tables.run(scope, operation, { TableName });
    return true;
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ResourceNotFoundException') return false;
    throw error;
  }
}

/** A table's deletion is answered before it is done: until then its name is taken. */
async function disappears(tables: Tables, scope: Scope, TableName: string): Promise<void> {
  for (let look = 0; look < 1_000; look += 1) {
    if (!(await wasDone(tables, scope, 'DescribeTable', TableName))) return;
    await setTimeout(1);
  }
  throw new AwsError('InternalServerError', `The table ${TableName} was not deleted.`, 500);
}

/** A table is created before it can be used, if only by a moment. */
async function becomesActive(tables: Tables, scope: Scope, TableName: string): Promise<void> {
  for (let look = 0; look < 1_000; look += 1) {
    const { Table } = await tables.run(scope, 'DescribeTable', { TableName });
    if (
      typeof Table === 'object' &&
      Table !== null &&
      'TableStatus' in Table &&
      Table.TableStatus === 'ACTIVE'
    )
      return;
    await setTimeout(1);
  }
  throw new AwsError('InternalServerError', `The table ${TableName} did not become active.`, 500);
}
