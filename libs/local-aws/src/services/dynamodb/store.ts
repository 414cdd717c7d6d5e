import * as v from 'valibot';
import { defined } from '../../core/defined.ts';
import { AwsError } from '../../core/errors.ts';
import { isObject } from '../../core/is-object.ts';
import type { AwsResponse } from '../../core/request.ts';
import type { Scope } from '../../core/scope.ts';
import type { ServiceRequest } from '../../pipeline/endpoint.ts';
import { RawResponse } from '../../protocols/operation.ts';
import { StorageFailures } from '../../temporary/index.ts';
import { startEngine, type TableEngine } from './dynalite/engine.ts';

/** @example tableArn({ accountId: '111111111111', region: 'us-east-1' }, 'keys') // 'arn:aws:dynamodb:us-east-1:111111111111:table/keys' */
export function tableArn({ accountId, region }: Scope, table: string): string {
  return `arn:aws:dynamodb:${region}:${accountId}:table/${table}`;
}

function keyOf(arn: string, index: unknown): string {
  return index === undefined ? arn : `${arn}/${index}`;
}

/** Refuses to delete a table that is protected against deletion. */
export function refuseIfProtected({ protectedTables }: TableStore, arn: string): void {
  if (!protectedTables.has(arn)) return;
  throw new AwsError(
    'ValidationException',
    'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
  );
}

const conditional = v.object({
  TableName: v.string(),
  ReturnValuesOnConditionCheckFailure: v.literal('ALL_OLD'),
  Key: v.optional(v.record(v.string(), v.unknown())),
  Item: v.optional(v.record(v.string(), v.unknown())),
});

const keyed = v.object({ KeySchema: v.array(v.object({ AttributeName: v.string(), KeyType: v.string() })) });
const named = v.object({ TableName: v.string() });
const indexed = v.object({ IndexName: v.string(), ...keyed.entries });

const described = v.object({
  Table: v.object({ KeySchema: v.array(v.object({ AttributeName: v.string() })) }),
});

/** The tables of all accounts and regions. It starts dynalite once for each account and region that has tables. */
export class TableStore {
  /** ARNs of the tables that are protected against deletion. */
  readonly protectedTables = new Set<string>();
  /** The ARNs of the KMS keys of tables, by the tables' ARNs; `undefined` for a key that is only known by its alias. */
  readonly keys = new Map<string, string | undefined>();
  /** The names of partition keys by the ARN of the table or, after a slash, its index. */
  readonly #partitionKeys = new Map<string, string>();
  readonly #failures: StorageFailures;
  readonly #engines = new Map<string, { readonly scope: Scope; readonly engine: Promise<TableEngine> }>();

  constructor(report: (message: string) => void) {
    this.#failures = new StorageFailures('DynamoDB', report);
  }

