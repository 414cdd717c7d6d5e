import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { domainOf } from '../../../core/aws-domains.ts';
import { defined } from '../../../core/defined.ts';
import { AwsError, errorOf } from '../../../core/errors.ts';
import type { Scope } from '../../../core/scope.ts';
import { templateTags, wholeNumber } from '../../../protocols/shapes.ts';
import { withoutEffect } from '../../../protocols/without-effect.ts';
import { deploymentPermissions } from '../../deployment-permissions.ts';
import type { ResourceType } from '../../resource-type.ts';
import { refuseIfProtected, type TableStore, tableArn } from '../store.ts';

const NOT_THROTTLED = 'requests are not throttled';
const NOT_EXPIRED = 'items do not expire';
const NOT_ENCRYPTED = 'tables are not encrypted';

const definitions = v.array(
  v.strictObject({ AttributeName: v.string(), AttributeType: v.picklist(['S', 'N', 'B']) }),
);

const keySchema = v.array(
  v.strictObject({ AttributeName: v.string(), KeyType: v.picklist(['HASH', 'RANGE']) }),
);

const throughput = withoutEffect(
  v.optional(
    v.strictObject({ ReadCapacityUnits: wholeNumber(1, 1e12), WriteCapacityUnits: wholeNumber(1, 1e12) }),
  ),
  NOT_THROTTLED,
);

const localIndex = {
  IndexName: v.string(),
  KeySchema: keySchema,
  Projection: v.strictObject({
    ProjectionType: v.optional(v.picklist(['ALL', 'INCLUDE', 'KEYS_ONLY'])),
    NonKeyAttributes: v.optional(v.array(v.string())),
  }),
};
const globalIndex = { ...localIndex, ProvisionedThroughput: throughput };

const properties = v.strictObject({
  TableName: v.optional(v.string()),
  AttributeDefinitions: definitions,
  KeySchema: keySchema,
  GlobalSecondaryIndexes: v.optional(v.array(v.strictObject(globalIndex))),
  LocalSecondaryIndexes: v.optional(v.array(v.strictObject(localIndex))),
  BillingMode: v.optional(v.picklist(['PROVISIONED', 'PAY_PER_REQUEST'])),
  ProvisionedThroughput: throughput,
  TimeToLiveSpecification: v.optional(
    v.pipe(
      v.strictObject({
        Enabled: withoutEffect(v.boolean(), NOT_EXPIRED),
        AttributeName: withoutEffect(v.optional(v.string()), NOT_EXPIRED),
      }),
      v.check(
        ({ Enabled, AttributeName }) => !Enabled || AttributeName !== undefined,
        'needs an AttributeName',
      ),
    ),
  ),
  SSESpecification: v.optional(
    v.strictObject({
      SSEEnabled: withoutEffect(v.boolean(), NOT_ENCRYPTED),
      SSEType: withoutEffect(v.optional(v.literal('KMS')), NOT_ENCRYPTED),
      KMSMasterKeyId: withoutEffect(
        v.optional(v.string()),
        'the deployment needs permissions on the key, and tables are not encrypted',
      ),
    }),
  ),
  PointInTimeRecoverySpecification: v.optional(
    v.strictObject({ PointInTimeRecoveryEnabled: withoutEffect(v.boolean(), 'tables have no backups') }),
  ),
  StreamSpecification: v.optional(
    v.strictObject({
      StreamViewType: withoutEffect(
        v.picklist(['KEYS_ONLY', 'NEW_AND_OLD_IMAGES', 'NEW_IMAGE', 'OLD_IMAGE']),
        'no function gets the changes of a table: invoke it with the event that it would get',
      ),
    }),
  ),
  DeletionProtectionEnabled: v.optional(v.boolean()),
  Tags: withoutEffect(v.optional(templateTags), 'tags of tables cannot be read'),
});

type Properties = v.InferOutput<typeof properties>;

/** On AWS, the time at which the stream was enabled. */
const STREAM_LABEL = '2026-01-01T00:00:00.000';

