import type { ApiFacts } from '@cross-account-api/iam/explanation';
import { sound } from '../../../../iam/src/explanation/deployed/deployment.testing.ts';
import type { ServedStage, Throttle } from '../../aws/served-stage.ts';
import { judgeDeployment } from './deployment.ts';
import { judgeEndpoint } from './endpoint.ts';
import { judgeThrottling } from './throttling.ts';

const { api } = sound;
const served: ServedStage = {
  name: 'dev',
  deployedAt: new Date('2026-01-02T03:04:05Z'),
  routes: api.routes.map(({ method, path, authorizationType }) => ({
    method,
    path,
    authorizationType,
    apiKeyRequired: false,
  })),
  throttles: new Map(),
  variables: {},
};
const host = 'execute-api.eu-west-1.amazonaws.com/dev';
const ordinary = { url: `https://api1.${host}`, isCustom: false };
const post = { method: 'POST', path: '/parcels' };

describe('an endpoint', () => {
  const privateApi: ApiFacts = { ...api, privateTo: ['vpce-1'] };
  const at = (vpcEndpointId: string) => ({
    url: `https://api1-${vpcEndpointId}.${host}`,
    isCustom: false,
    vpcEndpointId,
  });
  test.each([
    ['of a public API', api, ordinary, 'holds', 0],
    ['that is disabled', { ...api, defaultEndpointDisabled: true }, ordinary, 'breaks', 2],
    [
      'that is disabled, behind a custom domain',
      { ...api, defaultEndpointDisabled: true },
      { url: 'https://api.example.com', isCustom: true },
      'holds',
      0,
    ],
    ['of a public API, through a VPC endpoint', api, at('vpce-1'), 'breaks', 0],
    ['of a private API', privateApi, at('vpce-1'), 'holds', 0],
    ['of a private API that knows another VPC endpoint', privateApi, at('vpce-2'), 'breaks', 2],
    ['of a private API with private DNS', privateApi, { ...ordinary, vpcEndpointId: 'vpce-2' }, 'holds', 0],
  ])('%s', (_what, facts, address, state, changes) => {
    const link = judgeEndpoint(facts, 'dev', address);
    expect(link.state).toBe(state);
    expect(link.remedies).toHaveLength(changes);
  });
});

describe('a stage', () => {
  test('whose deployment does not tell its routes is not said to serve nothing', () => {
    const silent = { ...served, routes: [], routesUnknown: true };
    for (const route of [post, { method: 'GET', path: '/nowhere' }]) {
      expect(judgeDeployment(route, api, silent)).toMatchObject({
        state: 'unread',
        problem: expect.stringContaining('AWS does not say which routes'),
      });
    }
  });

  test('whose deployment does not tell its routes is said to have a web ACL, and its route an API key', () => {
    const silent = { ...served, routes: [], routesUnknown: true, webAclArn: 'arn:aws:wafv2:x' };
    const routes = api.routes.map((route) => ({ ...route, apiKeyRequired: true as const }));
    expect(judgeDeployment(post, { ...api, routes }, silent)).toMatchObject({
      state: 'unread',
      note: expect.stringMatching(/x-api-key.*AWS WAF.*arn:aws:wafv2:x/),
    });
    expect(judgeDeployment(post, api, { ...served, routes: [], routesUnknown: true })).not.toHaveProperty(
      'note',
    );
  });

  test('serves the routes of its deployment', () => {
    expect(judgeDeployment(post, api, served)).toEqual({
      kind: 'deployment',
      title: 'stage dev serves POST /parcels',
      state: 'holds',
      remedies: [],
    });
  });

  test('does not serve a route before it is deployed', () => {
    const before = { ...served, routes: served.routes.filter(({ method }) => method !== 'POST') };
    expect(judgeDeployment(post, api, before)).toMatchObject({
      state: 'breaks',
      problem: expect.stringContaining('the deployment of 2026-01-02T03:04:05.000Z'),
      remedies: [{ operation: 'CreateDeployment', input: { restApiId: 'api1', stageName: 'dev' } }],
    });
  });

  test('tells what else can refuse a request, and what the next deployment changes', () => {
    const routes = served.routes.map((route) => ({
      ...route,
      authorizationType: 'NONE',
      apiKeyRequired: true,
    }));
    const { state, note } = judgeDeployment(post, api, { ...served, routes, webAclArn: 'arn:aws:wafv2:x' });
    expect(state).toBe('holds');
    expect(note).toMatch(/authorization NONE, and the API AWS_IAM/);
    expect(note).toMatch(/x-api-key.*AWS WAF/);
    expect(judgeDeployment(post, { ...api, routes: [] }, served).note).toMatch(
      /ends with the next deployment/,
    );
  });
});

