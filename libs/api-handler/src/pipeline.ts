import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import httpSecurityHeaders from '@middy/http-security-headers';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { limitSize } from './body-size.ts';
import { checkEvent } from './check-event.ts';
import type { ApiEvent, ApiHandler, ApiResult, LambdaContext } from './event.ts';
import { refuseKey } from './idempotency-key.ts';
import { idempotencyToken } from './idempotency-token.ts';
import { logError, logger, logKeys } from './log.ts';
import type { HandledOperation } from './operation.ts';
import { problemDocuments } from './problem-documents.ts';
import { readBody } from './read-body.ts';

/**
 * Executes a request once, if it has a key. `idempotencyTable()` of `@cross-account-api/api-handler/idempotency` makes one.
 * @returns the response of the execution, or of an earlier one
 */
export type Idempotency = (
  event: ApiEvent,
  context: LambdaContext,
  execute: () => Promise<ApiResult>,
) => Promise<ApiResult>;

// Without middy's own time-out: it answers 500 shortly before the end and forgets the key, but the execution goes on when the
// process is next thawed. Lambda's own time-out ends the process.
const options = { timeoutEarlyInMillis: 0 };

/** What is known of an execution beside the event, whose body is replaced when it is parsed. */
export interface Execution {
  readonly idempotencyToken: string;
  /** The characters of the body before it was parsed. */
  readonly bodyLength: number;
}

/**
 * Makes a Lambda handler with the middlewares around an operation, outermost first.
 * @param execute answers a request. A body is parsed if the operation has one.
 */
export function pipeline(
  { method, request, requestMediaType }: Pick<HandledOperation, 'method' | 'request' | 'requestMediaType'>,
  { idempotency, maxBodyBytes }: { idempotency?: Idempotency | undefined; maxBodyBytes?: number | undefined },
  execute: (event: ApiEvent, body: unknown, execution: Execution) => Promise<ApiResult>,
): ApiHandler {
  const readsBody = request !== undefined;
  const size = readsBody ? [limitSize(maxBodyBytes)] : [];
  const body = request === undefined ? [] : readBody(request, requestMediaType);
  const executed = middy<Executed, APIGatewayProxyResult>(options)
    .use(body)
    .handler(async ({ execution, ...event }) => {
      const result = await execute(event, event.body, execution);
      logger.info('answered');
      return result as APIGatewayProxyResult;
    });
  const handler = middy<APIGatewayProxyEvent, APIGatewayProxyResult>(options)
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use({
      before: ({ event }) => logger.appendKeys(logKeys(event)),
    })
    .use(httpSecurityHeaders())
    .use(problemDocuments(logError))
    .use(size)
    .handler((event, context) => {
      const run = async () => {
        const execution = { idempotencyToken: idempotencyToken(event), bodyLength: event.body?.length ?? 0 };
        return executed({ ...event, execution }, context);
      };
      if (idempotency !== undefined) return idempotency(event, context, run);
      refuseKey(event, method);
      return run();
    });
  const answer = handler as unknown as ApiHandler;
  return async (event, context) => {
    checkEvent(event);
    return answer(event, context);
  };
}

type Executed = APIGatewayProxyEvent & { readonly execution: Execution };
