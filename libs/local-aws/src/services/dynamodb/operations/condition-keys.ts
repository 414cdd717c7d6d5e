import type { ConditionKeys } from '@cross-account-api/iam';
import { defined } from '../../../core/defined.ts';
import { isObject } from '../../../core/is-object.ts';
import { MAX_EXPRESSION_BYTES } from '../dynalite/expression-limits.ts';

type Members = Readonly<Record<string, unknown>>;

/**
 * DynamoDB's condition keys for fine-grained access to the items of one table. Nothing of the input has been checked yet.
 * Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 * @param input the request, or its part about the table
 * @param partitionKey the attribute that is the partition key of the table or the index; `undefined` if that does not exist
 */
export function itemConditionKeys(
  operation: string,
  input: Members,
  partitionKey: string | undefined,
): ConditionKeys {
  const leadingKeys = partitionKey === undefined ? [] : leadingKeysOf(input, partitionKey);
  const attributes = attributesOf(input);
  return defined({
    'dynamodb:LeadingKeys': leadingKeys.length === 0 ? undefined : leadingKeys,
    'dynamodb:Attributes': attributes.length === 0 ? undefined : attributes,
    'dynamodb:Select': /Get|Query|Scan/.test(operation) ? selectOf(input) : undefined,
    'dynamodb:ReturnValues': textOf(input.ReturnValues),
    'dynamodb:ReturnConsumedCapacity': textOf(input.ReturnConsumedCapacity),
  });
}

/** A request for items must list the attributes, or it asks for all: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html (Select). */
function selectOf({ Select, ProjectionExpression, AttributesToGet, IndexName }: Members): string {
  if (typeof Select === 'string') return Select;
  if (ProjectionExpression !== undefined || AttributesToGet !== undefined) return 'SPECIFIC_ATTRIBUTES';
  return IndexName === undefined ? 'ALL_ATTRIBUTES' : 'ALL_PROJECTED_ATTRIBUTES';
}

function leadingKeysOf(input: Members, partitionKey: string): string[] {
  const values = [...itemsOf(input).map((item) => item[partitionKey]), ...queriedValues(input, partitionKey)];
  return unique(values.flatMap((value) => (isObject(value) ? Object.values(value) : [])).map(String));
}

/** The keys and items of a request, also of a batch. */
function itemsOf({ Key, Item, Keys, Writes }: Members): Members[] {
  const written = listOf(Writes).flatMap((write) => (isObject(write) ? Object.values(write) : []));
  const inWrites = written.flatMap((one) => (isObject(one) ? [one.Item, one.Key] : []));
  return [Key, Item, ...listOf(Keys), ...inWrites].filter(isObject);
}

/** The values that a query compares with the partition key. */
function queriedValues(input: Members, partitionKey: string): unknown[] {
  const { KeyConditions, KeyConditionExpression, ExpressionAttributeValues } = input;
  const condition = isObject(KeyConditions) ? KeyConditions[partitionKey] : undefined;
  const given = isObject(condition) ? listOf(condition.AttributeValueList) : [];
  const values = isObject(ExpressionAttributeValues) ? ExpressionAttributeValues : {};
  const compared = [...expressionOf(KeyConditionExpression).matchAll(/([#:]?\w+)\s*=\s*([#:]?\w+)/g)]
    .flatMap(([, left = '', right = '']) => [[left, right] as const, [right, left] as const])
    .filter(([name]) => attributeName(name, input) === partitionKey);
  return [...given, ...compared.map(([, value]) => values[value])];
}

const MAPS = ['Expected', 'AttributeUpdates', 'KeyConditions', 'QueryFilter', 'ScanFilter'];
const EXPRESSIONS = ['Condition', 'Filter', 'KeyCondition', 'Projection', 'Update'].map(
  (kind) => `${kind}Expression`,
);

/** The top-level attributes that a request names. */
function attributesOf(input: Members): string[] {
  const maps = [...itemsOf(input), ...MAPS.map((name) => input[name]).filter(isObject)];
  const named = EXPRESSIONS.flatMap((name) => namesIn(expressionOf(input[name]), input));
  return unique([...maps.flatMap(Object.keys), ...listOf(input.AttributesToGet).map(String), ...named]);
}

/** A name that begins a path: not a value, not a function, not a name within a map. */
const NAME = /(?<![\w:#.])#?[A-Za-z_]\w*(?!\w|\s*\()/g;
/** These cannot be names without `#`. */
const KEYWORD = /^(AND|OR|NOT|BETWEEN|IN|SET|REMOVE|ADD|DELETE)$/i;

function namesIn(expression: string, input: Members): string[] {
  return [...expression.matchAll(NAME)]
    .filter(([name]) => !KEYWORD.test(name))
    .map(([name]) => attributeName(name, input));
}

function attributeName(name: string, { ExpressionAttributeNames: names }: Members): string {
  return (name.startsWith('#') && isObject(names) && textOf(names[name])) || name;
}

/** An expression. Longer ones are refused before anything is done, and to search them could take for ever. */
function expressionOf(value: unknown): string {
  return typeof value === 'string' && value.length <= MAX_EXPRESSION_BYTES ? value : '';
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
