import { randomUUID } from 'node:crypto';
import {
  IdempotencyItemAlreadyExistsError,
  IdempotencyValidationError,
} from '@aws-lambda-powertools/idempotency';
import { BasePersistenceLayer, IdempotencyRecord } from '@aws-lambda-powertools/idempotency/persistence';
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { LambdaContext } from '../event.ts';
import { HttpError, RequestInProgress } from '../http-error.ts';
import type { RequestIdentity } from '../idempotency-token.ts';
import { logError } from '../log.ts';

/**
 * After a function's time is over, a request counts as being executed for this long, in milliseconds: the clocks of two
 * environments differ a little, and a process may be ended a little late.
 */
const MARGIN_MS = 1_000;

/** The part of the function's time that is kept for the answer, in milliseconds. No request to the table takes longer than until then. */
const ANSWER_MS = 300;

/**
 * The longest time in milliseconds for storing the response, or for forgetting the request. The client waits for it, and would give up:
 * signed-fetch does after 10 seconds, the execution included.
 */
const STORE_MS = 5_000;

/** A longer delay of setTimeout would end at once. A context in a test may have any time left. */
const LONGEST_MS = 2 ** 31 - 1;

/** A request as Powertools gets it: it hashes the key and the payload. */
export interface IdentifiedRequest {
  /** The caller's scope is part of the key: two callers may use the same text. */
  readonly key: readonly [callerScope: string, key: string];
  /** Tells another request with the same key. */
  readonly payload: RequestIdentity;
}

/** A table and an invocation. */
interface RecordOptions {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly context: LambdaContext;
  /** The time in milliseconds that an execution needs. */
  readonly neededMs: number;
}

/**
 * The record of one request, for one invocation. Powertools says when it is written. The items have the form of Powertools' own
 * DynamoDB table, and the attribute `putId`, which identifies the invocation that has written an item.
 *
 * A lost answer does no harm: the SDK repeats its put, and this invocation recognizes its item. An invocation changes no item that
 * another one has put in the place of its own.
 */
export class RequestRecord extends BasePersistenceLayer {
  readonly #options: RecordOptions;
  readonly #putId = randomUUID();

  constructor(options: RecordOptions) {
    super();
    this.#options = options;
  }

  /**
   * Checks the record of an earlier request with the same key.
   * @throws HttpError unless it has the response to this request
   */
  override processExistingRecord(stored: IdempotencyRecord, request: Processed): IdempotencyRecord {
    try {
      super.processExistingRecord(stored, request);
    } catch (error) {
      throw error instanceof IdempotencyValidationError ? keyOfAnother() : error;
    }
    if (stored.getStatus() === 'INPROGRESS') {
      throw new RequestInProgress(secondsLeft(stored.inProgressExpiryTimestamp));
    }
    if (stored.getStatus() === 'COMPLETED' && stored.responseData === undefined)
      throw executedWithoutResponse();
    return stored;
  }

