import type { OperationHandler } from './api-handler.ts';
import { checkEvent } from './check-event.ts';
import type { ApiHandler } from './event.ts';
import type { HandledOperation } from './operation.ts';
import { pipeline } from './pipeline.ts';

/**
 * Makes the Lambda handler of a function that has several routes: each request goes to the handler of its operation. The function's role
 * has what all its operations need, so give one function those that need the same.
 * @param handlers one of `apiHandler` for each operation
 * @returns a handler that answers a request of any other route with 500, and logs the route
 * @throws TypeError if there is no handler, or if two have the same method and path
 * @example
 * export const handler = apiHandlers(
 *   apiHandler(operations.listOrders, async () => ({ body: await all() })),
 *   apiHandler(operations.getOrder, async ({ pathParameters: { id } }) => ({ body: await find(id) })),
 * );
 */
export function apiHandlers(...handlers: readonly OperationHandler[]): ApiHandler {
  const byRoute = new Map(handlers.map((handler) => [handler.route, handler]));
  const routes = [...byRoute.keys()].join(', ');
  if (handlers.length === 0)
    throw new TypeError('apiHandlers needs a handler of apiHandler for each operation.');
  if (byRoute.size < handlers.length) {
    const twice = handlers.find((handler) => byRoute.get(handler.route) !== handler);
    throw new TypeError(`Two handlers of apiHandlers answer ${twice?.route}. Remove one.`);
  }
  return async (event, context) => {
    checkEvent(event);
    const { httpMethod: method, requestContext } = event;
    const route = `${method} ${requestContext.resourcePath}`;
    const handler = byRoute.get(route) ?? unknownRoute(method, route, routes);
    return handler(event, context);
  };
}

/** Answers as a handler that fails: the client sees no details, and the log has them. */
function unknownRoute(method: string, route: string, routes: string): ApiHandler {
  return pipeline({ method: method as HandledOperation['method'] }, {}, async () => {
    throw new Error(
      `This function has the route ${route} in serverless.yml, and its handlers answer ${routes}. Add a handler of this operation to apiHandlers, or move the event to the function that has it.`,
    );
  });
}
