import {
  IdempotencyConfig,
  IdempotencyPersistenceLayerError,
  makeIdempotent,
} from '@aws-lambda-powertools/idempotency';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { callerOf, callerScope } from '../caller.ts';
import { createDynamoDBClient } from '../dynamodb.ts';
import type { ApiEvent } from '../event.ts';
import { HttpError } from '../http-error.ts';
import { idempotencyKeyOf } from '../idempotency-key.ts';
import { requestIdentity } from '../idempotency-token.ts';
import { logger } from '../log.ts';
import type { Idempotency } from '../pipeline.ts';
import { type IdentifiedRequest, RequestRecord } from './request-record.ts';

/** Options of {@link idempotencyTable}. */
export interface IdempotencyOptions {
  /**
   * The table. Its partition key is `id`, its time to live `expiration`. Default: the environment variable `IDEMPOTENCY_TABLE`. Without
   * either, each request with a key fails
   */
  readonly tableName?: string | undefined;
  /**
   * The longest time of an execution in milliseconds, with the write of its response. With less time left, none begins. Must
   * be shorter than the function's time-out. Default: half of the time that the function has when the request arrives
   */
  readonly executionMs?: number | undefined;
  /** The client of the table, which a handler can share: then both use one connection. Default: `createDynamoDBClient()` */
  readonly client?: DynamoDBClient | undefined;
}

/** The time for which an answer is kept, in seconds. A client repeats a request sooner. */
const KEPT_SECONDS = 24 * 60 * 60;

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
 * would be executed too. A request to the table that is not answered is sent again.
 *
 * If the response cannot be stored, because it is too large for a DynamoDB item (400 KB) or because the write fails, the
 * request is recorded as executed without its response. A repetition is then answered 409 without `Retry-After`. Only
 * if this second write fails too, or if the table does not answer for 5 seconds or for the rest of the time, the request is executed again
 * when it is repeated after the first execution's time has run out. The client gets the response in any case.
 * @returns the option `idempotency` of `apiHandler`
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items
 * @example apiHandler(operations.postMessage, ({ body }) => ({ body }), { idempotency: idempotencyTable() })
 */
export function idempotencyTable({
  tableName = process.env.IDEMPOTENCY_TABLE,
  executionMs,
  client = createDynamoDBClient(),
}: IdempotencyOptions = {}): Idempotency {
  const { AWS_LAMBDA_FUNCTION_NAME: keyPrefix = '' } = process.env;
  return async (event, context, execute) => {
    const key = idempotencyKeyOf(event);
    if (key === undefined) return execute();
    if (!tableName) {
      throw new Error(
        'The function has no table of idempotency keys: set its environment variable IDEMPOTENCY_TABLE, or the option tableName. The request was not executed.',
      );
    }
    const neededMs = executionMs ?? context.getRemainingTimeInMillis() / 2;
    let isRepetition = true;
    const executeOnce = makeIdempotent(
      (_request: IdentifiedRequest) => {
        isRepetition = false;
        return execute();
      },
      {
        persistenceStore: new RequestRecord({ client, tableName, context, neededMs }),
        keyPrefix,
        config: new IdempotencyConfig({
          eventKeyJmesPath: 'key',
          payloadValidationJmesPath: 'payload',
          expiresAfterSeconds: KEPT_SECONDS,
          // Powertools asks for the remaining time only.
          lambdaContext: context as Context,
        }),
      },
    );
    try {
      const response = await executeOnce(identify(event, key));
      if (isRepetition) logger.info('repeated');
      return response;
    } catch (error) {
      // Powertools wraps the errors of a put.
      const isWrapped = error instanceof IdempotencyPersistenceLayerError && error.cause instanceof HttpError;
      throw isWrapped ? error.cause : error;
    }
  };
}

function identify(event: ApiEvent, key: string): IdentifiedRequest {
  return { key: [callerScope(callerOf(event).arn), key], payload: requestIdentity(event) };
}