  /** Records that the request is being executed. @throws HttpError if the execution may then not end in time */
  protected override async _putRecord(record: IdempotencyRecord): Promise<void> {
    const { client, tableName, context, neededMs } = this.#options;
    const now = Date.now();
    // Powertools sets no end if the time is over. The key would be locked for a day.
    const { inProgressExpiryTimestamp: end = now } = record;
    const put = (abortSignal: AbortSignal) =>
      client.send(
        new PutItemCommand({
          TableName: tableName,
          Item: marshall({
            id: record.idempotencyKey,
            status: 'INPROGRESS',
            expiration: record.expiryTimestamp,
            in_progress_expiration: end + MARGIN_MS,
            validation: record.payloadHash,
            putId: this.#putId,
          }),
          // The SDK repeats a put whose answer was lost. One that arrives after the execution must not lock the key again.
          ConditionExpression:
            'attribute_not_exists(#id) OR #expiration < :now OR (#status = :in_progress AND (#end < :now_ms OR #put = :own))',
          ExpressionAttributeNames: {
            '#id': 'id',
            '#expiration': 'expiration',
            '#status': 'status',
            '#end': 'in_progress_expiration',
            '#put': 'putId',
          },
          ExpressionAttributeValues: marshall({
            ':now': now / 1_000,
            ':now_ms': now,
            ':in_progress': 'INPROGRESS',
            ':own': this.#putId,
          }),
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
        { abortSignal },
      );
    try {
      await this.#inTime(put);
    } catch (error) {
      // The put may arrive after all. Its record expires soon.
      if (isAborted(error)) throw outOfTime(context, neededMs);
      if (!(error instanceof ConditionalCheckFailedException) || error.Item === undefined) throw error;
      throw new IdempotencyItemAlreadyExistsError('The key has a record.', readItem(unmarshall(error.Item)));
    }
    // The record stays, because it expires soon.
    if (context.getRemainingTimeInMillis() <= neededMs) throw outOfTime(context, neededMs);
  }

  /**
   * Records that the request was executed, with its response, or without it if that fails. An answer with an error status is not
   * remembered. Does not reject: the client gets the response in any case.
   */
  protected override async _updateRecord(record: IdempotencyRecord): Promise<void> {
    const { idempotencyKey, expiryTimestamp, responseData } = record;
    if (statusOf(responseData) >= 400) return this._deleteRecord(record);
    const completed = { status: 'COMPLETED', expiration: expiryTimestamp };
    const store = async (abortSignal: AbortSignal) => {
      const complete = (changes: object) =>
        this.#changeOwn(idempotencyKey, { ...completed, ...changes }, abortSignal);
      try {
        await complete({ data: responseData });
      } catch (error) {
        if (isAborted(error)) throw error;
        logError(error);
        // Leaves a response in place that was stored although the write seemed to fail.
        await complete({});
      }
    };
    await this.#inTime(store, STORE_MS).catch(logError);
  }

  /** Forgets the request. Does not reject: the client gets the error of the handler in any case. */
  protected override async _deleteRecord({ idempotencyKey }: IdempotencyRecord): Promise<void> {
    const forget = (abortSignal: AbortSignal) => this.#changeOwn(idempotencyKey, undefined, abortSignal);
    await this.#inTime(forget, STORE_MS).catch(logError);
  }

  /** Never called: a put that is refused returns the record. */
  protected override _getRecord(): Promise<IdempotencyRecord> {
    return Promise.reject(new Error('The table returned no record.'));
  }

  /** Ends work on the table by its signal before the function's time is over, and at the latest after `longestMs`. */
  async #inTime<T>(work: (signal: AbortSignal) => Promise<T>, longestMs = LONGEST_MS): Promise<T> {
    const left = this.#options.context.getRemainingTimeInMillis();
    const controller = new AbortController();
    // If hardly any time is left, half of it.
    const ms = Math.min(longestMs, Math.max(left - ANSWER_MS, left / 2));
    const timer = setTimeout(() => controller.abort(), ms);
    try {
      return await work(controller.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sets attributes of the item, or deletes it, if this invocation has put it. Else does nothing. */
  async #changeOwn(
    id: string,
    changes: Readonly<Record<string, unknown>> | undefined,
    abortSignal: AbortSignal,
  ): Promise<void> {
    const { client, tableName } = this.#options;
    const names = Object.keys(changes ?? {});
    const input = {
      TableName: tableName,
      Key: marshall({ id }),
      ConditionExpression: '#putId = :putId',
      ExpressionAttributeNames: Object.fromEntries(['putId', ...names].map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: marshall(
        Object.fromEntries(
          Object.entries({ ...changes, putId: this.#putId }).map(([name, value]) => [`:${name}`, value]),
        ),
      ),
    };
    const UpdateExpression = `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`;
    try {
      if (changes === undefined) await client.send(new DeleteItemCommand(input), { abortSignal });
      else await client.send(new UpdateItemCommand({ ...input, UpdateExpression }), { abortSignal });
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
}

type Processed = Parameters<BasePersistenceLayer['processExistingRecord']>[1];

function readItem(item: ReturnType<typeof unmarshall>): IdempotencyRecord {
  return new IdempotencyRecord({
    idempotencyKey: item.id,
    status: item.status,
    expiryTimestamp: item.expiration,
    inProgressExpiryTimestamp: item.in_progress_expiration,
    responseData: item.data,
    payloadHash: item.validation,
  });
}

/** Whether a request was ended by its signal. @see https://github.com/smithy-lang/smithy-typescript/tree/main/packages/node-http-handler */
function isAborted(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

function statusOf(response: unknown): number {
  return typeof response === 'object' && response !== null && 'statusCode' in response
    ? Number(response.statusCode)
    : 0;
}

function keyOfAnother(): Error {
  return new HttpError(422, 'This Idempotency-Key has been used for another request. Use a new one.');
}

function outOfTime(context: LambdaContext, neededMs: number): Error {
  const left = context.getRemainingTimeInMillis();
  return new HttpError(
    503,
    `The request was not executed: only ${left} ms were left, and it may take ${Math.round(neededMs)} ms. Repeat it later.`,
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
