import { AwsError } from '../../../core/errors.ts';
import { isObject } from '../../../core/is-object.ts';
import {
  type AttributeDefinitions,
  act,
  type CheckedInput,
  checkedInput,
  rulesOf,
  type Store,
  tableOf,
} from './dynalite.ts';
import { changeIndex, type IndexUpdate } from './index-changes.ts';
import { checkInput } from './input-checks.ts';
import { membersUnknownToDynalite } from './unknown-members.ts';
import { settleSections } from './update-sections.ts';

/**
 * Carries out an operation. Where dynalite differs from DynamoDB, puts it right or refuses it.
 * @throws AwsError, or an error with `statusCode` and `body`, for invalid input
 */
export async function perform(store: Store, operation: string, input: object): Promise<object> {
  refuseUnknownMembers(operation, input);
  if (operation === 'UpdateTable') return updateTable(store, input);
  const { ConsistentRead }: { readonly ConsistentRead?: unknown } = input;
  const checked = checkedInput(store, operation, input);
  // dynalite does not know this member of Scan, and removes it.
  if (operation === 'Scan') Object.assign(checked, { ConsistentRead });
  await checkInput(store, operation, checked);
  if (checked._updates !== undefined) settleSections(checked._updates.sections);
  return operation === 'BatchGetItem' ? batchGetItem(store, checked) : act(store, operation, checked);
}

/** dynalite leaves out what it does not know. The operations' schemas have refused unknown members at the top. */
function refuseUnknownMembers(operation: string, input: object): void {
  const { types } = rulesOf(operation);
  const unknown = membersUnknownToDynalite(types, input).filter((path) => path.includes('.'));
  if (unknown.length === 0) return;
  const message = `local AWS does not implement ${unknown.join(', ')} of dynamodb:${operation}: leave ${unknown.length === 1 ? 'it' : 'them'} out.`;
  throw new AwsError('NotImplemented', message, 501);
}

/** The size of an answer to BatchGetItem (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html). */
const MAX_BATCH_BYTES = 16 * 1024 * 1024;

/** dynalite stops at 1 MiB and one item, and forgets the projection of the keys that are left. */
async function batchGetItem(store: Store, input: CheckedInput): Promise<object> {
  const maxItemSize = MAX_BATCH_BYTES - 1024 * 1024 + 3;
  const roomy = { ...store, options: { ...store.options, maxItemSize } };
  const output = (await act(roomy, 'BatchGetItem', input)) as {
    readonly UnprocessedKeys: Readonly<Record<string, object>>;
  };
  const requests = input.RequestItems as Readonly<Record<string, object>>;
  for (const [table, left] of Object.entries(output.UnprocessedKeys)) {
    const { ProjectionExpression, ExpressionAttributeNames } = requests[table] as Record<string, unknown>;
    Object.assign(left, { ProjectionExpression, ExpressionAttributeNames });
  }
  return output;
}

interface TableUpdate {
  readonly AttributeDefinitions?: AttributeDefinitions;
  readonly GlobalSecondaryIndexUpdates?: readonly IndexUpdate[];
}

async function updateTable(store: Store, input: object): Promise<object> {
  const { AttributeDefinitions, GlobalSecondaryIndexUpdates = [] }: TableUpdate = input;
  const updates = [GlobalSecondaryIndexUpdates].flat().filter(isObject) as IndexUpdate[];
  const changes = updates.filter(({ Create, Delete }) => Create ?? Delete);
  const checked = checkedInput(store, 'UpdateTable', { ...input, ...withThroughput(updates) });
  if (changes.length > 0) await changeIndex(store, checked.TableName, changes, AttributeDefinitions ?? []);
  const rest = updates.filter((one) => !changes.includes(one));
  const { ProvisionedThroughput, BillingMode } = checked;
  if (
    changes.length > 0 &&
    rest.length === 0 &&
    ProvisionedThroughput === undefined &&
    BillingMode === undefined
  ) {
    return { TableDescription: await tableOf(store, checked.TableName) };
  }
  return act(store, 'UpdateTable', checked);
}

/** dynalite demands the throughput of a new index, which an index on demand does not have. */
function withThroughput(updates: readonly IndexUpdate[]): TableUpdate {
  const ProvisionedThroughput = { ReadCapacityUnits: 1, WriteCapacityUnits: 1 };
  if (updates.length === 0) return {};
  return {
    GlobalSecondaryIndexUpdates: updates.map((update) =>
      update.Create === undefined ? update : { Create: { ProvisionedThroughput, ...update.Create } },
    ),
  };
}