test.each<[string, Record<string, Throttle>, string, string[]]>([
  ['has no limits', {}, 'holds', []],
  ['has limits', { '*/*': { rate: 1, burst: 1 } }, 'holds', []],
  [
    'lets nothing through',
    { '*/*': { rate: 0, burst: 0 } },
    'breaks',
    ['/*/*/throttling/rateLimit', '/*/*/throttling/burstLimit'],
  ],
  [
    'lets nothing of a route through',
    { '*/*': { rate: 1, burst: 1 }, 'parcels/POST': { rate: 5, burst: 0 } },
    'breaks',
    ['/~1parcels/POST/throttling/burstLimit'],
  ],
  ['lets nothing of another route through', { 'items/{id}/GET': { rate: 0, burst: 0 } }, 'holds', []],
  [
    'has an exception for a route',
    { '*/*': { rate: 0, burst: 0 }, 'parcels/POST': { rate: 5, burst: 5 } },
    'holds',
    [],
  ],
])('a stage that %s', (_what, throttles, state, paths) => {
  const link = judgeThrottling(post, api, { ...served, throttles: new Map(Object.entries(throttles)) });
  expect(link.state).toBe(state);
  const operations = link.remedies.flatMap((change) =>
    change.change === 'setting' ? (change.input.patchOperations as { path: string }[]) : [],
  );
  expect(operations.map(({ path }) => path)).toEqual(paths);
});

describe('an HTTP API', () => {
  const http: ApiFacts = {
    ...api,
    protocol: 'HTTP',
    routes: [...api.routes, { method: 'ANY', path: '$default', authorizationType: 'AWS_IAM' }],
  };
  const stage: ServedStage = {
    ...served,
    name: '$default',
    routes: http.routes.map((route) => ({ ...route, apiKeyRequired: false })),
  };
  const other = { method: 'GET', path: '/whatever' };

  test('whose endpoint is disabled answers 404, and can be changed', () => {
    expect(judgeEndpoint({ ...http, defaultEndpointDisabled: true }, '$default', ordinary)).toMatchObject({
      problem: expect.stringContaining('404 Not Found'),
      remedies: [{ service: 'apigatewayv2', operation: 'UpdateApi', input: { ApiId: 'api1' } }],
    });
  });

  test('serves its routes; $default answers the rest, and without it, the answer is 404', () => {
    expect(judgeDeployment(other, http, stage).state).toBe('holds');
    const without = { ...stage, routes: served.routes };
    expect(judgeDeployment(other, { ...http, routes: api.routes }, without)).toMatchObject({
      state: 'breaks',
      problem: expect.stringContaining('404 Not Found'),
    });
  });

  test('may serve others if it does not deploy automatically', () => {
    const deploymentProblem = 'It does not.';
    expect(judgeDeployment(post, http, { ...stage, deploymentProblem }).note).toBe('It does not.');
  });

  test.each([
    [post, 'parcels/POST', { RouteSettings: { 'POST /parcels': { ThrottlingBurstLimit: 5000 } } }],
    [other, '$default', { RouteSettings: { $default: { ThrottlingBurstLimit: 5000 } } }],
    [post, '*/*', { DefaultRouteSettings: { ThrottlingBurstLimit: 5000 } }],
  ])('that lets nothing through is changed: %j by %s', (route, key, settings) => {
    const throttles = new Map([[key, { rate: 5, burst: 0 }]]);
    expect(judgeThrottling(route, http, { ...stage, throttles }).remedies).toMatchObject([
      { service: 'apigatewayv2', operation: 'UpdateStage', input: { StageName: '$default', ...settings } },
    ]);
  });
});
