import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { isObject } from '../../../core/is-object.ts';
import { linearParser, type Parser } from './linear-parser.ts';
import type { DynaliteTypes } from './unknown-members.ts';

/*
 * The parts of dynalite 4.0.0 (https://github.com/architect/dynalite) that are used here. Its documented interface is an HTTP server,
 * which throws an uncaught error if the disk is full. These parts are not documented, so package.json names the exact version.
 */

/** A value in DynamoDB's protocol: `{ S: 'text' }`, `{ L: [{ N: '1' }] }`. */
export type AttributeValue = Readonly<Record<string, unknown>>;

/** Attributes by name: an item or a key. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** The attributes of a key: first the partition key, then the sort key. */
export type KeySchema = readonly { readonly AttributeName: string; readonly KeyType: string }[];

/** An index of a table. */
export interface Index {
  readonly IndexName: string;
  readonly KeySchema: KeySchema;
  readonly Projection: { readonly ProjectionType?: string; readonly NonKeyAttributes?: readonly string[] };
  readonly ProvisionedThroughput?: object;
  /** Absent in a request. */
  readonly IndexStatus?: string;
}

/** The names and types of the attributes of keys. */
export type AttributeDefinitions = readonly {
  readonly AttributeName: string;
  readonly AttributeType: string;
}[];

/** The members of a table that local AWS reads. */
export interface Table {
  readonly TableName: string;
  readonly TableStatus: string;
  readonly KeySchema: KeySchema;
  readonly AttributeDefinitions: AttributeDefinitions;
  readonly GlobalSecondaryIndexes?: readonly Index[];
  readonly LocalSecondaryIndexes?: readonly Index[];
  readonly BillingModeSummary?: { readonly BillingMode: string };
  readonly ProvisionedThroughput: { readonly ReadCapacityUnits: number; readonly WriteCapacityUnits: number };
}

/** A parsed part of an expression: an operator or a function with operands. */
export interface Node {
  readonly type: string;
  readonly name?: string;
  readonly args: readonly Operand[];
}

/** Whether a part of an expression is an operator or a function. */
export function isNode(operand: Operand): operand is Node {
  return isObject(operand) && typeof operand.type === 'string' && Array.isArray(operand.args);
}

/** A part of an expression, a path (names and indices) or a value. */
export type Operand = Node | Path | AttributeValue;

/** A path of names and indices: `a.b[1]` is `['a', 'b', 1]`. */
export type Path = readonly (string | number)[];

/** A parsed clause of an update expression. */
export interface UpdateSection {
  readonly type: 'set' | 'add' | 'delete' | 'remove';
  readonly path: Path;
  /** The operand of `set`. dynalite replaces it with its value. */
  val?: Operand;
}

/** An input whose types dynalite has checked. Members that start with `_` are parsed expressions. */
export interface CheckedInput {
  readonly TableName: string;
  readonly [member: string]: unknown;
  readonly _updates?: { readonly sections: UpdateSection[] };
  readonly _condition?: { readonly expression: Node };
  readonly _filter?: { readonly expression: Node };
}

type Callback<Value = unknown> = (error: unknown, value?: Value) => void;

/** The tables, in LevelDB. */
export interface Store {
  readonly options: Readonly<Record<string, unknown>>;
  readonly db: {
    open(): Promise<void>;
    /** Moves the records of memory and log to table files. */
    compactRange(start: string, end: string): Promise<void>;
    /** Waits for running operations. */
    close(): Promise<void>;
  };
  readonly tableDb: {
    readonly awsAccountId: string;
    readonly awsRegion: string;
    put(name: string, table: Table, callback: Callback): void;
  };
  getTable(name: string, callback: Callback<Table>): void;
  getItemDb(name: string): { createValueStream(): AsyncIterable<Attributes> };
  deleteIndexDb(type: 'Global', table: string, index: string, callback: Callback): void;
}

/** @param rest only for the limits of pages */
type ItemSize = (item: Attributes, ...rest: readonly unknown[]) => number;

