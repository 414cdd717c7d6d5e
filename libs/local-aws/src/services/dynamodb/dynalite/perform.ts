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
import { checkExpressionTexts, checkParsedExpressions } from './expression-limits.ts';
import { changeIndex, type IndexUpdate } from './index-changes.ts';
import { checkInput } from './input-checks.ts';
import { membersUnknownToDynalite } from './unknown-members.ts';
import { settleSections } from './update-sections.ts';

/**
 * Carries out an operation. Where dynalite differs from DynamoDB, puts it right or refuses it.
 * @throws AwsError, or an error with `statusCode` and `body`, for invalid input
 */
export async function perform(store: Store, operation: string, input: object): Promise<object> {
  checkExpressionTexts(operation, input);
  refuseUnknownMembers(operation, input);
  refuseKeysOfSeveralAttributes(operation, input);
  if (operation === 'UpdateTable') return updateTable(store, input);
  const { ConsistentRead }: { readonly ConsistentRead?: unknown } = input;
  const checked = inWordsOfWrites(operation, () => checkedInput(store, operation, input));
  // dynalite does not know this member of Scan, and removes it.
  if (operation === 'Scan') Object.assign(checked, { ConsistentRead });
  checkParsedExpressions(operation, checked);
  await checkInput(store, operation, checked);
  if (checked._updates !== undefined) settleSections(checked._updates.sections);
  if (operation === 'BatchGetItem') return batchGetItem(store, checked);
  return operation === 'CreateTable' ? createTable(store, checked) : act(store, operation, checked);
}

/** The errors about expressions of a request as a whole, by how their messages begin. */
const EXPRESSION_ERRORS =
  /^(Invalid (Update|Condition)Expression:|ExpressionAttribute|Value provided in ExpressionAttribute|Can not use both expression and non-expression parameters|One or more parameter values were invalid: An \w+ set {2}may not be empty)/;

/**
 * dynalite says in which value of an expression the empty set is, and DynamoDB does not: moto's tests saw it on AWS
 * (`test_update_item_add_empty_set` and `test_put_item_empty_set`, https://github.com/getmoto/moto).
 */
const EMPTY_SET_OF_EXPRESSION =
  /^ExpressionAttributeValues contains invalid value: (One or more parameter values were invalid: An \w+ set {2}may not be empty) for key .*$/s;

/**
 * DynamoDB begins these errors of writes, not of reads, with the number of errors. It does so in most regions: the tests of
 * https://github.com/nubo-db/dynamodb-conformance, which run on AWS, saw it in us-east-1 and eu-west-2 in October 2026.
 */
function inWordsOfWrites<Result>(operation: string, check: () => Result): Result {
  try {
    return check();
  } catch (error) {
    const { body } = error as { readonly body?: { message?: string } };
    if (/^(Put|Update|Delete)Item$/.test(operation) && EXPRESSION_ERRORS.test(body?.message ?? '')) {
      const reason = body?.message?.replace(EMPTY_SET_OF_EXPRESSION, '$1');
      Object.assign(body ?? {}, { message: `1 validation error detected: ${reason}` });
    }
    throw error;
  }
}

/** dynalite's error for a table that exists has no message. */
async function createTable(store: Store, input: CheckedInput): Promise<object> {
  try {
    return await act(store, 'CreateTable', input);
  } catch (error) {
    const { body } = error as { readonly body?: { message?: string } };
    if (body?.message === '') body.message = `Table already exists: ${input.TableName}`;
    throw error;
  }
}

/**
 * The keys of a global index can have up to four attributes of each type on AWS, and one here.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html
 */
function refuseKeysOfSeveralAttributes(operation: string, input: object): void {
  if (operation !== 'CreateTable' && operation !== 'UpdateTable') return;
  const { GlobalSecondaryIndexes, GlobalSecondaryIndexUpdates } = input as Readonly<Record<string, unknown>>;
  const created = [GlobalSecondaryIndexUpdates].flat().map((one) => isObject(one) && one.Create);
  for (const index of [GlobalSecondaryIndexes, created].flat(2).filter(isObject)) {
    const types = [index.KeySchema]
      .flat()
      .filter(isObject)
      .map(({ KeyType }) => KeyType);
    const repeated = ['HASH', 'RANGE'].find((type) => types.filter((one) => one === type).length > 1);
    if (repeated === undefined) continue;
    const message = `local AWS does not implement several attributes of KeyType ${repeated} in the KeySchema of the global secondary index ${String(index.IndexName)}: write their values, joined, into one attribute, and use it as the key.`;
    throw new AwsError('NotImplemented', message, 501);
  }
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
