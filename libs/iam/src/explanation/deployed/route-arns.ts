import { isObject } from '../../json.ts';
import type { PolicyDocument } from '../../principal.ts';
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

/**
 * Expands `execute-api:/stage/METHOD/path` in the statements of an API's resource policy with the API's ARN, as API Gateway does when
 * it saves the policy.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html
 * @param apiArn the API's ARN as `execute-api` names it: `arn:aws:execute-api:eu-west-1:111111111111:abc123`
 */
export function expandResources(document: PolicyDocument, apiArn: string): PolicyDocument {
  const entry = (resource: unknown) =>
    typeof resource === 'string' ? resource.replace(/^execute-api:(?=\/)/, apiArn) : resource;
  const expand = (statement: unknown) => {
    if (!isObject(statement)) return statement;
    const members = Object.entries(statement).map(([element, value]) => {
      if (element !== 'Resource' && element !== 'NotResource') return [element, value];
      return [element, Array.isArray(value) ? value.map(entry) : entry(value)];
    });
    return Object.fromEntries(members);
  };
  const { Statement } = document;
  return { ...document, Statement: Array.isArray(Statement) ? Statement.map(expand) : expand(Statement) };
}
