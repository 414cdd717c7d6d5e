import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { badRequest } from '../../apigateway/definition/errors.ts';
import { unsupported } from '../../apigateway/definition/property-values.ts';
import { partType } from '../../apigateway/resources/api-part.ts';
import { DEFAULT_ROUTE_KEY } from '../deployed-http-api.ts';
import type { HttpApiStore, HttpRoute } from '../store.ts';

const properties = v.strictObject({
  ApiId: v.string(),
  RouteKey: v.string(),
  Target: v.optional(v.string()),
  AuthorizationType: v.optional(
    v.picklist(
      ['NONE', 'AWS_IAM'],
      ({ input }) =>
        `local AWS does not support AuthorizationType ${input} on HTTP APIs: use AWS_IAM or NONE.`,
    ),
    'NONE',
  ),
  AuthorizerId: unsupported('use AuthorizationType AWS_IAM or NONE'),
  AuthorizationScopes: unsupported('scopes belong to JWT authorizers'),
  OperationName: v.optional(v.string()),
});

const METHODS = ['ANY', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];

/** `AWS::ApiGatewayV2::Route`. */
export function routeType(store: HttpApiStore) {
  return partType(store, 'AWS::ApiGatewayV2::Route', properties, {
    replacedBy: [],
    path: 'routes',
    attribute: 'RouteId',
    create: (api, given) => store.putRoute(api, routeOf(given)),
    update: (api, given, id) => void store.putRoute(api, routeOf(given), id),
    remove: (api, id) => store.removeRoute(api, id),
  });
}

function routeOf(given: v.InferOutput<typeof properties>): HttpRoute {
  const { RouteKey: routeKey, Target, AuthorizationType: authorizationType, OperationName } = given;
  assertRouteKey(routeKey);
  const integrationId = Target === undefined ? undefined : /^integrations\/(\w+)$/.exec(Target)?.[1];
  if (Target !== undefined && integrationId === undefined) {
    throw badRequest(`Invalid target ${Target}. It must be integrations/<IntegrationId>.`);
  }
  return { routeKey, authorizationType, ...defined({ operationName: OperationName, integrationId }) };
}

function assertRouteKey(routeKey: string): void {
  if (routeKey === DEFAULT_ROUTE_KEY) return;
  const [method = '', path = ''] = routeKey.split(/ (.*)/s, 2);
  if (!METHODS.includes(method) || !isPath(path)) {
    throw badRequest(
      `The provided route key is not formatted properly for HTTP protocol. ${routeKey} must be $default, or a method (${METHODS.join(', ')}), a space and a path such as /files/{id} or /files/{path+}.`,
    );
  }
}

/** A greedy variable is the last segment. */
function isPath(path: string): boolean {
  if (!path.startsWith('/')) return false;
  const segments = path.split('/').slice(1);
  return segments.every((segment, index) => {
    const isLast = index === segments.length - 1;
    if (segment === '') return isLast;
    return (
      /^\{[\w.:-]+\}$/.test(segment) ||
      (isLast && /^\{[\w.:-]+\+\}$/.test(segment)) ||
      /^[^{}\s?#]+$/.test(segment)
    );
  });
}
