import { isObject } from '../../../core/is-object.ts';
import {
  type Attributes,
  type AttributeValue,
  type CheckedInput,
  isNode,
  type KeySchema,
  type Store,
  tableOf,
} from './dynalite.ts';
import { validationException } from './table-checks.ts';

/** Checks the sizes of the keys in an input. dynalite counts characters, and does not check all keys. @throws AwsError */
export async function checkKeys(store: Store, operation: string, input: CheckedInput): Promise<void> {
  for (const [name, attributes] of [...newItems(operation, input), ...keysIn(operation, input)]) {
    await checkKeyValues(store, name, attributes);
  }
}

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

const MAX_KEY_BYTES = { HASH: 2048, RANGE: 1024 };

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
