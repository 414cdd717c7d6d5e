import { type ApiFacts, DEFAULT_ROUTE, routeName } from '@cross-account-api/iam/explanation';
import type { ServedStage } from '../../aws/served-stage.ts';
import { findRoute, type MethodAndPath } from '../find-route.ts';
import { type About, broken, type Link, sound } from '../link.ts';
import { settingOf } from '../setting.ts';

/** The default limits of an account. API Gateway ignores higher limits of a stage without an error. */
const ACCOUNT_LIMITS = { rate: 10_000, burst: 5_000 };

/**
 * Whether a stage lets requests for a route through. A burst of 0 refuses all with 429. With a rate of 0, the bucket of tokens is not
 * filled again after the burst.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
 */
export function judgeThrottling(asked: MethodAndPath, api: ApiFacts, stage: ServedStage): Link {
  const about: About = {
    kind: 'throttling',
    title: `stage ${stage.name} lets requests for ${routeName(asked)} through`,
  };
  const route = findRoute(asked, stage.routes) ?? findRoute(asked, api.routes) ?? asked;
  const ownKey =
    route.path === DEFAULT_ROUTE ? DEFAULT_ROUTE : `${route.path.replace(/^\//, '')}/${route.method}`;
  const key = [ownKey, '*/*'].find((each) => stage.throttles.has(each));
  const { rate, burst } = (key === undefined ? undefined : stage.throttles.get(key)) ?? {};
  const zero = (['rate', 'burst'] as const).filter((limit) => ({ rate, burst })[limit] === 0);
  if (key === undefined || zero.length === 0) {
    return rate === undefined ? sound(about) : sound(about, `${rate} a second, and ${burst ?? '?'} at once`);
  }
  const refused = zero.includes('burst') ? 'every request' : `all but the first ${burst ?? 'few'} requests`;
  const problem = `The stage's ${zero.join(' and ')} limit for ${key === '*/*' ? 'all routes' : 'this route'} is 0: API Gateway answers ${refused} 429 Too Many Requests.`;
  if (api.protocol === 'HTTP') {
    const limits = Object.fromEntries(
      zero.map((limit) => [`Throttling${capitalized(limit)}Limit`, ACCOUNT_LIMITS[limit]]),
    );
    const setting =
      key === '*/*' ? { DefaultRouteSettings: limits } : { RouteSettings: { [routeName(route)]: limits } };
    const input = { ApiId: api.apiId, StageName: stage.name, ...setting };
    return broken(about, problem, [
      { ...settingOf(api), service: 'apigatewayv2', operation: 'UpdateStage', input },
    ]);
  }
  const method =
    key === '*/*' ? '*/*' : `~1${key.slice(0, key.lastIndexOf('/')).replaceAll('/', '~1')}/${route.method}`;
  return broken(about, problem, [
    {
      ...settingOf(api),
      operation: 'UpdateStage',
      input: {
        restApiId: api.apiId,
        stageName: stage.name,
        patchOperations: zero.map((limit) => ({
          op: 'replace',
          path: `/${method}/throttling/${limit}Limit`,
          value: String(ACCOUNT_LIMITS[limit]),
        })),
      },
    },
  ]);
}

function capitalized(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}