/** `create` opens the tables of the account and region that the environment names. Times are in milliseconds. */
interface Database {
  create(
    options: Readonly<Record<'createTableMs' | 'deleteTableMs' | 'updateTableMs', number>> & {
      readonly path: string;
    },
  ): Store;
  /** The size of an item. dynalite compares it with the limit for items. */
  itemSize: ItemSize;
  /** Writes the records of an item in all indexes of the table. */
  updateIndexes(store: Store, table: object, before: undefined, item: Attributes, callback: Callback): void;
}

/** Both throw an error with `statusCode` and `body` for invalid input. */
interface Validations {
  /** Returns the members that the operation knows. */
  checkTypes(data: object, types: object): CheckedInput;
  checkValidations(data: object, types: object, custom: unknown, store: Store): void;
}

type Action = (store: Store, input: object, callback: Callback<object>) => void;

/** Loads dynalite, which is CommonJS. Local AWS also runs in Jest, which has no `import()`. */
const load = createRequire(join(import.meta.dirname, 'dynalite.js'));

/** dynalite's database. It is loaded with the first table: it costs memory and start-up time, and most runs do not need it. */
export function database(): Database {
  if (loaded !== undefined) return loaded;
  loaded = load('dynalite/db/index.js') as Database;
  loaded.itemSize = inBytes(loaded.itemSize);
  return loaded;
}

let loaded: Database | undefined;

/**
 * dynalite counts characters, DynamoDB the bytes of names and texts in UTF-8
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html). Replacing this function is the only way
 * to check the item that UpdateItem makes: dynalite makes it and stores it in one step.
 */
function inBytes(inCharacters: ItemSize): ItemSize {
  return (item, ...rest) => inCharacters(item, ...rest) + furtherBytes(item);
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

const fileOf = (operation: string) => `${operation.charAt(0).toLowerCase()}${operation.slice(1)}.js`;

/** The rules that dynalite has for the input of an operation. */
export function rulesOf(operation: string): { readonly types: DynaliteTypes; readonly custom?: unknown } {
  return load(`dynalite/validations/${fileOf(operation)}`);
}

const CONDITION_PARSER = 'dynalite/db/conditionParser.js';

/** dynalite's parser of conditions in linear time. */
export function linearConditionParser(): Parser {
  linear ??= linearParser(readFileSync(load.resolve(CONDITION_PARSER), 'utf8'));
  return linear;
}

let linear: Parser | undefined;

/** dynalite's checks of inputs, which read a parser's `parse` at each use. */
function validations(): Validations {
  const parser: { parse: Parser['parse'] } = load(CONDITION_PARSER);
  parser.parse = linearConditionParser().parse;
  return load('dynalite/validations/index.js');
}

/** Checks the input of an operation by dynalite's rules. @throws an error with `statusCode` and `body` if it is invalid */
export function checkedInput(store: Store, operation: string, input: object): CheckedInput {
  const { checkTypes, checkValidations } = validations();
  const { types, custom } = rulesOf(operation);
  const checked = checkTypes(input, types);
  checkValidations(checked, types, custom, store);
  return checked;
}

/** Carries out an operation with checked input. @throws an error with `statusCode` and `body` if DynamoDB refuses it */
export function act(store: Store, operation: string, input: CheckedInput): Promise<object> {
  const action: Action = load(`dynalite/actions/${fileOf(operation)}`);
  return promised<object>((callback) => action(store, input, callback)).then((output = {}) => output);
}

/** Calls a function that takes a callback. */
export function promised<Value>(call: (callback: Callback<Value>) => void): Promise<Value | undefined> {
  return new Promise((resolve, reject) => {
    call((error, value) => (error ? reject(error) : resolve(value)));
  });
}

/** Reads a table. @throws an error with `statusCode` and `body` if it does not exist */
export async function tableOf(store: Store, name: string): Promise<Table> {
  const table = await promised<Table>((callback) => store.getTable(name, callback));
  if (table === undefined) throw new Error(`dynalite returned no table ${name}.`);
  return table;
}
