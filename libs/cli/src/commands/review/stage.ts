import { likelyPartitionOf } from '@cross-account-api/iam';
import { type ApiFacts, DEFAULT_ROUTE, routeName } from '@cross-account-api/iam/explanation';
import { judgeStatement } from '@cross-account-api/iam/witness';
import type { MethodAndPath, ServedStage } from '../../aws/served-stage.ts';
import type { ReviewFacts } from './facts.ts';
import { type Finding, settingFinding } from './finding.ts';
import { guardedOpenRoute } from './guarded-policies.ts';
import type { Need } from './reach.ts';
import { needOf } from './routes.ts';
import { allowStatementsOf } from './statements.ts';

const GUIDE = 'https://docs.aws.amazon.com/apigateway/latest/developerguide';

/** Reviews the routes and the settings of the stage. */
export function reviewStageSettings(facts: ReviewFacts): readonly Finding[] {
  const { api, served } = facts;
  if (api === undefined) return [];
  const routes = reviewRoutes(facts, api);
  return served === undefined
    ? routes
    : [...routes, ...reviewThrottling(api, served), ...reviewLog(api, served)];
}

/** Routes without an authorizer that a function answers. An answer to a browser's preflight has no function. */
function reviewRoutes(facts: ReviewFacts, api: ApiFacts): readonly Finding[] {
  const { stage, served, declaredOpen = [] } = facts;
  const open = api.routes.filter(
    (route) =>
      route.authorizationType === 'NONE' &&
      route.functionArn !== undefined &&
      !declaredOpen.includes(routeName(route)),
  );
  return open.flatMap((route) => {
    const admitted = admittedWithoutSignature(facts, api, needOf(api, stage, route));
    if (admitted === 'nobody') return [];
    const hasKey = served?.routes.some(
      ({ method, path, apiKeyRequired }) => apiKeyRequired && method === route.method && path === route.path,
    );
    const isLimited = hasKey === true || admitted === 'by conditions' || api.privateTo !== undefined;
    return settingFinding({
      code: 'open-route',
      severity: isLimited ? 'medium' : 'high',
      accountId: api.accountId,
      message: `IAM is not asked who calls it: ${whoMay(api, admitted, hasKey)}`,
      where: `authorization NONE of ${routeName(route)} of API ${api.name} (${api.apiId})`,
      change: {
        text: `Set its authorization to AWS_IAM${api.protocol === 'HTTP' ? '' : ', and deploy the API'}.`,
      },
      documentation:
        api.protocol === 'HTTP'
          ? `${GUIDE}/http-api-access-control-iam.html`
          : `${GUIDE}/apigateway-control-access-to-api.html`,
    });
  });
}

function whoMay(
  { privateTo }: ApiFacts,
  admitted: 'everybody' | 'by conditions',
  hasKey: boolean | undefined,
): string {
  if (hasKey === true) return 'whoever has an API key may, and a key does not say who sends it.';
  if (admitted === 'by conditions') {
    return 'only the conditions in the resource policy of the API limit the callers.';
  }
  return privateTo === undefined
    ? 'anybody on the Internet may.'
    : 'anybody in a VPC with one of its endpoints may.';
}

/** Whom the resource policy admits to a route without an authorizer: everybody is anonymous to it. */
function admittedWithoutSignature(
  facts: ReviewFacts,
  api: ApiFacts,
  need: Need,
): 'everybody' | 'by conditions' | 'nobody' {
  const { policy, privateTo } = api;
  if (policy === undefined) return privateTo === undefined ? 'everybody' : 'nobody';
  const endings = allowStatementsOf(policy).map(({ statement }) =>
    judgeStatement(guardedOpenRoute(facts, api, policy, need), statement),
  );
  const admits = (kind: 'anybody' | 'network') =>
    endings.some(
      (ending) => ending.kind === 'open' && ending.witnesses.some(({ outsider }) => outsider.kind === kind),
    );
  if (admits('anybody')) return 'everybody';
  // What could not be judged may admit somebody.
  return admits('network') || endings.some(({ kind }) => kind === 'unread') ? 'by conditions' : 'nobody';
}