/** `AWS::DynamoDB::Table`. Its stream has an ARN, and no records. */
export function tableType(store: TableStore): ResourceType<typeof properties> {
  const configure = (scope: Scope, name: string, { DeletionProtectionEnabled, ...given }: Properties) => {
    const arn = tableArn(scope, name);
    if (DeletionProtectionEnabled) store.protectedTables.add(arn);
    else store.protectedTables.delete(arn);
    const key = given.SSESpecification?.KMSMasterKeyId;
    if (key === undefined) store.keys.delete(arn);
    else store.keys.set(arn, keyArn(scope, key));
    const stream = given.StreamSpecification && { StreamArn: `${arn}/stream/${STREAM_LABEL}` };
    return { physicalId: name, attributes: { Arn: arn, ...stream } };
  };
  /** A table is created and deleted a moment after the answer. @param status `undefined`: the table does not exist */
  const waitFor = async (status: string | undefined, scope: Scope, TableName: string) => {
    for (let look = 0; look < 1_000; look += 1) {
      const output = await unlessMissing(store.run(scope, 'DescribeTable', { TableName }));
      if ((output && v.parse(description, output)) === status) return;
      await setTimeout(1);
    }
    const message = `The table ${TableName} did not become ${status ?? 'absent'}.`;
    throw new AwsError('InternalServerError', message, 500);
  };
  return {
    typeName: 'AWS::DynamoDB::Table',
    properties,
    replacedBy: ['TableName', 'KeySchema'],
    identifiedBy: 'TableName',
    replacedIf: { AttributeDefinitions: redefines },
    requires(change) {
      const { current, properties, region } = change;
      const name = current?.physicalId ?? properties.TableName ?? change.generateName({ maxLength: 255 });
      const key = {
        resource: properties.SSESpecification?.KMSMasterKeyId ?? '*',
        context: { 'kms:ViaService': `dynamodb.${region}.${domainOf(region)}` },
      };
      return deploymentPermissions('AWS::DynamoDB::Table', change, (action) =>
        action.startsWith('kms:') ? key : tableArn(change, name),
      );
    },
    async create(given, context) {
      const TableName = given.TableName ?? context.generateName({ maxLength: 255 });
      const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, LocalSecondaryIndexes } = given;
      const indexes = defined({ GlobalSecondaryIndexes, LocalSecondaryIndexes });
      const table = { TableName, AttributeDefinitions, KeySchema, ...indexes, ...billing(given) };
      await store.run(context, 'CreateTable', table);
      await waitFor('ACTIVE', context, TableName);
      return configure(context, TableName, given);
    },
    async adopt(TableName, given, context) {
      await store.run(context, 'DescribeTable', { TableName });
      return configure(context, TableName, given);
    },
    async update({ physicalId: TableName }, given, previous, context) {
      for (const update of tableUpdates(given, previous)) {
        await store.run(context, 'UpdateTable', { TableName, ...update });
        await waitFor('ACTIVE', context, TableName);
      }
      return configure(context, TableName, given);
    },
    async delete({ physicalId }, _given, context) {
      const arn = tableArn(context, physicalId);
      refuseIfProtected(store, arn);
      store.keys.delete(arn);
      await unlessMissing(store.run(context, 'DeleteTable', { TableName: physicalId }));
      await waitFor(undefined, context, physicalId);
    },
  };
}

/** The ARN of a key by its ID or ARN; `undefined` for an alias, of which local AWS does not know the key. */
function keyArn({ accountId, region }: Scope, key: string): string | undefined {
  if (/(^|:)alias\//.test(key)) return undefined;
  return key.startsWith('arn:') ? key : `arn:aws:kms:${region}:${accountId}:key/${key}`;
}

/** A table's billing mode and its throughput. */
function billing({ BillingMode = 'PROVISIONED', ProvisionedThroughput }: Properties) {
  return defined({ BillingMode, ProvisionedThroughput });
}

/** Whether an attribute gets another type. Then DynamoDB needs a new table; a new attribute is the key of a new index. */
function redefines(before: unknown, after: unknown): boolean {
  const [old, wanted] = [v.safeParse(definitions, before), v.safeParse(definitions, after)];
  if (!old.success || !wanted.success) return true;
  const types = new Map(old.output.map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType]));
  return wanted.output.some(
    ({ AttributeName, AttributeType }) => (types.get(AttributeName) ?? AttributeType) !== AttributeType,
  );
}

