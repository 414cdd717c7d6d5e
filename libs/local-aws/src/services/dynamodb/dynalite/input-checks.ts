import { AwsError } from '../../../core/errors.ts';
import { isObject } from '../../../core/is-object.ts';
import {
  type Attributes,
  type AttributeValue,
  type CheckedInput,
  database,
  type Index,
  type KeySchema,
  type Node,
  type Operand,
  type Store,
  type Table,
  tableOf,
} from './dynalite.ts';

/** Makes the error for an input that DynamoDB refuses. */
export function validationException(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

/** What DynamoDB checks and dynalite does not. @throws AwsError */
export async function checkInput(store: Store, operation: string, input: CheckedInput): Promise<void> {
  if (operation === 'CreateTable') checkNewTable(input as unknown as NewTable);
  if (operation === 'Query' || operation === 'Scan') checkSelect(operation, input);
  checkComparisons(input);
  for (const [name, item] of newItems(operation, input)) {
    checkItemSize(item);
    await checkKeyValues(store, name, item);
  }
  for (const [name, key] of keysIn(operation, input)) await checkKeyValues(store, name, key);
  if (input.IndexName !== undefined) await checkIndexUse(store, input);
}

// Tables.

/** The input of CreateTable. */
export type NewTable = Pick<Table, 'AttributeDefinitions' | 'KeySchema'> &
  Partial<Pick<Table, 'GlobalSecondaryIndexes' | 'LocalSecondaryIndexes'>> & {
    readonly BillingMode?: string;
  };

/** https://github.com/aws-cloudformation/cfn-lint/issues/1037 @throws AwsError */
export function checkNewTable(table: NewTable): void {
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes = [], LocalSecondaryIndexes = [] } = table;
  const schemas = [{ KeySchema }, ...GlobalSecondaryIndexes, ...LocalSecondaryIndexes];
  const used = new Set(schemas.flatMap((one) => namesOf(one.KeySchema)));
  const defined = AttributeDefinitions.map(({ AttributeName }) => AttributeName);
  if (defined.some((name) => !used.has(name))) {
    throw validationException(
      `One or more parameter values were invalid: Some AttributeDefinitions are not used. AttributeDefinitions: ${list(defined)}, keys used: ${list(used)}`,
    );
  }
  const bare = GlobalSecondaryIndexes.find(
    ({ ProvisionedThroughput }) => ProvisionedThroughput === undefined,
  );
  if (bare !== undefined && table.BillingMode !== 'PAY_PER_REQUEST') {
    throw validationException(
      `One or more parameter values were invalid: ProvisionedThroughput must be specified for index: ${bare.IndexName}`,
    );
  }
}

// Queries and scans.

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html, Select */
function checkSelect(operation: 'Query' | 'Scan', input: CheckedInput): void {
  const { Select, IndexName } = input;
  const projection = ['ProjectionExpression', 'AttributesToGet'].find((name) => input[name] !== undefined);
  const refuse = (reason: string) => {
    // Query's errors have the prefix, Scan's have not.
    throw validationException(`${operation === 'Query' ? '1 validation error detected: ' : ''}${reason}`);
  };
  if (Select === 'SPECIFIC_ATTRIBUTES' && projection === undefined) {
    refuse(
      'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
    );
  }
  if (Select !== undefined && Select !== 'SPECIFIC_ATTRIBUTES' && projection !== undefined) {
    const what = Select === 'COUNT' ? 'only the Count' : Select;
    refuse(`Cannot specify the ${projection} when choosing to get ${what}`);
  }
  if (Select === 'ALL_PROJECTED_ATTRIBUTES' && IndexName === undefined) {
    refuse('ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName');
  }
}

/**
 * A request for attributes that the index does not have. For a local index, DynamoDB reads them in the table, and so does dynalite if it
 * is asked for all attributes (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html#LSI.Projections). A global
 * index has only its own (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.Projections).
 */
