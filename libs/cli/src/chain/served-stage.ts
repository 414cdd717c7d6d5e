import { type ApiFacts, DEFAULT_ROUTE, routeName } from '@cross-account-api/iam';
import { findRoute, type MethodAndPath } from './find-route.ts';
import { type About, broken, type Change, type Link, type SettingChange, sound } from './link.ts';

/** A route as a stage serves it. */
export interface ServedRoute extends MethodAndPath {
  /** `AWS_IAM`, `NONE`, `CUSTOM`, `COGNITO_USER_POOLS`. */
  readonly authorizationType: string;
  readonly apiKeyRequired: boolean;
}

/** The limits of requests. */
export interface Throttle {
  /** Requests a second. Absent: the account's limit */
  readonly rate?: number | undefined;
  /** Requests at once. */
  readonly burst?: number | undefined;
}

/** A stage, and the deployment that it serves. */
export interface ServedStage {
  readonly name: string;
  readonly deployedAt?: Date | undefined;
  readonly routes: readonly ServedRoute[];
  /** The reason why it may serve other routes than {@link routes}. */
  readonly deploymentProblem?: string | undefined;
  /** By `<path without leading slash>/<METHOD>`, or `$default`; under `*` `/` `*` for all methods. */
  readonly throttles: ReadonlyMap<string, Throttle>;
  readonly variables: Readonly<Record<string, string>>;
  /** ARN of the log group or stream of the access log. Absent if there is none. */
  readonly accessLogArn?: string | undefined;
  /** ARN of the web ACL of AWS WAF that sees requests first. */
  readonly webAclArn?: string | undefined;
}

/** The address at which a request reaches an API. */
export interface Address {
  readonly url: string;
  /** Whether the host is a custom domain. */
  readonly isCustom: boolean;
  readonly vpcEndpointId?: string | undefined;
}

/** The default limits of an account. API Gateway ignores higher limits of a stage without an error. */
const ACCOUNT_LIMITS = { rate: 10_000, burst: 5_000 };

/**
 * Whether the API answers at the host of the URL. A disabled default endpoint answers 403 Forbidden, and "this setting takes affect
 * when you update any setting on any stage".
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-disable-default-endpoint.html
 */
export function judgeEndpoint(api: ApiFacts, stage: string, address: Address): Link {
  const about: About = {
    kind: 'endpoint',
    title: `API ${api.name} (${api.apiId}) answers at ${hostOf(address.url)}`,
  };
  const { vpcEndpointId, isCustom } = address;
  if (api.privateTo !== undefined) {
    if (isCustom) return sound(about, 'The API is private: its domain must be private, too.');
    if (vpcEndpointId === undefined) {
      return sound(
        about,
        'The API is private: its host name resolves only in a VPC that has an endpoint with private DNS. Give --vpc-endpoint to have its policy judged.',
      );
    }
    if (api.privateTo.includes(vpcEndpointId) || !address.url.includes(vpcEndpointId)) return sound(about);
    return broken(
      about,
      `The API is private, and not associated with ${vpcEndpointId}: the host of the URL does not exist. It is associated with ${api.privateTo.join(', ') || 'no endpoint'}.`,
      [
        updateApi(api, [{ op: 'add', path: '/endpointConfiguration/vpcEndpointIds', value: vpcEndpointId }]),
        deploy(api, stage),
      ],
    );
  }
  if (vpcEndpointId !== undefined) {
    return broken(
      about,
      `The API is public, and answers at no VPC endpoint. Call it without ${vpcEndpointId}.`,
    );
  }
  if (api.defaultEndpointDisabled === true && !isCustom) {
    const problem = `The API's default endpoint is disabled: it answers ${noSuchStage(api)}. Call it at its custom domain, or enable the endpoint, if nothing forbids it.`;
    if (api.protocol === 'HTTP') {
      const input = { ApiId: api.apiId, DisableExecuteApiEndpoint: false };
      return broken(about, problem, [
        { ...settingOf(api), service: 'apigatewayv2', operation: 'UpdateApi', input },
      ]);
    }
    return broken(about, problem, [
      updateApi(api, [{ op: 'replace', path: '/disableExecuteApiEndpoint', value: 'false' }]),
      deploy(api, stage),
    ]);
  }
  return sound(about);
}

/** Whether a stage serves a route. A route is served from the next deployment on. */
export function judgeDeployment(asked: MethodAndPath, api: ApiFacts, stage: ServedStage): Link {
  const name = routeName(asked);
  const about: About = { kind: 'deployment', title: `stage ${stage.name} serves ${name}` };
  const served = findRoute(asked, stage.routes);
  const configured = findRoute(asked, api.routes);
  const of = stage.deployedAt === undefined ? '' : ` of ${stage.deployedAt.toISOString()}`;
  if (served === undefined && configured === undefined) {
    const known = stage.routes.map(routeName).slice(0, 20);
    const answer = api.protocol === 'HTTP' ? '404 Not Found' : '403 Missing Authentication Token';
    return broken(
      about,
      `Neither the API nor its deployment${of} has ${name}: API Gateway answers ${answer}. The stage serves ${known.join(', ') || 'nothing'}.`,
    );
  }
  if (served === undefined) {
    return broken(
      about,
      `The API has ${name}, and the deployment${of}, which the stage serves, does not: API Gateway answers 403 Missing Authentication Token. Deploy the API.`,
      [deploy(api, stage.name)],
    );
  }
  const notes = [
    stage.deploymentProblem,
    configured === undefined && 'The API no longer has it: it ends with the next deployment.',
    configured !== undefined &&
      configured.authorizationType !== served.authorizationType &&
      `The deployment has authorization ${served.authorizationType}, and the API ${configured.authorizationType} from the next deployment on.`,
    served.apiKeyRequired &&
      'It requires an API key: without the header x-api-key, the answer is 403 Forbidden.',
    stage.webAclArn !== undefined &&
      `AWS WAF sees requests first, and can answer 403 Forbidden; its rules are not looked at: ${stage.webAclArn}.`,
  ].filter((note) => typeof note === 'string');
  return sound(about, notes.length === 0 ? undefined : notes.join(' '));
}

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

/** The answer of API Gateway if the API or the stage does not exist. */
export function noSuchStage({ protocol }: ApiFacts): string {
  return protocol === 'HTTP' ? '404 Not Found' : '403 Forbidden';
}

function settingOf({
  region,
  accountId,
}: ApiFacts): Pick<SettingChange, 'change' | 'service' | 'region'> & { readonly accountId: string } {
  return { change: 'setting', service: 'apigateway', region, accountId };
}

function updateApi(api: ApiFacts, patchOperations: readonly object[]): Change {
  return { ...settingOf(api), operation: 'UpdateRestApi', input: { restApiId: api.apiId, patchOperations } };
}

function deploy(api: ApiFacts, stageName: string): Change {
  return { ...settingOf(api), operation: 'CreateDeployment', input: { restApiId: api.apiId, stageName } };
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