/**
 * The requests of UpdateTable, in order, that change billing and indexes.
 * @throws AwsError for changes that CloudFormation refuses: https://github.com/aws/aws-cdk/issues/14920
 */
function tableUpdates(given: Properties, previous: Properties): object[] {
  const indexes = given.GlobalSecondaryIndexes ?? [];
  const keys = [given, ...indexes, ...(given.LocalSecondaryIndexes ?? [])].flatMap(
    ({ KeySchema }) => KeySchema,
  );
  const isDefined = (name: string) =>
    given.AttributeDefinitions.some(({ AttributeName }) => AttributeName === name);
  if (keys.some(({ AttributeName }) => !isDefined(AttributeName))) {
    throw validationError(
      'Property AttributeDefinitions is inconsistent with the KeySchema of the table and the secondary indexes',
    );
  }
  const before = new Map(previous.GlobalSecondaryIndexes?.map((index) => [index.IndexName, index]));
  const names = new Set(indexes.map(({ IndexName }) => IndexName));
  const created = indexes.filter(({ IndexName }) => !before.has(IndexName));
  const deleted = [...before.keys()].filter((name) => !names.has(name));
  const shape = ({ ProvisionedThroughput: _, ...index }: (typeof indexes)[number]) => index;
  const isReshaped = (index: (typeof indexes)[number]) => {
    const old = before.get(index.IndexName);
    return old !== undefined && !isDeepStrictEqual(shape(old), shape(index));
  };
  if (indexes.some(isReshaped)) {
    throw validationError(
      "Cannot update GSI's properties other than Provisioned Throughput and Contributor Insights Specification. You can create a new GSI with a different name.",
    );
  }
  if (created.length + deleted.length > 1) {
    throw validationError('Cannot perform more than one GSI creation or deletion in a single update');
  }
  if (!isDeepStrictEqual(given.LocalSecondaryIndexes, previous.LocalSecondaryIndexes)) {
    throw validationError(
      'LocalSecondaryIndexes of a table cannot change. Give the table another name, so that CloudFormation replaces it.',
    );
  }
  const [mode, modeBefore] = [billing(given), billing(previous)];
  const billingChange = isDeepStrictEqual(mode, modeBefore) ? {} : mode;
  const throughputs = indexes.flatMap(({ IndexName, ProvisionedThroughput: wanted }) => {
    const old = before.get(IndexName);
    if (old === undefined || wanted === undefined) return [];
    const isSame =
      isDeepStrictEqual(old.ProvisionedThroughput, wanted) && mode.BillingMode === modeBefore.BillingMode;
    return isSame ? [] : [{ Update: { IndexName, ProvisionedThroughput: wanted } }];
  });
  const throughputChange = throughputs.length === 0 ? {} : { GlobalSecondaryIndexUpdates: throughputs };
  const settings = { ...billingChange, ...throughputChange };
  return [
    ...deleted.map((IndexName) => ({ GlobalSecondaryIndexUpdates: [{ Delete: { IndexName } }] })),
    ...(Object.keys(settings).length === 0 ? [] : [settings]),
    ...created.map((Create) => ({
      AttributeDefinitions: given.AttributeDefinitions,
      GlobalSecondaryIndexUpdates: [{ Create }],
    })),
  ];
}

const validationError = errorOf('ValidationException');

const description = v.pipe(
  v.object({
    Table: v.object({
      TableStatus: v.string(),
      GlobalSecondaryIndexes: v.optional(v.array(v.object({ IndexStatus: v.string() })), []),
    }),
  }),
  // The table is active while one of its indexes changes.
  v.transform(
    ({ Table: { TableStatus, GlobalSecondaryIndexes: indexes } }) =>
      indexes.map(({ IndexStatus }) => IndexStatus).find((status) => status !== 'ACTIVE') ?? TableStatus,
  ),
);

/** @returns `undefined` if the table does not exist */
async function unlessMissing<Output>(output: Promise<Output>): Promise<Output | undefined> {
  try {
    return await output;
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}
