import { DEFAULT_ROUTE, type RouteFacts } from './policy-reader.ts';

type Route = Pick<RouteFacts, 'method' | 'path'>;

/**
 * The ARN of all requests to a route, as policies of callers name them: with any value for path parameters. The route
 * `$default` answers any method and path.
 * @param stageArn `arn:aws:execute-api:<region>:<account>:<api>/<stage>`
 */
export function invokeArn(stageArn: string, { method, path }: Route): string {
  if (path === DEFAULT_ROUTE) return `${stageArn}/*/*`;
  return `${stageArn}/${verb(method)}${path.replace(/\{[^}]{1,200}\}/g, '*')}`;
}

/** The ARN as which API Gateway invokes the function of a route (`aws:SourceArn`). */
export function sourceArn(stageArn: string, { method, path }: Route): string {
  return path === DEFAULT_ROUTE ? `${stageArn}/${path}` : `${stageArn}/${verb(method)}${path}`;
}

/** A route as a person reads it: `POST /messages`, `$default`. */
export function routeName({ method, path }: Route): string {
  return path === DEFAULT_ROUTE ? path : `${method} ${path}`;
}

function verb(method: string): string {
  return method === 'ANY' ? '*' : method;
}
