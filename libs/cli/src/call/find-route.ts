import { DEFAULT_ROUTE, type RouteFacts, routeName } from '@cross-account-api/iam/explanation';
import type { MethodAndPath } from '../aws/served-stage.ts';

export type { MethodAndPath } from '../aws/served-stage.ts';

/**
 * Finds the route that answers a request, as a REST API does: at each segment a literal wins over `{parameter}`, and that over
 * `{proxy+}`; then a method wins over `ANY`. HTTP APIs do the same, and their `$default` answers all other requests.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-set-up-simple-proxy.html
 * @param asked a path as a client sends it, or as the API defines it
 */
export function findRoute<Route extends MethodAndPath>(
  asked: MethodAndPath,
  routes: readonly Route[],
): Route | undefined {
  const segments = segmentsOf(asked.path);
  const [best] = routes
    .filter(({ method }) => method === asked.method || method === 'ANY')
    .flatMap((route) => {
      const rank = route.path === DEFAULT_ROUTE ? '3' : rankOf(segmentsOf(route.path), segments);
      return rank === undefined ? [] : [{ route, rank: `${rank}${route.method === 'ANY' ? '1' : '0'}` }];
    })
    .sort((a, b) => (a.rank < b.rank ? -1 : 1));
  return best?.route;
}

/** The rank of a route for a path, by segment: `0` literal, `1` parameter, `2` the rest. The lowest wins. `undefined`: no match. */
function rankOf(route: readonly string[], asked: readonly string[]): string | undefined {
  let rank = '';
  for (const [index, segment] of route.entries()) {
    const given = asked[index];
    if (given === undefined) return undefined;
    if (segment === given) rank += '0';
    else if (/^\{[^}]*\+\}$/.test(segment)) return `${rank}2`;
    else if (/^\{.*\}$/.test(segment)) rank += '1';
    else return undefined;
  }
  return route.length === asked.length ? rank : undefined;
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter(Boolean);
}

/** Whether an authorizer other than IAM admits the callers of a route. No role can call it. */
export function isOfOthers({ authorizationType }: Pick<RouteFacts, 'authorizationType'>): boolean {
  return authorizationType !== 'AWS_IAM' && authorizationType !== 'NONE';
}

/** @returns the sentence, without its full stop, about the routes of an API that IAM does not authorize and another authorizer does */
export function sayOthers(routes: readonly RouteFacts[]): string | undefined {
  const others = routes.filter(isOfOthers).map(routeName);
  return others.length === 0
    ? undefined
    : `Another authorizer admits the callers of ${others.join(', ')}, and IAM does not`;
}
