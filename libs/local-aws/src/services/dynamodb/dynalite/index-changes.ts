import { AwsError } from '../../../core/errors.ts';
import {
  type AttributeDefinitions,
  type Attributes,
  checkedInput,
  database,
  type Index,
  promised,
  type Store,
  type Table,
  tableOf,
} from './dynalite.ts';
import { checkNewTable, validationException } from './table-checks.ts';

/** An item of UpdateTable's `GlobalSecondaryIndexUpdates`. */
export interface IndexUpdate {
  readonly Create?: Index;
  readonly Delete?: { readonly IndexName: string };
  readonly Update?: object;
}

/**
 * Creates or deletes a global secondary index. dynalite answers such an UpdateTable with 200 and does nothing. No other operation may run
 * meanwhile. @param definitions the attributes of new keys @throws AwsError
 */
export async function changeIndex(
  store: Store,
  name: string,
  changes: readonly IndexUpdate[],
  definitions: AttributeDefinitions,
): Promise<void> {
  const [{ Create, Delete } = {}] = changes;
  if (changes.length > 1) {
    // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
    throw new AwsError(
      'LimitExceededException',
      'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table',
    );
  }
  const table = await tableOf(store, name);
  const statuses = table.GlobalSecondaryIndexes?.map(({ IndexStatus }) => IndexStatus) ?? [];
  // dynalite soon writes what it has read before.
  if ([table.TableStatus, ...statuses].some((status) => status !== 'ACTIVE')) {
    throw new AwsError(
      'ResourceInUseException',
      `Attempt to change a resource which is still in use: Table is being updated: ${name}`,
    );
  }
  if (Create !== undefined) await createIndex(store, table, Create, definitions);
  if (Delete !== undefined) await deleteIndex(store, table, Delete.IndexName);
}

async function createIndex(store: Store, table: Table, index: Index, definitions: AttributeDefinitions) {
  const { TableName, KeySchema, GlobalSecondaryIndexes: present = [] } = table;
  if (present.some(({ IndexName }) => IndexName === index.IndexName)) {
    throw validationException('Attempting to create an index which already exists');
  }
  const byName = new Map(
    [...table.AttributeDefinitions, ...definitions].map((one) => [one.AttributeName, one]),
  );
  const AttributeDefinitions = [...byName.values()];
  const isOnDemand = table.BillingModeSummary?.BillingMode === 'PAY_PER_REQUEST';
  const billing = isOnDemand
    ? { BillingMode: 'PAY_PER_REQUEST' }
    : { ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } };
  // The rules for an index are those of a new table.
  const GlobalSecondaryIndexes = [index];
  checkedInput(store, 'CreateTable', {
    TableName,
    KeySchema,
    AttributeDefinitions,
    GlobalSecondaryIndexes,
    ...billing,
  });
  checkNewTable({
    ...table,
    ...billing,
    AttributeDefinitions,
    GlobalSecondaryIndexes: [...present, index],
  });
  const { awsRegion, awsAccountId } = store.tableDb;
  const units = index.ProvisionedThroughput ?? { ReadCapacityUnits: 0, WriteCapacityUnits: 0 };
  const created = {
    ...index,
    IndexArn: `arn:aws:dynamodb:${awsRegion}:${awsAccountId}:table/${TableName}/index/${index.IndexName}`,
    IndexSizeBytes: 0,
    ItemCount: 0,
    IndexStatus: 'ACTIVE',
    ProvisionedThroughput: { ...units, NumberOfDecreasesToday: 0 },
  };
  const types = new Map(AttributeDefinitions.map((one) => [one.AttributeName, one.AttributeType]));
  const hasKey = (item: Attributes) =>
    index.KeySchema.every(({ AttributeName: name }) => item[name]?.[types.get(name) ?? '']);
  for await (const item of store.getItemDb(TableName).createValueStream()) {
    if (!hasKey(item)) continue;
    const onlyNew = { ...table, AttributeDefinitions, GlobalSecondaryIndexes, LocalSecondaryIndexes: [] };
    await promised((callback) => database().updateIndexes(store, onlyNew, undefined, item, callback));
  }
  await saveTable(store, {
    ...table,
    AttributeDefinitions,
    GlobalSecondaryIndexes: [...present, created],
  });
}

async function deleteIndex(store: Store, table: Table, name: string): Promise<void> {
  const { TableName, GlobalSecondaryIndexes = [], LocalSecondaryIndexes = [], KeySchema, ...others } = table;
  const rest = GlobalSecondaryIndexes.filter(({ IndexName }) => IndexName !== name);
  if (rest.length === GlobalSecondaryIndexes.length) {
    throw new AwsError('ResourceNotFoundException', `Requested resource not found: Index: ${name} not found`);
  }
  const schemas = [KeySchema, ...[...rest, ...LocalSecondaryIndexes].map((index) => index.KeySchema)];
  const used = new Set(schemas.flat().map(({ AttributeName }) => AttributeName));
  await saveTable(store, {
    ...others,
    TableName,
    KeySchema,
    AttributeDefinitions: table.AttributeDefinitions.filter(({ AttributeName }) => used.has(AttributeName)),
    ...(rest.length > 0 && { GlobalSecondaryIndexes: rest }),
    ...(LocalSecondaryIndexes.length > 0 && { LocalSecondaryIndexes }),
  });
  await promised((callback) => store.deleteIndexDb('Global', TableName, name, callback));
}

async function saveTable(store: Store, table: Table): Promise<void> {
  await promised((callback) => store.tableDb.put(table.TableName, table, callback));
}
