import { isObject } from '../../../core/is-object.ts';
import {
  type CheckedInput,
  type Index,
  isNode,
  type Node,
  type Operand,
  type Store,
  tableOf,
} from './dynalite.ts';
import { checkKeys } from './key-checks.ts';
import { checkNewTable, list, type NewTable, namesOf, validationException } from './table-checks.ts';

/** What DynamoDB checks and dynalite does not. @throws AwsError */
export async function checkInput(store: Store, operation: string, input: CheckedInput): Promise<void> {
  if (operation === 'CreateTable') checkNewTable(input as unknown as NewTable);
  if (operation === 'Query' || operation === 'Scan') checkSelect(operation, input);
  checkComparisons(input);
  await checkKeys(store, operation, input);
  if (input.IndexName !== undefined) await checkIndexUse(store, input);
}

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

function hasType(operand: Operand, types: readonly string[]): boolean {
  return isObject(operand) && !isNode(operand) && types.some((type) => Object.hasOwn(operand, type));
}
