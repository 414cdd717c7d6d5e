import httpJsonBodyParser from '@middy/http-json-body-parser';
import * as v from 'valibot';
import { InvalidBody } from './http-error.ts';
import {
  type ApiRequest,
  type HttpHandler,
  httpHandler,
  identify,
  logError,
  logRepetition,
  pipeline,
} from './http-handler.ts';
import { idempotency } from './idempotency.ts';
import { limitNesting } from './nesting.ts';

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
  const remembering = IDEMPOTENCY_TABLE ? [idempotency(IDEMPOTENCY_TABLE, { logError, logRepetition })] : [];
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