async function checkIndexUse(store: Store, input: CheckedInput): Promise<void> {
  const wanted = projectedNames(input);
  if (wanted.length === 0 && input.ConsistentRead !== true) return;
  const table = await tableOf(store, input.TableName);
  const isNamed = ({ IndexName }: Index) => IndexName === input.IndexName;
  const local = table.LocalSecondaryIndexes?.find(isNamed);
  const index = local ?? table.GlobalSecondaryIndexes?.find(isNamed);
  // dynalite refuses an index that does not exist.
  if (index === undefined) return;
  if (local === undefined && input.ConsistentRead === true) {
    throw validationException('Consistent reads are not supported on global secondary indexes');
  }
  const { ProjectionType, NonKeyAttributes = [] } = index.Projection;
  const has = new Set([...namesOf(table.KeySchema), ...namesOf(index.KeySchema), ...NonKeyAttributes]);
  const absent = wanted.filter((name) => !has.has(name));
  if (ProjectionType === 'ALL' || absent.length === 0) return;
  if (local !== undefined) {
    Object.assign(input, { Select: 'ALL_ATTRIBUTES' });
    return;
  }
  throw validationException(
    `One or more parameter values were invalid: Global secondary index ${index.IndexName} does not project ${list(absent)}`,
  );
}

/** The top-level attributes that the answer must have. */
function projectedNames({ AttributesToGet, _projection }: CheckedInput): string[] {
  const { paths = [] } = (_projection ?? {}) as { readonly paths?: readonly (readonly string[])[] };
  return [...new Set([...paths.map(([head = '']) => head), ...((AttributesToGet ?? []) as string[])])];
}

// Conditions.

/** dynalite finds that a list or a map never equals another. Local AWS refuses what would give the wrong answer. */
function checkComparisons({ _condition, _filter }: CheckedInput): void {
  for (const parsed of [_condition, _filter]) {
    for (const { type, name, args } of parsed === undefined ? [] : branches(parsed.expression)) {
      const operator = type === 'function' ? name : type;
      const isWrong =
        (/^(=|<>|in)$/.test(operator ?? '') && args.some((one) => hasType(one, ['L', 'M']))) ||
        (operator === 'contains' && args.some((one) => hasType(one, ['L', 'M', 'BOOL', 'NULL'])));
      if (!isWrong) continue;
      throw validationException(
        `local AWS cannot compare lists and maps with the operator ${operator}: compare their elements instead.`,
      );
    }
  }
}

function* branches(node: Operand): Generator<Node> {
  if (!isNode(node)) return;
  yield node;
  for (const arg of node.args) yield* branches(arg);
}

function isNode(operand: Operand): operand is Node {
  return isObject(operand) && typeof operand.type === 'string' && Array.isArray(operand.args);
}

function hasType(operand: Operand, types: readonly string[]): boolean {
  return isObject(operand) && !isNode(operand) && types.some((type) => Object.hasOwn(operand, type));
}

// Items and keys.

type Named = readonly [table: string, attributes: Attributes];

/** The items that a request writes as a whole. */
function newItems(operation: string, input: CheckedInput): readonly Named[] {
  if (operation === 'PutItem') return [[input.TableName, input.Item as Attributes]];
  if (operation !== 'BatchWriteItem') return [];
  type Requests = Readonly<
    Record<string, readonly { readonly PutRequest?: { readonly Item: Attributes } }[]>
  >;
  return Object.entries(input.RequestItems as Requests).flatMap(([table, requests]) =>
    requests.flatMap(({ PutRequest }): Named[] => (PutRequest ? [[table, PutRequest.Item]] : [])),
  );
}

