import { IdempotencyConfig } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { makeHandlerIdempotent } from '@aws-lambda-powertools/idempotency/middleware';
import { IdempotencyRecord } from '@aws-lambda-powertools/idempotency/persistence';
import type { Request } from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { callerOf, callerScope } from '../caller.ts';
import type { LambdaContext } from '../event.ts';
import { HttpError } from '../http-error.ts';
import { idempotencyKeyOf } from '../idempotency-key.ts';
import { type RequestIdentity, requestIdentity } from '../idempotency-token.ts';
import { logError, logRepetition } from '../log.ts';
import type { Idempotency } from '../pipeline.ts';
import { createPutClient } from './retry-safe-put.ts';

/** Options of {@link idempotencyTable}. */
export interface IdempotencyOptions {
  /** The table. Its partition key is `id`, its time to live `expiration`. Default: the environment variable `IDEMPOTENCY_TABLE` */
  readonly tableName?: string | undefined;
  /**
   * The longest time of an execution in milliseconds, with the write of its response. With less time left, none begins. Must
   * be shorter than the function's time-out. Default: half of the time that the function has when the request arrives
   */
  readonly executionMs?: number;
}

/** The time for which an answer is kept, in seconds. A client repeats a request sooner. */
const KEPT_SECONDS = 24 * 60 * 60;

/**
 * After a function's time is over, a request counts as being executed for this long, in milliseconds: the clocks of two
 * environments differ a little, and a process may be ended a little late.
 */
const MARGIN_MS = 1_000;

type ApiInvocation = Request<APIGatewayProxyEvent, APIGatewayProxyResult>;
type StoredData = Parameters<DynamoDBPersistenceLayer['processExistingRecord']>[1];

/** The members of the event that Powertools reads. {@link idempotencyTable} sets them, because the body is parsed later. */
interface IdempotentRequest {
  /** Absent without a key: then the response is not remembered. */
  idempotency?: {
    /** The caller's scope is part of the key: two callers may use the same text. */
    readonly key: readonly [callerScope: string, key: string];
    readonly payload: RequestIdentity;
    /** The same request as version 0.1.0 of the API recorded it: with a custom domain's base path. */
    readonly earlierPayload: RequestIdentity;
  };
}

/**
 * Executes a request with an `Idempotency-Key` once, and gives the same answer each time that it is sent
 * (draft-ietf-httpapi-idempotency-key-header). Answers are kept for 24 hours in a DynamoDB table that all execution
 * environments share.
 *
 * A key belongs to the role that called, not to its session: Lambda repeats a failed invocation in another execution
 * environment, whose session has another name. So all who may assume that role can read the response to a key that they know.
 * Each caller has its own role.
 *
 * While the first request is being executed, another with its key is answered 503 with `Retry-After`, rather than with the
 * draft's 409: clients know to repeat it. The same key with another request is answered 422. A request that fails is
 * forgotten, so that it may be sent again.
 *
 * A request is recorded as being executed until a second after the function's time runs out. If the table answers so slowly that the
 * execution may not end in time, the request is not executed, but answered 503 with `Retry-After`. Otherwise its repetition
 * would be executed too.
 *
 * If the response cannot be stored, because it is too large for a DynamoDB item (400 KB) or because the write fails, the
 * request is recorded as executed without its response. A repetition is then answered 409 without `Retry-After`. Only
 * if this second write fails too, the request is executed again when it is repeated after the first execution's time
 * has run out.
 *
 * Powertools' middleware alone would forget a request after every error. It would do so when another request with its key was
 * refused, which would then be executed at the same time, and when the answer could not be stored, so the client would repeat
 * an executed request. So its parts are called here one by one.
 * @returns the option `idempotency` of `apiHandler`; `undefined` without a table
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items
 * @example apiHandler(operations.postMessage, ({ body }) => ({ body }), { idempotency: idempotencyTable() })
 */
