import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { AwsError } from '../../../core/errors.ts';
import type { AwsResponse } from '../../../core/request.ts';
import type { Scope } from '../../../core/scope.ts';
import { createTemporaryFolder, isStorageFailure, type StorageFailures } from '../../../temporary/index.ts';
import { readRequest, writeAnswer } from './attribute-names.ts';
import { database } from './dynalite.ts';
import { perform } from './perform.ts';

/** The tables of one account and region. */
export interface TableEngine {
  /** Carries out an operation. @param body the JSON document that the client sent */
  send(operation: string, body: Uint8Array | string): Promise<AwsResponse>;
  close(): Promise<void>;
}

/** The largest request, in bytes, as on AWS. */
const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

/** The free disk space, in bytes, that a new attempt to write needs: LevelDB writes up to 4 MB at once. */
const ROOM_BYTES = 8 * 1024 * 1024;

/** Operations that need no disk space. */
const READS = /^(Get|BatchGet|Describe|List|Query|Scan)/;

/** Starts dynalite's engine without its server. @param failures records failures to write to the disk */
export async function startEngine(scope: Scope, failures: StorageFailures): Promise<TableEngine> {
  const { create } = database();
  const notStarted = (error: unknown): never => {
    throw isStorageFailure(error) ? internalError(failures.failed(tmpdir(), error)) : error;
  };
  const folder = await createTemporaryFolder('dynamodb').catch(notStarted);
  const open = () =>
    inScope(scope, () =>
      create({
        // In memory, each item would retain the 64 KB buffer from which Node allocated its key.
        path: join(folder.path, 'tables'),
        createTableMs: 0,
        deleteTableMs: 0,
        updateTableMs: 0,
      }),
    );
  let store = open();
  try {
    await store.db.open();
  } catch (error) {
    await folder.close();
    notStarted(error);
  }
  const running = new Set<Promise<unknown>>();
  /** The last failure to write; `undefined` while writing works. */
  let failure: unknown;
  let recovery: Promise<void> | undefined;
  /** Resolves when the operation that runs alone has ended. */
  let exclusive: Promise<void> | undefined;

  const failed = (error: unknown) => {
    failure = error;
    return internalError(failures.failed(folder.path, error));
  };

  /** Reopens the tables. After a failure, LevelDB may refuse all writes, and does not read its log beyond half a record. */
  const recover = async () => {
    const { bavail, bsize } = await statfs(folder.path);
    if (bavail * bsize < ROOM_BYTES) throw failed(failure);
    await Promise.allSettled(running);
    try {
      // Saves the log's records behind half a record. If LevelDB refuses this, it wrote none there.
      await store.db.compactRange('', '\uffff').catch(() => {});
      await store.db.close();
      store = open();
      await store.db.open();
    } catch (error) {
      throw failed(error);
    }
    failure = undefined;
    failures.recovered();
  };

  const run = async (operation: string, body: Uint8Array | string): Promise<AwsResponse> => {
    try {
      return answer(200, await perform(store, operation, readRequest(body.toString())));
    } catch (error) {
      if (error instanceof AwsError) throw error;
      const { statusCode, body: document } = error as { statusCode?: number; body?: object };
      if (statusCode !== undefined && document !== undefined) return answer(statusCode, document);
      if (isStorageFailure(error)) throw failed(error);
      // The tables could not be reopened.
      throw failure === undefined ? error : failed(failure);
    }
  };

  /** Runs an operation while no other one does: a new index must have all items. */
  const runAlone = (operation: string, body: Uint8Array | string): Promise<AwsResponse> => {
    const result = Promise.allSettled(running).then(() => run(operation, body));
    exclusive = result.then(
      () => {
        exclusive = undefined;
      },
      () => {
        exclusive = undefined;
      },
    );
    return result;
  };

  return {
    async send(operation, body) {
      if (Buffer.byteLength(body) > MAX_REQUEST_BYTES) return { status: 413, headers: {}, body: '' };
      const isRead = READS.test(operation);
      if (failure !== undefined && !isRead) {
        recovery ??= recover().finally(() => {
          recovery = undefined;
        });
      }
      // Reads wait too, because the tables close for a moment. They do not need free space.
      await (isRead ? recovery?.catch(() => {}) : recovery);
      while (exclusive !== undefined) await exclusive;
      const result = operation === 'UpdateTable' ? runAlone(operation, body) : run(operation, body);
      running.add(result);
      return result.finally(() => running.delete(result));
    },
    async close() {
      await store.db.close().catch(() => {});
      await folder.close();
    },
  };
}

/** dynalite reads account and region for its ARNs from the environment when a store is created. */
function inScope<Result>({ accountId, region }: Scope, make: () => Result): Result {
  const { AWS_ACCOUNT_ID, AWS_REGION } = process.env;
  Object.assign(process.env, { AWS_ACCOUNT_ID: accountId, AWS_REGION: region });
  try {
    return make();
  } finally {
    for (const [name, value] of Object.entries({ AWS_ACCOUNT_ID, AWS_REGION })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

function answer(status: number, document: object): AwsResponse {
  const body = writeAnswer(document);
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-crc32': String(crc32(body)) };
  return { status, headers, body };
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html */
function internalError(detail: string): AwsError {
  return new AwsError('InternalServerError', `Internal server error: ${detail}`, 500);
}
