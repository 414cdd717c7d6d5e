import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import type { Caller } from '@cross-account-api/contract';
import middy from '@middy/core';
import httpErrorHandler from '@middy/http-error-handler';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import httpSecurityHeaders from '@middy/http-security-headers';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import * as v from 'valibot';
import { callerOf } from './caller.ts';
import { idempotency } from './idempotency.ts';
import { limitNesting } from './nesting.ts';
import { InvalidBody, problemDocuments } from './problem-documents.ts';

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
 * Makes the handler of a route that takes a JSON body. Where the stack has a table for it (`IDEMPOTENCY_TABLE`), a request
 * with an `Idempotency-Key` is executed once.
 * @param schema what the body must be; anything else is answered with 400
 * @param answer makes the response's body
 * @example export const handler = jsonHandler(postMessageRequestSchema, ({ body, caller }) => ({ received: body, caller }))
 */
export function jsonHandler<Schema extends v.GenericSchema>(
  schema: Schema,
  answer: (request: ApiRequest<v.InferOutput<Schema>>) => object,
): HttpHandler {
  const { IDEMPOTENCY_TABLE } = process.env;
  const remembering = IDEMPOTENCY_TABLE ? [idempotency(IDEMPOTENCY_TABLE, logError)] : [];
  return httpHandler(pipeline(remembering).use(limitNesting()).use(httpJsonBodyParser()), (event) => {
    const result = v.safeParse(schema, event.body);
    if (!result.success) {
      throw new InvalidBody(
        result.issues.map((issue) => ({ path: v.getDotPath(issue) ?? '', message: issue.message })),
      );
    }
    return answer({ body: result.output, ...identify(event) });
  });
}

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
function pipeline(remembering: ReturnType<typeof idempotency>[] = []) {
  return (
    middy<APIGatewayProxyEvent, APIGatewayProxyResult>()
      .use(injectLambdaContext(logger, { resetKeys: true }))
      .use({
        before: ({ event }) => {
          const { requestId, identity } = event.requestContext;
          logger.appendKeys({ requestId, caller: identity.userArn });
        },
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

function httpHandler(
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

function identify(event: APIGatewayProxyEvent) {
  return { caller: callerOf(event), requestId: event.requestContext.requestId };
}

function logError(error: unknown): void {
  const cause = error instanceof Error ? error : new Error(String(error));
  const status = 'statusCode' in cause && typeof cause.statusCode === 'number' ? cause.statusCode : 500;
  if (status < 500) logger.warn('refused', cause);
  else logger.error('failed', cause);
}
