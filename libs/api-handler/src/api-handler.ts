import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import type { Caller } from '@cross-account-api/contract';
import middy, { type MiddlewareObj } from '@middy/core';
import httpErrorHandler from '@middy/http-error-handler';
import httpSecurityHeaders from '@middy/http-security-headers';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { callerOf } from './caller.ts';
import { problemDocuments } from './problem-documents.ts';

/** What a route's function works with. */
export interface ApiRequest<Body> {
  /** The parsed and validated body; `undefined` for a route without one. */
  readonly body: Body;
  /** Who called, as API Gateway vouches for it. */
  readonly caller: Caller;
  /** API Gateway's request ID. */
  readonly requestId: string;
}

/** A Lambda handler for API Gateway's proxy integration. */
export type HttpHandler = (event: APIGatewayProxyEvent, context: Context) => Promise<APIGatewayProxyResult>;

const logger = new Logger();

/**
 * Makes the handler of a route without a body.
 * @param answer makes the response's body
 */
export function bodylessHandler(answer: (request: ApiRequest<undefined>) => object): HttpHandler {
  return httpHandler(pipeline(), (event) => answer({ body: undefined, ...identify(event) }));
}

/**
 * What all routes have around them; the outermost comes first.
 * @param remembering goes outside of what finishes a response: an answer is kept as it is sent
 */
export function pipeline(remembering: MiddlewareObj<APIGatewayProxyEvent, APIGatewayProxyResult>[] = []) {
  return (
    middy<APIGatewayProxyEvent, APIGatewayProxyResult>()
      .use(injectLambdaContext(logger, { resetKeys: true }))
      .use({
        before: ({ event }) => logger.appendKeys(logKeys(event)),
      })
      .use(httpSecurityHeaders())
      .use(problemDocuments())
      .use(
        httpErrorHandler({ logger: logError, fallbackMessage: 'The API failed. The error is in its logs.' }),
      )
      .use(remembering)
      // Once more, so that an answer that is kept has them; the ones above are for errors.
      .use(httpSecurityHeaders())
  );
}

/** Ends a pipeline with what makes the response's body. */
export function httpHandler(
  stack: ReturnType<typeof pipeline>,
  answer: (event: APIGatewayProxyEvent) => object,
): HttpHandler {
  return stack.handler(async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
    const body = answer(event);
    logger.info('answered');
    return {
      statusCode: 200,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    };
  }) as HttpHandler;
}

/** Who called, and in which request. */
export function identify(event: APIGatewayProxyEvent) {
  return { caller: callerOf(event), requestId: event.requestContext.requestId };
}

/** Logs why a request was refused (a warning), or that the API failed (an error). */
export function logError(error: unknown): void {
  const cause = error instanceof Error ? error : new Error(String(error));
  const status = 'statusCode' in cause && typeof cause.statusCode === 'number' ? cause.statusCode : 500;
  if (status < 500) logger.warn('refused', cause);
  else logger.error('failed', cause);
}

/** Logs that a request was answered with the response to an earlier one. The pipeline's own keys are gone by then. */
export function logRepetition(event: APIGatewayProxyEvent): void {
  logger.info('repeated', logKeys(event));
}

function logKeys({ requestContext: { requestId, identity } }: APIGatewayProxyEvent) {
  return { requestId, caller: identity.userArn };
}
