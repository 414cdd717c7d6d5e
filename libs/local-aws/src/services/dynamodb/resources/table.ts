import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { domainOf } from '../../../core/aws-domains.ts';
import { defined } from '../../../core/defined.ts';
import { AwsError } from '../../../core/errors.ts';
import type { Scope } from '../../../core/scope.ts';
import { words } from '../../../core/words.ts';
import { templateTags, wholeNumber } from '../../../protocols/shapes.ts';
import { isChanged, permissionsOn, type ResourceType, tagsChange } from '../../resource-type.ts';
import { refuseIfProtected, type TableStore, tableArn } from '../store.ts';

const properties = v.strictObject({
  TableName: v.optional(v.string()),
  AttributeDefinitions: v.array(
    v.strictObject({ AttributeName: v.string(), AttributeType: v.picklist(['S', 'N', 'B']) }),
  ),
  KeySchema: v.array(v.strictObject({ AttributeName: v.string(), KeyType: v.picklist(['HASH', 'RANGE']) })),
  BillingMode: v.optional(v.picklist(['PROVISIONED', 'PAY_PER_REQUEST'])),
  // Stored without effect: no request is throttled.
  ProvisionedThroughput: v.optional(
    v.strictObject({
      ReadCapacityUnits: wholeNumber(1, 1e12),
      WriteCapacityUnits: wholeNumber(1, 1e12),
    }),
  ),
  // Time to live, encryption and recovery have no effect: nothing expires, and tables are temporary.
  TimeToLiveSpecification: v.optional(
    v.pipe(
      v.strictObject({ Enabled: v.boolean(), AttributeName: v.optional(v.string()) }),
      v.check(
        ({ Enabled, AttributeName }) => !Enabled || AttributeName !== undefined,
        'needs an AttributeName',
      ),
    ),
  ),
  SSESpecification: v.optional(
    v.strictObject({
      SSEEnabled: v.boolean(),
      SSEType: v.optional(v.literal('KMS')),
      KMSMasterKeyId: v.optional(v.string()),
    }),
  ),
  PointInTimeRecoverySpecification: v.optional(v.strictObject({ PointInTimeRecoveryEnabled: v.boolean() })),
  DeletionProtectionEnabled: v.optional(v.boolean()),
  Tags: v.optional(templateTags),
});

type Properties = v.InferOutput<typeof properties>;

/**
 * The permissions, used through DynamoDB, that a deployment needs on a table's KMS key
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html#dynamodb-customer-cmk-policy).
 */
const KEY_ACTIONS = words(
  'kms:CreateGrant kms:Decrypt kms:DescribeKey kms:Encrypt kms:GenerateDataKey kms:ReEncryptFrom kms:ReEncryptTo',
);

/** `AWS::DynamoDB::Table`, without indexes and streams. */
export function tableType(store: TableStore): ResourceType<typeof properties> {
  const configure = (scope: Scope, name: string, { DeletionProtectionEnabled }: Properties) => {
    const arn = tableArn(scope, name);
    if (DeletionProtectionEnabled) store.protectedTables.add(arn);
    else store.protectedTables.delete(arn);
    return { physicalId: name, attributes: { Arn: arn } };
  };
  /** A table is created and deleted a moment after the answer. @param status `undefined`: the table does not exist */
  const waitFor = async (status: string | undefined, scope: Scope, TableName: string) => {
    for (let look = 0; look < 1_000; look += 1) {
      const output = await unlessMissing(store.run(scope, 'DescribeTable', { TableName }));
      if ((output && v.parse(description, output).Table.TableStatus) === status) return;
      await setTimeout(1);
    }
    const message = `The table ${TableName} did not become ${status ?? 'absent'}.`;
    throw new AwsError('InternalServerError', message, 500);
  };
  return {
    typeName: 'AWS::DynamoDB::Table',
    inertProperties: ['ProvisionedThroughput', 'SSESpecification'],
    properties,
    instead: {
      GlobalSecondaryIndexes: 'Scan the table with a filter, or keep a second table',
      LocalSecondaryIndexes: 'Query the table with a filter',
      StreamSpecification: 'Invoke the function with the event that it would get',
    },
    replacedBy: ['TableName', 'AttributeDefinitions', 'KeySchema'],
    requires(change) {
      const { handler, current, properties } = change;
      const name = current?.physicalId ?? properties.TableName ?? change.generateName({ maxLength: 255 });
      const settings = [
        isChanged(change, 'TimeToLiveSpecification') && 'dynamodb:UpdateTimeToLive',
        isChanged(change, 'PointInTimeRecoverySpecification') && 'dynamodb:UpdateContinuousBackups',
        tagsChange(change) && 'dynamodb:TagResource',
      ];
      const key = isChanged(change, 'SSESpecification') && properties.SSESpecification?.KMSMasterKeyId;
      const keyPermissions = handler !== 'delete' && key ? permissionsOn(key, ...KEY_ACTIONS) : [];
      const context = { 'kms:ViaService': `dynamodb.${change.region}.${domainOf(change.region)}` };
      const isUpdated =
        isChanged(change, 'SSESpecification', 'DeletionProtectionEnabled') ||
        isChanged(change, 'BillingMode', 'ProvisionedThroughput');
      const onTable = permissionsOn(
        tableArn(change, name),
        'dynamodb:DescribeTable',
        ...{
          create: ['dynamodb:CreateTable', ...settings],
          update: [isUpdated && 'dynamodb:UpdateTable', ...settings],
          delete: ['dynamodb:DeleteTable'],
        }[handler],
      );
      return [...onTable, ...keyPermissions.map((permission) => ({ ...permission, context }))];
    },
    async create(given, context) {
      const TableName = given.TableName ?? context.generateName({ maxLength: 255 });
      const { AttributeDefinitions, KeySchema } = given;
      const table = { TableName, AttributeDefinitions, KeySchema, ...billing(given) };
      await store.run(context, 'CreateTable', table);
      await waitFor('ACTIVE', context, TableName);
      return configure(context, TableName, given);
    },
    async update({ physicalId: TableName }, given, previous, context) {
      if (!isDeepStrictEqual(billing(given), billing(previous))) {
        await store.run(context, 'UpdateTable', { TableName, ...billing(given) });
        await waitFor('ACTIVE', context, TableName);
      }
      return configure(context, TableName, given);
    },
    async delete({ physicalId }, _given, context) {
      refuseIfProtected(store, tableArn(context, physicalId));
      await unlessMissing(store.run(context, 'DeleteTable', { TableName: physicalId }));
      await waitFor(undefined, context, physicalId);
    },
  };
}

/** A table's billing mode and its throughput. */
function billing({ BillingMode = 'PROVISIONED', ProvisionedThroughput }: Properties) {
  return defined({ BillingMode, ProvisionedThroughput });
}

const description = v.object({ Table: v.object({ TableStatus: v.string() }) });

/** @returns `undefined` if the table does not exist */
async function unlessMissing<Output>(output: Promise<Output>): Promise<Output | undefined> {
  try {
    return await output;
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}
