import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy, { type MiddlewareObj } from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import httpSecurityHeaders from '@middy/http-security-headers';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type { ApiEvent, ApiHandler, ApiResult } from './event.ts';
import { refuseKeys } from './idempotency-key.ts';
import { logError, logger, logKeys } from './log.ts';
import { limitNesting } from './nesting.ts';
import type { Operation } from './operation.ts';
import { problemDocuments } from './problem-documents.ts';

type ApiMiddleware = MiddlewareObj<APIGatewayProxyEvent, APIGatewayProxyResult>;

/** Remembers responses: `idempotencyTable()` of `@cross-account-api/api-handler/idempotency` makes one. */
export interface Idempotency {
  before(request: never): Promise<unknown>;
  after(request: never): Promise<void>;
  onError(request: never): Promise<void>;
}

/**
 * Makes a Lambda handler with the middlewares around an operation, outermost first.
 * @param execute answers a request. A body is parsed if the operation has one.
 */
export function pipeline(
  { method, request }: Operation,
  idempotency: Idempotency | undefined,
  execute: (event: ApiEvent, body: unknown) => Promise<ApiResult>,
): ApiHandler {
  const body: ApiMiddleware[] =
    request === undefined ? [] : [limitNesting(), httpJsonBodyParser() as ApiMiddleware];
  // Without middy's own time-out: it answers 500 shortly before the end and forgets the key, but the execution goes on when the
  // process is next thawed. Lambda's own time-out ends the process.
  const handler = middy<APIGatewayProxyEvent, APIGatewayProxyResult>({ timeoutEarlyInMillis: 0 })
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use({
      before: ({ event }) => logger.appendKeys(logKeys(event)),
    })
    .use(httpSecurityHeaders())
    .use(problemDocuments(logError))
    .use((idempotency as ApiMiddleware | undefined) ?? refuseKeys(method))
    // Again here, so that a stored answer has these headers. The ones above are for errors.
    .use(httpSecurityHeaders())
    .use(body)
    .handler(async (event: APIGatewayProxyEvent) => {
      const result = await execute(event, event.body);
      logger.info('answered');
      return result as APIGatewayProxyResult;
    });
  return handler as unknown as ApiHandler;
}