/** The account's limit by default, for all of its APIs in a region, in requests a second. API Gateway ignores higher limits of a stage. */
const ACCOUNT_RATE = 10_000;

function reviewThrottling(api: ApiFacts, served: ServedStage): readonly Finding[] {
  const { name, throttles } = served;
  const routes: readonly (MethodAndPath & { readonly apiKeyRequired?: boolean })[] =
    served.routesUnknown === true ? api.routes : served.routes;
  const limitOf = (key: string) => throttles.get(key)?.rate;
  const unlimited = routes.filter((route) => {
    // The usage plan of the key can limit it.
    if (route.apiKeyRequired === true) return false;
    const key =
      route.path === DEFAULT_ROUTE ? route.path : `${route.path.replace(/^\//, '')}/${route.method}`;
    const rate = limitOf(key) ?? limitOf('*/*');
    return rate === undefined || rate >= ACCOUNT_RATE;
  });
  if (unlimited.length === 0) return [];
  const isHttp = api.protocol === 'HTTP';
  return [
    settingFinding({
      code: 'no-throttling',
      severity: 'medium',
      accountId: api.accountId,
      message: `One caller that runs wild uses up the limit of the account (by default ${ACCOUNT_RATE} requests a second, fewer in some regions), which all of its APIs in ${api.region} share.`,
      where: `no limit for ${unlimited.length === routes.length ? 'any route' : unlimited.map(routeName).join(', ')} of stage ${name} of API ${api.name} (${api.apiId})`,
      change: {
        text: 'Set a limit, a few times of what the callers need. 100 requests a second, and 50 at once, are examples.',
        command: isHttp
          ? `aws apigatewayv2 update-stage --api-id ${api.apiId} --stage-name '${name}' --default-route-settings ThrottlingRateLimit=100,ThrottlingBurstLimit=50`
          : `aws apigateway update-stage --rest-api-id ${api.apiId} --stage-name ${name} --patch-operations 'op=replace,path=/*/*/throttling/rateLimit,value=100' 'op=replace,path=/*/*/throttling/burstLimit,value=50'`,
      },
      documentation: `${GUIDE}/${isHttp ? 'http-api-throttling' : 'api-gateway-request-throttling'}.html`,
    }),
  ];
}

function reviewLog(api: ApiFacts, { name, accessLogArn }: ServedStage): readonly Finding[] {
  if (accessLogArn !== undefined) return [];
  const isHttp = api.protocol === 'HTTP';
  const group = `arn:${likelyPartitionOf(api.region).name}:logs:${api.region}:${api.accountId}:log-group:/aws/api-gateway/${api.name.replace(/[^\w./#-]/g, '-')}`;
  const format =
    '$context.requestId $context.identity.caller $context.httpMethod $context.path $context.status';
  return [
    settingFinding({
      code: 'no-access-log',
      severity: 'low',
      accountId: api.accountId,
      message:
        'Nobody sees which session called what, nor which calls API Gateway refused before the function.',
      where: `no access log of stage ${name} of API ${api.name} (${api.apiId})`,
      change: {
        text: `Make a log group, and let the stage write to it.${isHttp ? '' : ' API Gateway writes as the role that is set once for the account and region (cloudwatchRoleArn).'}`,
        command: isHttp
          ? `aws apigatewayv2 update-stage --api-id ${api.apiId} --stage-name '${name}' --access-log-settings '{"DestinationArn":"${group}","Format":"${format}"}'`
          : `aws apigateway update-stage --rest-api-id ${api.apiId} --stage-name ${name} --patch-operations 'op=replace,path=/accessLogSettings/destinationArn,value=${group}' 'op=replace,path=/accessLogSettings/format,value=${format}'`,
      },
      documentation: `${GUIDE}/${isHttp ? 'http-api-logging' : 'set-up-logging'}.html`,
    }),
  ];
}