export function idempotencyTable({
  tableName = process.env.IDEMPOTENCY_TABLE,
  executionMs,
}: IdempotencyOptions = {}): Idempotency | undefined {
  if (!tableName) return undefined;
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
    async before(request: ApiInvocation) {
      const { event, context } = request;
      const key = idempotencyKeyOf(event);
      if (key === undefined) return undefined;
      describeRequest(event, key);
      const needed = executionMs ?? context.getRemainingTimeInMillis() / 2;
      const kept: unknown = await powertools.before?.(request);
      if (kept !== undefined) logRepetition(event);
      // The record expires soon. A delete could take longer, and would then delete the record of the repetition.
      else if (context.getRemainingTimeInMillis() <= needed) throw outOfTime(context, needed);
      else executing.add(request);
      return kept;
    },
    async after(request: ApiInvocation) {
      if (!executing.delete(request)) return;
      const hasFailed = Number(request.response?.statusCode) >= 400;
      await reporting(() => (hasFailed ? powertools.onError : powertools.after)?.(request));
    },
    async onError(request: ApiInvocation) {
      if (executing.delete(request)) await reporting(() => powertools.onError?.(request));
      explainRefusal(request);
    },
  };
}

function describeRequest(event: APIGatewayProxyEvent & IdempotentRequest, key: string): void {
  const payload = requestIdentity(event);
  const [method, , ...bodyAndQuery] = payload;
  event.idempotency = {
    key: [callerScope(callerOf(event).arn), key],
    payload,
    earlierPayload: [method, event.path, ...bodyAndQuery],
  };
}

/** Gives Powertools' error its HTTP status, before it becomes a problem document. */
function explainRefusal(request: ApiInvocation): void {
  if (request.error?.name === 'IdempotencyValidationError') {
    request.error = new HttpError(
      422,
      'This Idempotency-Key has been used for another request. Use a new one.',
    );
  }
}

/**
 * Powertools' table, with four additions: it limits how long a request counts as in progress, it tolerates small clock differences,
 * wrong, it remembers that a request was executed even if its response cannot be stored, and it knows the records of version 0.1.0.
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

  override processExistingRecord(stored: IdempotencyRecord, event: StoredData): IdempotencyRecord {
    const record = this.#validate(stored, event);
    if (record.getStatus() === 'INPROGRESS') throw beingExecuted(record);
    if (record.getStatus() === 'COMPLETED' && record.responseData === undefined)
      throw executedWithoutResponse();
    return record;
  }

  /** @throws IdempotencyValidationError if the record is that of another request */
  #validate(stored: IdempotencyRecord, event: StoredData): IdempotencyRecord {
    try {
      return super.processExistingRecord(stored, event);
    } catch (error) {
      // Powertools passes the event here.
      const { idempotency } = event as IdempotentRequest;
      if (idempotency === undefined) throw error;
      const earlier = { idempotency: { ...idempotency, payload: idempotency.earlierPayload } };
      return super.processExistingRecord(stored, earlier as unknown as StoredData);
    }
  }

  protected override async _putRecord(record: IdempotencyRecord): Promise<void> {
    // Powertools sets no expiry if the time is over. The key would be locked for a day.
    record.inProgressExpiryTimestamp = (record.inProgressExpiryTimestamp ?? Date.now()) + MARGIN_MS;
    await super._putRecord(record);
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

function outOfTime(context: Pick<LambdaContext, 'getRemainingTimeInMillis'>, needed: number): Error {
  const left = context.getRemainingTimeInMillis();
  return new HttpError(
    503,
    `The request was not executed: only ${left} ms were left, and it may take ${Math.round(needed)} ms. Repeat it later.`,
    { 'Retry-After': String(secondsLeft(Date.now() + left + MARGIN_MS)) },
  );
}

function executedWithoutResponse(): Error {
  return new HttpError(
    409,
    'The request with this Idempotency-Key was executed, but its response could not be stored: it was larger than 400 KB, or writing it failed. With another key, the request would be executed a second time.',
  );
}

/**
 * The seconds until an execution in progress has surely ended: an environment that died never reports its end.
 * @param expiry in milliseconds since the epoch
 */
function secondsLeft(expiry = 0): number {
  return Math.max(1, Math.ceil((expiry - Date.now()) / 1_000));
}
