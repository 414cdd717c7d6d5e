import { AwsError } from '../../core/errors.ts';
import type { Scope } from '../../core/scope.ts';
import type { Call } from '../../pipeline/endpoint.ts';
import { RawResponse } from '../../protocols/operation.ts';
import { StorageFailures } from '../../temporary/index.ts';
import { withItemOnFailure } from './dynalite/condition-failure.ts';
import { type Engine, startEngine } from './dynalite/engine.ts';

/** The tables of all accounts and regions. */
export interface TableStore {
  /** Carries out an operation in an account and region. */
  run(scope: Scope, operation: string, input: object): Promise<Record<string, unknown>>;
  /** Carries out a client's operation, and returns dynalite's response as it is. */
  forward(call: Call, operation: string, input: unknown): Promise<RawResponse>;
  tables(): Promise<string[]>;
  /** ARNs of the tables that are protected against deletion. */
  readonly protectedTables: Set<string>;
  close(): Promise<void>;
}

/** @example tableArn({ accountId: '111111111111', region: 'us-east-1' }, 'keys') // 'arn:aws:dynamodb:us-east-1:111111111111:table/keys' */
export function tableArn({ accountId, region }: Scope, table: string): string {
  return `arn:aws:dynamodb:${region}:${accountId}:table/${table}`;
}

/** Refuses to delete a table that is protected against deletion. */
export function refuseIfProtected({ protectedTables }: TableStore, arn: string): void {
  if (!protectedTables.has(arn)) return;
  throw new AwsError(
    'ValidationException',
    'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
  );
}

/**
 * Makes an empty store. It starts dynalite once for each account and region that has tables.
 * @param report receives messages for a person
 */
export function createTableStore(report: (message: string) => void): TableStore {
  const failures = new StorageFailures('DynamoDB', report);
  const engines = new Map<string, Promise<Engine>>();
  const scopes = new Map<string, Scope>();
  const engineOf = (scope: Scope): Promise<Engine> => {
    const key = `${scope.accountId}/${scope.region}`;
    const known = engines.get(key);
    if (known !== undefined) return known;
    const engine = startEngine(scope, failures);
    engines.set(key, engine);
    scopes.set(key, scope);
    // If it could not be started, the next request starts it again.
    engine.catch(() => {
      engines.delete(key);
      scopes.delete(key);
    });
    return engine;
  };
  const store: TableStore = {
    async tables() {
      const lists = [...scopes.values()].map(async (scope) => {
        const { TableNames } = await store.run(scope, 'ListTables', {});
        return Array.isArray(TableNames) ? TableNames.map((name) => tableArn(scope, String(name))) : [];
      });
      return (await Promise.all(lists)).flat();
    },
    protectedTables: new Set(),
    async run(scope, operation, input) {
      const { status, body } = await (await engineOf(scope)).send(operation, JSON.stringify(input));
      const output: Record<string, unknown> = JSON.parse(body.toString());
      if (status === 200) return output;
      const code = String(output.__type ?? 'InternalServerError').replace(/^.*#/, '');
      throw new AwsError(code, String(output.message ?? output.Message ?? code), status);
    },
    async forward(call, operation, input) {
      const engine = await engineOf(call);
      const response = await withItemOnFailure(engine, input, await engine.send(operation, call.payload));
      const headers = { ...response.headers, 'x-amzn-requestid': call.request.requestId };
      return new RawResponse({ ...response, headers });
    },
    async close() {
      await Promise.all([...engines.values()].map(async (engine) => (await engine).close()));
      engines.clear();
    },
  };
  return store;
}