  /** ARNs. */
  async tables(): Promise<string[]> {
    const lists = [...this.#engines.values()].map(async ({ scope }) => {
      const names: string[] = [];
      // An answer has at most 100 tables.
      for (let last: unknown; names.length === 0 || last !== undefined; ) {
        const output = await this.run(scope, 'ListTables', defined({ ExclusiveStartTableName: last }));
        const { TableNames = [] } = output;
        if (!Array.isArray(TableNames) || TableNames.length === 0) break;
        names.push(...TableNames.map(String));
        last = output.LastEvaluatedTableName;
      }
      return names.map((name) => tableArn(scope, name));
    });
    return (await Promise.all(lists)).flat();
  }

  /** Carries out an operation in an account and region. */
  async run(scope: Scope, operation: string, input: object): Promise<Record<string, unknown>> {
    const { status, body } = await (await this.#engineOf(scope)).send(operation, JSON.stringify(input));
    const output: Record<string, unknown> = JSON.parse(body.toString());
    if (status === 200) {
      this.#rememberKeys(scope, operation, input);
      return output;
    }
    const code = String(output.__type ?? 'InternalServerError').replace(/^.*#/, '');
    throw new AwsError(code, String(output.message ?? output.Message ?? code), status);
  }

  /** Carries out a client's operation, and returns dynalite's response. */
  async forward(call: ServiceRequest, operation: string, input: unknown): Promise<RawResponse> {
    const engine = await this.#engineOf(call);
    const response = await this.#withItem(call, input, await engine.send(operation, call.payload));
    if (response.status === 200) this.#rememberKeys(call, operation, input);
    const headers = { ...response.headers, 'x-amzn-requestid': call.request.requestId };
    return new RawResponse({ ...response, headers });
  }

  /** What AWS says of a table, and dynalite does not know. */
  settingsOf(arn: string): object {
    return {
      DeletionProtectionEnabled: this.protectedTables.has(arn),
      ...(this.keys.has(arn) && {
        SSEDescription: defined({
          Status: 'ENABLED',
          SSEType: 'KMS',
          KMSMasterKeyArn: this.keys.get(arn),
        }),
      }),
    };
  }

  /** The attribute that is the partition key of a table or of its index; `undefined` if that does not exist. */
  partitionKey(scope: Scope, table: string, index?: unknown): string | undefined {
    return this.#partitionKeys.get(keyOf(tableArn(scope, table), index));
  }

  #rememberKeys(scope: Scope, operation: string, input: unknown): void {
    if (!/^(Create|Update)Table$/.test(operation) || !v.is(named, input)) return;
    const arn = tableArn(scope, input.TableName);
    const { GlobalSecondaryIndexes, LocalSecondaryIndexes, GlobalSecondaryIndexUpdates } = input as Readonly<
      Record<string, unknown>
    >;
    const created = [GlobalSecondaryIndexUpdates].flat().map((one) => isObject(one) && one.Create);
    const indexes = [GlobalSecondaryIndexes, LocalSecondaryIndexes, created].flat();
    for (const one of [input, ...indexes]) {
      if (!v.is(keyed, one)) continue;
      const partitionKey = one.KeySchema.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName;
      const index = v.is(indexed, one) ? one.IndexName : undefined;
      if (partitionKey !== undefined) this.#partitionKeys.set(keyOf(arn, index), partitionKey);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#engines.values()].map(async ({ engine }) => (await engine).close()));
    this.#engines.clear();
  }

  /** Adds `ReturnValuesOnConditionCheckFailure: 'ALL_OLD'`, which dynalite lacks and Powertools' idempotency uses. */
  async #withItem(scope: Scope, input: unknown, response: AwsResponse): Promise<AwsResponse> {
    const { success, output } = v.safeParse(conditional, input);
    if (!success || response.status !== 400) return response;
    const error = JSON.parse(response.body.toString());
    if (!String(error.__type).endsWith('ConditionalCheckFailedException')) return response;
    const { TableName, Item = {}, Key = await this.#keyOf(scope, TableName, Item) } = output;
    const found = await this.run(scope, 'GetItem', { TableName, Key, ConsistentRead: true });
    if (found.Item === undefined) return response;
    // The checksum is that of the old body.
    const { 'x-amz-crc32': _checksum, ...headers } = response.headers;
    return { ...response, headers, body: JSON.stringify({ ...error, Item: found.Item }) };
  }

  /** The key of an item: its attributes that are in the table's key schema. */
  async #keyOf(scope: Scope, TableName: string, item: Readonly<Record<string, unknown>>) {
    const { Table } = v.parse(described, await this.run(scope, 'DescribeTable', { TableName }));
    return Object.fromEntries(
      Table.KeySchema.map(({ AttributeName }) => [AttributeName, item[AttributeName]]),
    );
  }

  #engineOf({ accountId, region }: Scope): Promise<TableEngine> {
    const key = `${accountId}/${region}`;
    const known = this.#engines.get(key);
    if (known !== undefined) return known.engine;
    const scope = { accountId, region };
    const engine = startEngine(scope, this.#failures);
    this.#engines.set(key, { scope, engine });
    // If the engine does not start, the next request tries again.
    engine.catch(() => this.#engines.delete(key));
    return engine;
  }
}
