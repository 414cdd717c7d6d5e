import { propertiesOf } from '../properties.ts';

/** The part `custom` of a serverless.yml, as far as it is about routes. */
export interface RouteSettings {
  /** The paths of the contract's OpenAPI document. Absent: the service has no contract to compare with. */
  readonly routes?: unknown;
  /** Routes that the contract does not have. @example ['GET /health'] */
  readonly routesOutsideContract?: unknown;
}

/**
 * The operations of a contract, as routes.
 * @param paths of an OpenAPI document
 * @example contractRoutes({ '/orders/{id}': { get: {} } }) // ['GET /orders/{id}']
 */
export function contractRoutes(paths: unknown): readonly string[] {
  return Object.entries(propertiesOf(paths)).flatMap(([path, operations]) =>
    Object.keys(propertiesOf(operations)).map((method) => `${method.toUpperCase()} ${path}`),
  );
}

/**
 * The operations of a contract that remember idempotency keys, as routes: their documents have the header `Idempotency-Key`.
 * @param paths of an OpenAPI document
 */
export function keyedRoutes(paths: unknown): readonly string[] {
  return contractRoutes(paths).filter((route) => {
    const [method = '', path = ''] = route.split(' ');
    const { parameters } = propertiesOf(propertiesOf(propertiesOf(paths)[path])[method.toLowerCase()]);
    return Object.values(propertiesOf(parameters)).some((parameter) => {
      const { name, in: place } = propertiesOf(parameter);
      return place === 'header' && String(name).toLowerCase() === 'idempotency-key';
    });
  });
}

/** Whether an event's route, which can have the method `ANY`, answers an operation. */
export function serves(route: string, operation: string): boolean {
  const [method, path] = route.split(' ');
  return route === operation || (method === 'ANY' && operation.split(' ')[1] === path);
}

/**
 * Compares the routes of serverless.yml with the contract.
 * @param routes of serverless.yml
 * @param ofOthers those of them that have an authorizer other than IAM. They belong to no contract: its clients sign for IAM
 * @returns a sentence or two for each route without an operation, each operation without a route, and each that IAM does not authorize
 */
export function contractMistakes(
  routes: readonly string[],
  { routes: paths, routesOutsideContract }: RouteSettings,
  ofOthers: readonly string[] = [],
): readonly string[] {
  if (paths === undefined) return [];
  const operations = contractRoutes(paths);
  const outside = Object.values(propertiesOf(routesOutsideContract)).map(String);
  return [
    ...routes
      .filter(
        (route) =>
          !operations.some((each) => serves(route, each)) &&
          !outside.includes(route) &&
          !ofOthers.includes(route),
      )
      .map(
        (route) =>
          `${route} is no operation of the contract${nearest(route, operations)}. Correct the event, or add the operation to the contract; if it is not meant for callers of the contract, add it to custom.routesOutsideContract.`,
      ),
    ...operations
      .filter((operation) => !routes.some((route) => serves(route, operation)))
      .map(
        (operation) =>
          `The contract has ${operation}, and no function has a route for it. Add the event, or remove the operation from the contract.`,
      ),
    ...operations
      .filter((operation) => ofOthers.includes(routeOf(operation, routes) ?? ''))
      .map(
        (operation) =>
          `${operation} is an operation of the contract, and another authorizer than IAM admits its callers. The clients of the contract sign for IAM, so they cannot call it. Set "authorizer: aws_iam" in its event, or remove the operation from the contract.`,
      ),
    ...outside
      .filter((route) => !routes.includes(route))
      .map((route) => `custom.routesOutsideContract has ${route}, which is no route. Remove it there.`),
    ...outside
      .filter((route) => operations.includes(route))
      .map(
        (route) =>
          `custom.routesOutsideContract has ${route}, which is an operation of the contract. Remove it there.`,
      ),
  ];
}

/** The route that answers an operation: API Gateway prefers one of its method to one of any. */
function routeOf(operation: string, routes: readonly string[]): string | undefined {
  return routes.find((route) => route === operation) ?? routes.find((route) => serves(route, operation));
}

/** The operation of the same path or method that a route may have been meant for. */
function nearest(route: string, operations: readonly string[]): string {
  const [method, path = ''] = route.split(' ');
  const [first] = path.split('/').filter(Boolean);
  const alike = operations.filter((operation) => {
    const [otherMethod, otherPath = ''] = operation.split(' ');
    if (otherPath === path) return true;
    const [otherFirst = ''] = otherPath.split('/').filter(Boolean);
    return (
      otherMethod === method &&
      first !== undefined &&
      (otherFirst.startsWith(first) || first.startsWith(otherFirst)) &&
      otherFirst !== ''
    );
  });
  return alike.length === 0 ? '' : ` (it has ${alike.join(' and ')})`;
}
