import { IdempotencyConfig } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { makeHandlerIdempotent } from '@aws-lambda-powertools/idempotency/middleware';
import { IdempotencyRecord } from '@aws-lambda-powertools/idempotency/persistence';
import { IDEMPOTENCY_KEY_HEADER } from '@cross-account-api/contract';
import type { MiddlewareObj, Request } from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { callerOf, callerScope } from './caller.ts';
import { HttpError } from './http-error.ts';
import { createPutClient } from './own-put.ts';

/** For how long an answer is kept, in seconds: a client that has not asked again by then will not. */
const KEPT_SECONDS = 24 * 60 * 60;

/** What Powertools reads of the event: set by {@link idempotency}, as the body is parsed and replaced later on. */
interface IdempotentRequest {
  /** Absent without a key: then nothing is remembered. */
  idempotency?: {
    /** The key is the caller's own: another caller's with the same text is another key. */
    readonly key: readonly [callerScope: string, key: string];
    readonly payload: readonly [method: string, path: string, body: string | null];
  };
}

/** What {@link idempotency} logs. */
export interface IdempotencyLog {
  /** An error of the table after the request was executed; the client gets its response all the same. */
  logError(error: unknown): void;
  /** The response is that of an earlier request. The handler does not run. */
  logRepetition(event: APIGatewayProxyEvent): void;
}

/**
 * middy middleware: a request with an `Idempotency-Key` is executed once, and answered alike each time that it is sent
 * (draft-ietf-httpapi-idempotency-key-header). Answers are kept in a DynamoDB table that all execution environments
 * share.
 *
 * A key belongs to the role that called, not to its session: Lambda repeats a failed invocation in another execution
 * environment, whose session has another name. So whoever may assume that role can read the response to a key that he knows.
 * Each caller has a role of its own.
 *
 * While the first request is being executed, another with its key is answered 503 with `Retry-After`, rather than with the
 * draft's 409: clients know to repeat it. The same key with another request is answered 422. A request that fails is
 * forgotten, so that it may be sent again.
 *
 * If the response cannot be stored, because it is too large for a DynamoDB item (400 KB) or because the write fails, the
 * request is recorded as executed without its response. A repetition is then answered 409 without `Retry-After`. Only
 * if this second write fails too, the request is executed again when it is repeated after the first execution's time
 * has run out.
 *
 * Powertools' middleware alone would forget a request after every error: also when another one with its key was refused,
 * which would then be executed while the first still is, and when the answer could not be kept, for the client to
 * repeat what has been executed. So its parts are called here, each where it is right.
 * @param tableName the table; its partition key is `id`, its time to live `expiration`
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items
 */
export function idempotency(
  tableName: string,
  { logError, logRepetition }: IdempotencyLog,
): MiddlewareObj<APIGatewayProxyEvent, APIGatewayProxyResult> {
  const powertools = makeHandlerIdempotent({
    persistenceStore: new AnswerTable({ tableName, awsSdkV3Client: createPutClient('id') }, logError),
    config: new IdempotencyConfig({
      eventKeyJmesPath: 'idempotency.key',
      payloadValidationJmesPath: 'idempotency.payload',
      expiresAfterSeconds: KEPT_SECONDS,
    }),
  });
  const executing = new WeakSet<object>();
  const reporting = async (work: () => unknown): Promise<void> => {
    try {
      await work();
    } catch (error) {
      logError(error);
    }
  };
  return {
    async before(request) {
      readKey(request);
      const kept: unknown = await powertools.before?.(request);
      if (kept === undefined) executing.add(request);
      else logRepetition(request.event);
      return kept;
    },
    async after(request) {
      executing.delete(request);
      await reporting(() => powertools.after?.(request));
    },
    async onError(request) {
      if (executing.delete(request)) await reporting(() => powertools.onError?.(request));
      explainRefusal(request);
    },
  };
}

function readKey(request: Request<APIGatewayProxyEvent, APIGatewayProxyResult>): void {
  const event: APIGatewayProxyEvent & IdempotentRequest = request.event;
  const header = Object.entries(event.headers ?? {}).find(
    ([name]) => name.toLowerCase() === IDEMPOTENCY_KEY_HEADER.toLowerCase(),
  );
  const key = header?.[1];
  if (key === undefined) return;
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new HttpError(400, `${IDEMPOTENCY_KEY_HEADER} must have 1 to 255 visible ASCII characters.`);
  }
  const { httpMethod, path, body } = event;
  event.idempotency = {
    key: [callerScope(callerOf(event).arn), key],
    payload: [httpMethod, path, body],
  };
}

/** Gives Powertools' error the status that it means, before `@middy/http-error-handler` looks at it. */
function explainRefusal(request: Request<APIGatewayProxyEvent, APIGatewayProxyResult>): void {
  if (request.error?.name === 'IdempotencyValidationError') {
    request.error = new HttpError(
      422,
      'This Idempotency-Key has been used for another request. Use a new one.',
    );
  }
}

/**
 * Powertools' table, with two additions: it tells how long a request in progress can take at most, and it remembers that
 * a request was executed even if its response cannot be stored.
 */
class AnswerTable extends DynamoDBPersistenceLayer {
  readonly #reportError: (error: unknown) => void;

  constructor(
    config: ConstructorParameters<typeof DynamoDBPersistenceLayer>[0],
    reportError: (error: unknown) => void,
  ) {
    super(config);
    this.#reportError = reportError;
  }

  override processExistingRecord(
    stored: IdempotencyRecord,
    event: Parameters<DynamoDBPersistenceLayer['processExistingRecord']>[1],
  ): IdempotencyRecord {
    const record = super.processExistingRecord(stored, event);
    if (record.getStatus() === 'INPROGRESS') throw beingExecuted(record);
    if (record.getStatus() === 'COMPLETED' && record.responseData === undefined)
      throw executedWithoutResponse();
    return record;
  }

  protected override async _updateRecord(record: IdempotencyRecord): Promise<void> {
    try {
      await super._updateRecord(record);
    } catch (error) {
      this.#reportError(error);
      // Leaves a response in place that was stored although the write seemed to fail.
      await super._updateRecord(withoutResponse(record));
    }
  }
}

function withoutResponse(record: IdempotencyRecord): IdempotencyRecord {
  return new IdempotencyRecord({ ...record, status: record.getStatus(), responseData: undefined });
}

function beingExecuted({ inProgressExpiryTimestamp }: IdempotencyRecord): Error {
  return new HttpError(503, 'A request with this Idempotency-Key is being executed. Repeat it later.', {
    'Retry-After': String(secondsLeft(inProgressExpiryTimestamp)),
  });
}

function executedWithoutResponse(): Error {
  return new HttpError(
    409,
    'The request with this Idempotency-Key was executed, but its response could not be stored: it was larger than 400 KB, or writing it failed. With another key, the request would be executed a second time.',
  );
}

/**
 * Until an execution in progress has ended, whatever becomes of it: an environment that died finishes nothing.
 * @param expiry in milliseconds since the epoch
 */
function secondsLeft(expiry = 0): number {
  return Math.max(1, Math.ceil((expiry - Date.now()) / 1_000));
}