/** Other attributes that may be part of a key of the table or of an index. */
function keysIn(operation: string, input: CheckedInput): readonly Named[] {
  const { TableName: table, Key, KeyConditions, AttributeUpdates, _updates } = input;
  if (operation === 'BatchGetItem') {
    const requests = input.RequestItems as Readonly<Record<string, { readonly Keys: readonly Attributes[] }>>;
    return Object.entries(requests).flatMap(([name, { Keys }]) => Keys.map((key): Named => [name, key]));
  }
  const sets = (_updates?.sections ?? []).flatMap(({ path, val }) =>
    path.length === 1 && val !== undefined && isObject(val) && !isNode(val) ? [[String(path[0]), val]] : [],
  );
  const updates = Object.entries(
    (AttributeUpdates ?? {}) as Record<string, { readonly Value?: AttributeValue }>,
  );
  const puts = updates.flatMap(([name, { Value }]) => (Value === undefined ? [] : [[name, Value]]));
  const conditions = Object.entries(
    (KeyConditions ?? {}) as Record<string, { readonly AttributeValueList: readonly AttributeValue[] }>,
  ).map(([name, { AttributeValueList }]) => [name, AttributeValueList[0]]);
  return [Key, Object.fromEntries([...sets, ...puts]), Object.fromEntries(conditions)]
    .filter((one) => one !== undefined)
    .map((one) => [table, one as Attributes]);
}

const MAX_ITEM_BYTES = 400 * 1024;
const MAX_KEY_BYTES = { HASH: 2048, RANGE: 1024 };

/** dynalite counts characters. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
function checkItemSize(item: Attributes): void {
  const further = furtherBytes(item);
  if (further === 0 || database().itemSize(item) + further <= MAX_ITEM_BYTES) return;
  throw validationException('Item size has exceeded the maximum allowed size');
}

/** The bytes of all names and texts beyond one for each character. */
function furtherBytes(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value) - value.length;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce(
    (sum, [name, inner]) => sum + furtherBytes(name) + furtherBytes(inner),
    0,
  );
}

/**
 * Keys must have at least one byte and at most 2,048 (partition key) or 1,024 (sort key), also those of indexes.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html, https://github.com/architect/dynalite/issues/184
 */
async function checkKeyValues(store: Store, name: string, attributes: Attributes): Promise<void> {
  const isDoubtful = (value: AttributeValue) => {
    const size = keyBytes(value);
    return size === 0 || (size !== undefined && size > MAX_KEY_BYTES.RANGE);
  };
  // Most items need no look at the table.
  if (!Object.values(attributes).some(isDoubtful)) return;
  const table = await tableOf(store, name);
  const { GlobalSecondaryIndexes = [], LocalSecondaryIndexes = [] } = table;
  checkKeySchema(table.KeySchema, attributes);
  for (const { IndexName, KeySchema } of [...GlobalSecondaryIndexes, ...LocalSecondaryIndexes]) {
    checkKeySchema(KeySchema, attributes, IndexName);
  }
}

function checkKeySchema(schema: KeySchema, attributes: Attributes, index?: string): void {
  for (const { AttributeName: name, KeyType } of schema) {
    const value = attributes[name];
    const size = value && keyBytes(value);
    if (value === undefined || size === undefined) continue;
    if (size === 0) {
      const kind = 'S' in value ? 'string' : 'binary';
      throw validationException(
        `One or more parameter values are not valid. ${index === undefined ? '' : 'A value specified for a secondary index key is not supported. '}The AttributeValue for a key attribute cannot contain an empty ${kind} value. ${index === undefined ? `Key: ${name}` : `IndexName: ${index}, IndexKey: ${name}`}`,
      );
    }
    if (size > MAX_KEY_BYTES[KeyType === 'HASH' ? 'HASH' : 'RANGE']) {
      throw validationException(
        KeyType === 'HASH'
          ? 'One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes'
          : 'One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes',
      );
    }
  }
}

/** The bytes of a text or of binary data; `undefined` for other types. */
function keyBytes({ S, B }: AttributeValue): number | undefined {
  if (typeof S === 'string') return Buffer.byteLength(S);
  return typeof B === 'string' ? Buffer.byteLength(B, 'base64') : undefined;
}

function namesOf(schema: KeySchema): string[] {
  return schema.map(({ AttributeName }) => AttributeName);
}

/** A list in AWS's messages. */
function list(items: Iterable<string>): string {
  return `[${[...items].join(', ')}]`;
}
